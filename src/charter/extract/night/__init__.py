"""One source, one night: which files to read, what lands, what it says of the days."""
