"""The matrix of an installation, and its three forms."""

from __future__ import annotations

from charter.audit.matrix.results import with_results
from charter.audit.matrix.rows import Matrix
from charter.audit.matrix.sheets import matrix_sheets
from charter.audit.matrix.trace import trace
from charter.base.languages import direction
from charter.base.moments import last_ended_day, local_midnight
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.report.facts.warehouse import Warehouse, open_warehouse
from charter.report.render.workbook import workbook
from charter.report.site.editions import Edition


def current_matrix(settings: Settings, agency: Agency, edition: Edition) -> Matrix:
    """The matrix with the results of the published warehouse; without results before the first night.

    Raises ReportError when the warehouse is damaged, or lacks what is asked.
    """
    if not settings.warehouse.exists():
        return trace(agency, edition)
    with open_warehouse(settings) as warehouse:
        return matrix_of(agency, edition, warehouse)


def matrix_of(agency: Agency, edition: Edition, warehouse: Warehouse) -> Matrix:
    """The matrix as of the night that ``warehouse`` was published by."""
    on = last_ended_day(warehouse.run.as_of, agency.zone)
    return with_results(trace(agency, edition, on), agency, warehouse)


def matrix_json(matrix: Matrix) -> bytes:
    """The matrix as JSON; the same matrix gives the same bytes."""
    return (matrix.model_dump_json(indent=1) + "\n").encode()


def matrix_workbook(agency: Agency, edition: Edition, matrix: Matrix) -> bytes:
    """The matrix as an xlsx file; the same matrix gives the same bytes."""
    made = matrix.night or local_midnight(agency.charter.in_force_from, agency.zone)
    right_to_left = direction(edition.words.language) == "rtl"
    return workbook(matrix_sheets(matrix, edition.words), agency.zone, made, right_to_left=right_to_left)
