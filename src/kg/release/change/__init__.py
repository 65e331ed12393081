"""Making a release: builds, writes, and recovery after a crash."""
