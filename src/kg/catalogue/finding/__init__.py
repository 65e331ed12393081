"""Finding records: by words, by names, and by what they have."""
