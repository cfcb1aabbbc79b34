"""Real servers for tests: each is private to a test, listens on this machine only, and ends with the test."""
