"""Help for writing queries: vocabulary, examples by theme, what a term stands for, and which terms are unused."""
