"""What a request reads: its release, the engine's answers as resources, and their syntaxes."""
