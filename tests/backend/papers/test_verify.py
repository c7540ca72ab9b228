"""The check of a paper changes with everything on it and cannot be made without the key."""

from datetime import date
from typing import Any

import pytest

from backend.papers.paper import Field, Fields, Mark, Signature
from backend.papers.verify import address_of, check_of, spoken_check
from tests.backend.papers.paper_builders import KEY, ORIGIN, PLAIN, check_of_paper, copied, paper


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "另一种"},
        {"number": "AH340800-110-2026-000002"},
        {"agency": "另一个机构"},
        {"issued_on": date(2026, 11, 11)},
        {"body": (Fields((Field("姓名", "王某"), Field("金额", "1,234.51 元"))),)},
        {"addressee": "王某"},
        {"remedy": ("可以提出异议。",)},
        {"signatures": (Signature("经办人"),)},
        {"marks": (Mark.DEMO,)},
    ],
)
def test_another_content_has_another_check(changed: dict[str, Any]) -> None:
    assert check_of(paper=paper(**changed), key=KEY) != check_of(paper=PLAIN, key=KEY)


def test_without_the_key_nobody_makes_the_check() -> None:
    assert check_of(paper=PLAIN, key=b"another") != check_of(paper=PLAIN, key=KEY)


def test_the_check_is_printed_to_be_read_out() -> None:
    check = check_of_paper(PLAIN)

    assert len(check) == 16
    assert spoken_check(check="ABCDEFGHIJKLMNOP") == "ABCD-EFGH-IJKL-MNOP"
    assert spoken_check(check=check) in copied(PLAIN)


def test_the_address_is_where_anybody_may_ask() -> None:
    address = address_of(origin=ORIGIN, number=PLAIN.number, check="ABCDEFGHIJKLMNOP")

    assert address == f"{ORIGIN}/v/AH340800-110-2026-000001/ABCDEFGHIJKLMNOP"
