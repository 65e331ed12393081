"""Validation of a dataset, or of what a change concerns: SHACL and checks, a small part of the data at a time."""
