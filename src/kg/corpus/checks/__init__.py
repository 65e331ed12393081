"""What must hold of the data that SHACL shapes cannot say, or only slowly."""
