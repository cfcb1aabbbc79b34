"""Explanations: the second reading of clocks, facts and conditions; what is said of a figure, a commitment, a row."""
