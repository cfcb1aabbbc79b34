"""How much a source's column name is like one of ours: Korean words and the usual abbreviations are translated."""

from __future__ import annotations

import re

# Longest first where one holds another.
_KOREAN = {
    "접수번호": "ticket id",
    "통화번호": "call id",
    "번호": "id",
    "일련": "id",
    "접수일": "received on",
    "접수": "received",
    "부서": "department",
    "담당": "department",
    "소속": "department",
    "일시": "at",
    "시각": "at",
    "시간": "at",
    "일자": "on",
    "구분": "kind",
    "유형": "kind",
    "종류": "kind",
    "분류": "kind",
    "결과": "outcome",
    "점수": "score",
    "고객": "customer",
    "민원인": "customer",
    "이메일": "customer respondent",
    "발신": "caller",
    "수신": "direction",
    "호출": "rang",
    "응답자": "respondent",
    "응답": "answered responded",
    "답변": "answered reply",
    "처리": "handled",
    "종료": "ended to",
    "로드맵": "roadmap",
    "전문위원": "adviser",
    "실시": "held",
    "대상": "invited",
    "종결": "closed",
    "시작": "from started",
    "경로": "channel",
    "창구": "channel",
    "채널": "channel",
    "사업": "programme",
    "조사": "survey wave",
    "점검": "review reviewed",
    "결정": "decided",
    "연장": "extended",
    "사유": "reason",
    "공고": "notice announced",
    "게시": "published",
    "선정": "selected",
    "기업": "firm",
    "교육": "training",
    "방문": "visit",
    "도착": "arrived",
    "약속": "promised",
    "예정": "promised",
    "취하": "withdrawn",
    "확인": "confirmed",
    "발생": "occurred",
    "일": "on",
}
_ABBREVIATIONS = {
    "no": "id",
    "num": "id",
    "seq": "id",
    "key": "id",
    "nr": "id",
    "rcpt": "received",
    "recv": "received",
    "recept": "received",
    "gbn": "kind",
    "gubun": "kind",
    "type": "kind",
    "cd": "kind",
    "tp": "kind",
    "category": "kind",
    "dt": "at",
    "dttm": "at",
    "time": "at",
    "ts": "at",
    "timestamp": "at",
    "ymd": "on",
    "date": "on",
    "day": "on",
    "dept": "department",
    "team": "department",
    "division": "department",
    "org": "department",
    "cust": "customer",
    "client": "customer",
    "requester": "customer",
    "email": "customer respondent",
    "path": "channel",
    "route": "channel",
    "via": "channel",
    "biz": "programme",
    "prog": "programme",
    "program": "programme",
    "ans": "answered",
    "answer": "answered",
    "proc": "occurred handled",
    "hist": "event",
    "end": "ended",
    "start": "from started",
    "created": "received",
    "opened": "received",
    "pln": "promised",
    "submitted": "responded received",
    "submit": "responded received",
    "result": "outcome",
    "status": "outcome",
    "rating": "score",
    "point": "score",
    "phone": "caller",
    "tel": "caller",
    "voc": "ticket",
    "case": "ticket",
    "request": "ticket request",
}
_ENGLISH = frozenset(_ABBREVIATIONS) | {word for words in _ABBREVIATIONS.values() for word in words.split()}
# They tell little of which column it is: nearly every table has them.
_WEAK = {"at": 0.4, "on": 0.4, "id": 0.6, "kind": 0.8}
_TOKEN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[가-힣]+|\d+")


def likeness(theirs: str, ours: str) -> float:
    """How alike the names of two columns are: 0 (nothing in common) to 1."""
    if theirs.casefold() == ours:
        return 1.0
    left, right = _words(theirs), set(ours.split("_"))
    both = sum(_WEAK.get(word, 1.0) for word in left & right)
    all_of_ours = sum(_WEAK.get(word, 1.0) for word in right)
    return both / all_of_ours if all_of_ours else 0.0


def is_made_of_heading_words(name: str) -> bool:
    """Whether every word in ``name`` is one that columns are named with: in Korean, or an English word or abbreviation.

    Numbers and signs between the words do not count.
    """
    tokens = [token for token in _TOKEN.findall(name) if not token.isdigit()]
    return bool(tokens) and all(_is_heading_word(token) for token in tokens)


def _is_heading_word(token: str) -> bool:
    if token[0] >= "가":
        rest = token
        while rest:
            word = next(
                (word for word in _KOREAN if rest.startswith(word) and (len(word) > 1 or rest == word != token)), ""
            )
            if not word:
                return False
            rest = rest[len(word) :]
        return True
    return token.casefold() in _ENGLISH


def _words(name: str) -> set[str]:
    words: set[str] = set()
    for token in _TOKEN.findall(name):
        if token[0] >= "가":
            words |= _of_korean(token)
        else:
            small = token.casefold()
            words |= {small, *_ABBREVIATIONS.get(small, "").split()}
    return words


def _of_korean(token: str) -> set[str]:
    words: set[str] = set()
    while token:
        known = next((word for word in _KOREAN if token.startswith(word)), None)
        words |= set(_KOREAN[known].split()) if known else set()
        token = token[len(known) if known else 1 :]
    return words
