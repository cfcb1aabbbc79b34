"""Readers of files: delimited text, workbooks, Parquet, and the logs of telephone systems."""
