"""What goes wrong on the machine: processes that die, disks that are full, folders in a wrong state, new releases."""
