"""The control tables: what SQL must know that is not a source row."""
