"""What the words of a query or an update tell before it is run."""
