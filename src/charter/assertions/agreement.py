"""The two judgements agree, and the warehouse's accounts add up."""

from __future__ import annotations

from charter.assertions.suites import Check, SuiteDefinition
from charter.definitions.models import Agency

_COMMITMENTS = "marts.fct_commitments"

# What each key of sql/columns.sql asserts of every commitment.
_OF_COLUMNS_KO = {
    "commitment_id/unique": "같은 약속이 두 번 나오지 않는다",
    "commitment_id/not_null": "약속마다 번호가 있다",
    "standard_id/not_null": "약속마다 표준이 있다",
    "standard_id/in_set": "헌장에 있는 표준만 있다",
    "department_id/not_null": "약속마다 책임 부서가 있다",
    "department_id/in_set": "조직표에 있는 부서만 있다",
    "status/not_null": "약속마다 상태가 있다",
    "status/in_set": "정해진 네 상태만 있다",
}

# What each key of sql/commitments.sql asserts of every commitment.
_OF_COMMITMENTS_KO = {
    "has_rule_part": "모든 약속에 그것을 재는 규칙이 있다",
    "decided_by_as_of": "기준 시각 뒤에 판정된 약속이 없다",
    "decided_unless_pending": "진행 중이 아닌 약속에만 판정 시각과 판정일이 있다",
    "exclusion_has_rule": "제외된 약속에만 제외 규칙이 있다",
}


def agreement_suites(agency: Agency) -> list[SuiteDefinition]:
    """Suites on the commitments themselves, on their status, and on the marts that sum them up."""
    return [
        _columns_suite(agency),
        _commitments_suite(agency),
        _per_standard(
            agency,
            "status",
            "판정(지킴·못 지킴)이 측정값과 기준값의 비교와 같고, 기한이 지난 약속이 진행 중으로 남지 않았다",
            "측정값으로 다시 본 판정과 상태가 같다",
        ),
        _per_standard(
            agency,
            "accounting",
            "표준마다 약속의 수 = 지킴 + 못 지킴 + 진행 중 + 제외",
            "약속의 수 = 지킴 + 못 지킴 + 진행 중 + 제외",
        ),
        _per_standard(
            agency,
            "daily",
            "날짜·부서별 합계(compliance_daily)가 약속을 다시 센 것과 같다",
            "날짜·부서별 합계가 약속을 다시 센 것과 같다",
            about_table="marts.compliance_daily",
        ),
        _per_standard(
            agency,
            "results",
            "기간별 결과(standard_results)의 지킴·못 지킴·제외 수가 약속을 다시 센 것과 같고, "
            "그 결과와 두 끝(가장 나쁠 때와 가장 좋을 때)이 측정값으로 다시 본 것과 같다",
            "기간별 결과와 그 두 끝이 약속을 다시 센 것과 같다",
            about_table="marts.standard_results",
        ),
        _row_fates_suite(agency),
    ]


def _row_fates_suite(agency: Agency) -> SuiteDefinition:
    return SuiteDefinition(
        agency_id=agency.charter.id,
        name="agreement_row_fates",
        kind="agreement",
        notes_ko="받아들인 행마다 어떻게 되었는지가 하나씩 있다",
        query="row_fates",
        about_table="marts.row_fates",
        checks=tuple(
            _counted(name, f"{name}: 받아들인 행의 수 = 어떻게 되었는지 밝힌 행의 수")
            for name, subject in agency.subjects.items()
            if subject.landed
        ),
    )


def _counted(key: str, description: str, standard_id: str | None = None) -> Check:
    kwargs = {"key": key, "targets": {"*": 1.0}}
    return Check(key, "expect_counted_rows_to_hold", kwargs, description, standard_id=standard_id)


def _columns_suite(agency: Agency) -> SuiteDefinition:
    return SuiteDefinition(
        agency_id=agency.charter.id,
        name="agreement_columns",
        kind="agreement",
        notes_ko="약속마다 고유한 번호, 알려진 표준·부서·상태가 있다",
        query="columns",
        about_table=_COMMITMENTS,
        checks=tuple(_counted(key, text) for key, text in _OF_COLUMNS_KO.items()),
    )


def _commitments_suite(agency: Agency) -> SuiteDefinition:
    return SuiteDefinition(
        agency_id=agency.charter.id,
        name="agreement_commitments",
        kind="agreement",
        notes_ko="약속마다 규칙과 판정이 서로 맞는다",
        query="commitments",
        about_table=_COMMITMENTS,
        checks=tuple(_counted(key, text) for key, text in _OF_COMMITMENTS_KO.items()),
    )


def _per_standard(
    agency: Agency, query: str, notes: str, description: str, about_table: str = _COMMITMENTS
) -> SuiteDefinition:
    return SuiteDefinition(
        agency_id=agency.charter.id,
        name=f"agreement_{query}",
        kind="agreement",
        notes_ko=notes,
        query=query,
        about_table=about_table,
        checks=tuple(
            _counted(standard.id, f"{standard.id}: {description}", standard.id) for standard in agency.charter.standards
        ),
    )
