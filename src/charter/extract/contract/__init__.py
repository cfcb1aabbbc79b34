"""One feed's contract: from the texts of a source to typed rows, and why a row is refused."""
