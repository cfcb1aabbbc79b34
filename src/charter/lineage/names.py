"""What datasets, jobs and runs are called in lineage: by the charter's id, so that every machine calls them so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_OID, uuid5

from charter.base.moments import stamp


@dataclass(frozen=True)
class Names:
    """The names of one agency's lineage."""

    charter_id: str

    @property
    def namespace(self) -> str:
        """Of its jobs, and of the datasets that the line makes."""
        return f"charter.{self.charter_id}"

    @property
    def sources(self) -> str:
        """The namespace of its source systems."""
        return f"{self.namespace}.sources"

    def job(self, step: str) -> str:
        return f"{self.charter_id}.{step}"

    def run_id(self, step: str, as_of: datetime, attempt: str) -> str:
        """The id of a step's run in the night ``as_of`` (aware); ``attempt`` tells its runs apart."""
        return str(uuid5(NAMESPACE_OID, f"{self.namespace}/{step}/{stamp(as_of)}/{attempt}"))

    @staticmethod
    def fed(source_id: str, table: str) -> str:
        """The stream of a source that feeds a table."""
        return f"{source_id}.{table}"

    @staticmethod
    def published(table: str) -> str:
        """A table of the published warehouse."""
        return f"warehouse.{table}"
