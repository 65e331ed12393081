"""The language of a page, and text that cannot pass for something else."""
