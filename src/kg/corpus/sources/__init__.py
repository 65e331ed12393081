"""Files of a data folder → graphs, each triple with its file and line where that is asked."""
