"""The parts of the documentation that are made from code are as the code makes them."""

from __future__ import annotations

import pytest

from tests.tooling.pages import DOCS, PARTS, with_part


@pytest.mark.parametrize("name", PARTS)
def test_a_part_is_as_the_code_makes_it(name: str) -> None:
    page, write = PARTS[name]
    text = (DOCS / page).read_text(encoding="utf-8")
    assert with_part(text, name, write()) == text, "write it anew: python -m tests.tooling.pages"


def test_a_page_without_the_part_is_told() -> None:
    with pytest.raises(ValueError, match="0 parts called 'settings'"):
        with_part("# A page\n", "settings", "…")
