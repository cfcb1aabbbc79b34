"""How fast the engine is, held against the plainest fast way of doing the same: ``make bench``."""
