"""The files that have all records of a kind: what is in each, made once when publishing, kept compressed."""
