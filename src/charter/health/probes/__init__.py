"""One module for each thing that is looked at, with the function ``look(place, now)``."""
