"""What helps whoever writes a query: vocabulary, examples by theme, what a term stands for, what nothing has."""
