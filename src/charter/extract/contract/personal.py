"""What gives a person away: words in a column's header, and the shapes of addresses, numbers and names."""

from __future__ import annotations

import re
from collections.abc import Sequence

# One letter before the sign is enough: to look for all of them takes time squared of a long text without a sign.
_EMAIL = re.compile(r"[^@\s]@[^@\s]+\.[^@\s]")
# Resident and foreigner registration numbers: a birth date, then a digit for century and sex.
_REGISTRATION = re.compile(r"(?<!\d)(\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))([- ]?)([1-8]\d{6})(?!\d)")
_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_TELEPHONE = re.compile(r"^\(?(\+?82[- .)]*|0)(1[016789]|2|[3-6][1-5]|70|50\d?|80)[- .)]*\d{3,4}[- .]*\d{4}$")
_MOBILE_WITHIN = re.compile(r"(?<!\d)01[016789][- .]\d{3,4}[- .]\d{4}(?!\d)")
_SURNAMES = (
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진나지엄채원천방공현함변염여추"
    "도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용"
)
_NAME = re.compile(rf"^[{_SURNAMES}][가-힣]{{1,2}}$")
_OFFICES = ("팀", "실", "과", "처")
_SYLLABLES = 3
_HEADER_WORDS = (
    *(
        "성명",
        "성함",
        "이름",
        "고객명",
        "민원인",
        "신청인",
        "담당자",
        "대표자",
        "상담원",
        "전문위원",
        "응답자",
        "발신자",
        "청구인",
        "신고인",
        "제안자",
        "작성자",
        "점검자",
        "접수자",
        "처리자",
    ),
    *("전화", "연락처", "휴대폰", "핸드폰", "발신번호", "착신번호", "팩스번호", "이메일", "메일", "주민", "생년월일"),
    *("주소", "여권", "외국인등록", "계좌", "카드번호", "아이디"),
)
_HEADER_TOKENS = frozenset(
    {
        *("name", "nm", "firstname", "lastname", "surname", "fullname", "username", "email", "mail", "phone", "telno"),
        *("tel", "telephone", "mobile", "cell", "hp", "cellphone", "address", "addr", "birth", "birthday", "birthdate"),
        *("ssn", "rrn", "jumin", "passport", "caller", "callerid", "src", "clid", "ip", "respondent", "contact"),
    }
)
_TOKEN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[가-힣]+")
_NAMES_AT_LEAST, _SHARE_OF_NAMES, _SHARE_OF_SHAPES = 12, 0.6, 0.02


def looks_personal(text: str) -> bool:
    """Whether ``text`` holds an e-mail address, a registration number or a telephone number."""
    return bool(
        _EMAIL.search(text) or _holds_registration(text) or _TELEPHONE.match(text) or _MOBILE_WITHIN.search(text)
    )


def may_be_a_name(text: str) -> bool:
    """Whether ``text`` is written as a Korean person's name of three syllables is, and not as an office is.

    Names of two are few, and look like every other word that a code may be.
    """
    return len(text) == _SYLLABLES and bool(_NAME.match(text)) and not text.endswith(_OFFICES)


def may_be_personal(text: str) -> bool:
    """Whether ``text`` holds what only persons have, is written as a name is, or has more digits than a heading has."""
    digits = sum(letter.isdigit() for letter in text)
    return looks_personal(text) or may_be_a_name(text) or "@" in text or digits > 5


def _holds_registration(text: str) -> bool:
    """Whether there is a registration number; without a hyphen its check digit must fit: serial numbers look alike."""
    for birth, hyphen, rest in _REGISTRATION.findall(text):
        digits = [int(digit) for digit in birth + rest]
        check = (11 - sum(digit * weight for digit, weight in zip(digits, _WEIGHTS, strict=False)) % 11) % 10
        if hyphen or check == digits[-1]:
            return True
    return False


def header_sounds_personal(name: str) -> bool:
    """Whether a column's header says that it is about a person: in Korean, or in English words and abbreviations."""
    if any(word in name for word in _HEADER_WORDS):
        return True
    return any(token.casefold() in _HEADER_TOKENS for token in _TOKEN.findall(name.replace("_", " ")))


def values_look_personal(distinct: Sequence[str]) -> bool:
    """Whether some of a column's distinct values are addresses or numbers of persons, or most are persons' names."""
    if not distinct:
        return False
    if sum(map(looks_personal, distinct)) >= max(1, _SHARE_OF_SHAPES * len(distinct)):
        return True
    names = sum(bool(_NAME.match(text)) for text in distinct)
    return names >= _NAMES_AT_LEAST and names >= _SHARE_OF_NAMES * len(distinct)
