"""One reader per kind of source: each yields batches of texts and nothing else, and never writes."""

from charter.extract.contract.batch import BrokenRow, RawBatch
from charter.extract.readers.batch import Reader, Window
from charter.extract.readers.guard import GuardedFiles, GuardedReader
from charter.extract.readers.opening import open_reader

__all__ = ["BrokenRow", "GuardedFiles", "GuardedReader", "RawBatch", "Reader", "Window", "open_reader"]
