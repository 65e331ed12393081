"""Checks of the data that SHACL shapes cannot express, or only slowly."""
