"""How a release comes about: writes, builds, and what a crash left."""
