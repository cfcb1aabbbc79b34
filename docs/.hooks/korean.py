"""Pages without a Korean form are English on the Korean site: a Korean line at their top says what they hold."""

from __future__ import annotations

from typing import Any

SUMMARIES = {
    "actions.md": "어긴 약속의 원인과 조치를 기록하는 조치 대장을 연결하고 쓰는 법입니다.",
    "add-a-source.md": "원천의 종류마다 무엇을 적는지, 열 대응과 가명, 삭제와 침묵을 어떻게 다루는지 설명합니다.",
    "add-a-standard.md": "이행표준 항목에 적을 수 있는 모든 것: 종류, 대상 행, 기한 계산, 책임 부서, 제외 규칙입니다.",
    "architecture.md": "자료가 지나는 길, 시간의 두 규칙, `var/` 폴더의 구조, 판정 결과의 표를 설명합니다.",
    "audit-a-figure.md": "보고서의 수치에서 원래 행, 기한 계산, 규칙, 봉인까지 따라가는 법입니다.",
    "changelog.md": "판마다 바뀐 것입니다.",
    "charts.md": "보고서 그림의 선, 띠, 표시가 무슨 뜻인지 설명합니다.",
    "clocks.md": "기한 계산 네 가지(경과 시간, 근무시간, 근무일, 민원 처리 기간)와 휴일, 사무소의 예입니다.",
    "compose.md": "Docker Compose로 Airflow, 데이터베이스, 사이트를 한 컴퓨터에서 돌리는 법입니다.",
    "contributing.md": "코드의 구조, 테스트 하나 돌리기, 변경이 지켜야 할 것입니다.",
    "decisions.md": "판정과 설계에서 내린 결정과 그 까닭을 예와 함께 적었습니다.",
    "doctor.md": "`charter doctor`가 무엇을 살피고, 표시와 종료 코드가 무슨 뜻인지 설명합니다.",
    "exceptions.md": "약속을 적용하지 않기로 하는 결정(두 사람이 제안하고 승인)과 그 대장입니다.",
    "forms.md": "헌장에서 쓰는 약속의 형태마다 문장, 적는 법, 계산 예를 보여 줍니다.",
    "keep.md": "상태 폴더의 내용과 백업, 복원, 이전, 보존 기간을 설명합니다.",
    "lineage.md": "어느 열이 어느 열에서 나왔는지 찾는 법입니다.",
    "live.md": "`make up`과 `make down`: 시연 기관을 실제 Airflow로 이 컴퓨터에서 돌리는 법입니다.",
    "mail.md": "누가 받는지, 메일의 모양, 메일 서버와 서명 설정입니다.",
    "new-agency.md": "새 기관 폴더를 시작하고 수신자, 대리, 승인자, 언어를 정하는 법입니다.",
    "notices.md": "문제가 생기면 누구에게 무엇을 알리는지, 알림마다 할 일이 무엇인지 설명합니다.",
    "observe.md": "로그, 추적, 지표, 상태 페이지를 밖에서 보는 법입니다.",
    "operate.md": "설치, 모든 설정, 일정, 동시 실행, 빠진 밤, 살펴볼 것을 설명합니다.",
    "reference/commands.md": "모든 명령과 선택 사항입니다.",
    "reference/configuration.md": "기관 폴더의 파일마다 쓸 수 있는 모든 키입니다.",
    "reference/dags.md": "Airflow가 언제 무엇을 돌리는지, 작업이 빨갛게 되면 무엇을 하는지 설명합니다.",
    "reference/index.md": "코드에서 만든 참고 자료의 목록과, 편집기가 YAML을 검사하게 하는 법입니다.",
    "reports.md": "주간, 월간, 일일, 연간 보고서의 내용과 일정, 수신자를 정하는 법입니다.",
    "sources.md": "파일, 데이터베이스, API를 연결하는 모든 방법과 거부된 행을 다루는 법입니다.",
    "systemd.md": "Airflow 없이 systemd로 일정을 거는 법입니다.",
    "tables.md": "원천의 표와 거기서 이어지는 표를 `subjects.yaml`에 적는 법입니다.",
    "testing.md": "테스트를 돌리고 쓰는 법입니다.",
    "upgrade.md": "새 판으로 올릴 때 할 일과 바뀌는 것입니다.",
    "warehouse.md": "공개된 웨어하우스의 모든 표와 열입니다.",
}


def on_page_markdown(markdown: str, page: Any, config: Any, **_: Any) -> str:
    if config.theme["language"] != "ko" or page.file.src_uri.endswith(".ko.md"):
        return markdown
    title, _, rest = markdown.lstrip().partition("\n")
    return f'{title}\n\n!!! note "이 쪽은 영문입니다"\n    {SUMMARIES.get(page.file.src_uri, "")}\n{rest}'
