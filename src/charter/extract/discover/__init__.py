"""A source nobody knows yet: what it would give tonight, and a first mapping of it."""
