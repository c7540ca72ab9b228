"""Employers and institutions (用人单位): invented names, codes that pass every check."""

from collections.abc import Iterator
from typing import NamedTuple

from backend.city.make.numbers import credit_code
from backend.city.make.places import DISTRICTS

KINDS = ("商贸", "机械", "纺织", "食品", "建材", "运输")
INSTITUTIONS = ("医院", "中学", "福利院", "图书馆")
INSTITUTION_EVERY = 20


class Employer(NamedTuple):
    """One employer of the old system."""

    old_id: str
    name: str
    credit_code: str
    kind: str
    district: str


def employers_of(*, count: int) -> tuple[Employer, ...]:
    """Employers and, for every twenty of them, one institution."""
    return tuple(_employers(count))


def _employers(count: int) -> Iterator[Employer]:
    for order in range(1, count + 1):
        district = DISTRICTS[order % len(DISTRICTS)]
        institution = order % INSTITUTION_EVERY == 1
        names = INSTITUTIONS if institution else KINDS
        name = f"{district.name}演示{names[order % len(names)]}{order}号"
        yield Employer(
            old_id=f"E{order:07d}",
            name=name + ("(演示)" if institution else "有限公司(演示)"),
            credit_code=credit_code(region=district.code, order=order),
            kind="INSTITUTION" if institution else "EMPLOYER",
            district=district.code,
        )
