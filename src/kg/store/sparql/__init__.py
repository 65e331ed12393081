"""The tokens of a query or an update, inspected before it is run."""
