"""One night's build: its scope, the build itself, closed weeks, publication."""
