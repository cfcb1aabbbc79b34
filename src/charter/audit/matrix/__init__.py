"""The traceability matrix: from each clause of the charter to the figure that is reported of it, and back."""
