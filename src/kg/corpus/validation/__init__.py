"""What is wrong with a dataset, or with what a change concerns: SHACL and checks, window by window."""
