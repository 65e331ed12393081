"""What an editor's commands do: files of Turtle changed line by line, articles renewed, records found and added."""
