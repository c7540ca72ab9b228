"""Zhao draws and the fund pays his contributions (代缴样例); every default is valid; 演示."""

from dataclasses import replace
from datetime import date

import pytest

from backend.access.models import Agency
from backend.cases.models import Case
from backend.kernel.dated import DatedFile
from backend.kernel.identity import Sex
from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree
from backend.people.models import Person
from insurance.collection.models import FundLine, FundList, FundPayment
from insurance.collection.rules.bounds import FLOOR
from insurance.policy import parameters
from insurance.unemployment import contribution_case, contribution_receipt_case
from insurance.unemployment.contribution_list import list_contributions
from insurance.unemployment.models import Claim
from tests import builders, funds
from tests.insurance.benefits import month_builders as m
from tests.insurance.unemployment import claim_builders as z

NOV, DEC, JAN = m.NOVEMBER, m.DECEMBER, m.JANUARY
IN_DECEMBER = builders.NOW.replace(month=12, day=20)
MEDICAL, PENSION = 36_574, 87_080  # of the floor of 2026, 4354.00: 8.4 % and 20 %
TO_MEDICAL, TO_PENSION = 8_708, 34_832  # of it to the accounts: 2 % and 8 %


def near_retirement() -> Person:
    """Somebody who reaches the statutory age in January 2027."""
    born = date(1966, 8, 10)
    number = builders.id_number(birth_date=born, sex=Sex.MALE, serial=77)
    return builders.person(name="陶传根", birth_date=born, number=number)


def medical() -> Agency:
    """The bureau that keeps the medical fund."""
    facts = {
        "name": "演示市医保局",
        "region": "340800",
        "kind": "MEDICAL",
        "schemes": ["310", "390"],
    }
    made, _ = Agency.objects.get_or_create(code="34080002", defaults=facts)
    return made


def drawing(*, of: Person | None = None) -> Claim:
    """Zhao lost his job in November and draws from then on; his employer paid November."""
    person = of or builders.zhao()
    z.worked(person=person)
    z.registered(report=z.certificate(person=person))
    m.office()
    medical()
    m.account(of=person.pk)
    if of is None:
        return z.claimed()
    return z.claimed(person=of, category="M60", category_evidence="演示档案1号")


def with_floor(monkeypatch: pytest.MonkeyPatch, yuan: int) -> None:
    """Let the least base of 2026 be another than was known so far."""
    tree = parameters.load()
    shipped = tree.parameters[FLOOR]
    rows = tuple(
        replace(row, fields={"value": yuan}) if row.valid.start.year == 2026 else row
        for row in shipped.rows["value"]
    )
    made = DatedFile(shipped.name, shipped.note, {"value": rows}, shipped.fields)
    changed = ParameterTree({**tree.parameters, FLOOR: made}, "f" * 64)
    monkeypatch.setattr(parameters, "load", lambda: changed)


def listed(period: Month = DEC) -> FundList | None:
    """The list of a month, if there is anything new."""
    told: list[str] = []
    made = list_contributions(period=period, today=IN_DECEMBER.date(), tell=told.append)
    assert told == []
    return made[0] if made else None


def lines(of: FundList | None) -> list[tuple[str, str, int, int]]:
    """Scheme, month, amount and account part of each line."""
    rows = FundLine.objects.filter(list=of).order_by("scheme", "month", "pk")
    return [(row.scheme, f"{row.month:%Y-%m}", row.fen, row.account_fen) for row in rows]


def payment(of: FundList, **changes: object) -> Case:
    """A case that says how a list was paid."""
    content: dict[str, object] = {"list": of.pk, "day": "2026-12-15", "document": "演示付款1号"}
    return z.waiting(kind="FUND_CONTRIBUTIONS", content={**content, **changes}, on=IN_DECEMBER)


def paid(of: FundList, **changes: object) -> Case:
    """What a decided case pays; signatures are tried elsewhere."""
    case = payment(of, **changes)
    case.decided_at = IN_DECEMBER
    funds.fund(of.book_id, MEDICAL + PENSION)
    contribution_case.decide(case)
    return case


def arrival(of: FundPayment, *, at: Agency | None = None, **changes: object) -> Case:
    """A case of the medical bureau that says how a payment arrived."""
    content: dict[str, object] = {"payment": of.pk, "day": "2026-12-16", "document": "演示到账1号"}
    case = builders.case(
        kind="FUND_CONTRIBUTIONS_RECEIVED", content={**content, **changes}, at=at or medical()
    )
    case.received_at = IN_DECEMBER
    return case


def under_way(of: FundList) -> FundPayment:
    """What a list paid and has not arrived: to the medical fund."""
    return FundPayment.objects.get(list=of, receipt=None)


def arrived(of: FundList, *, day: str = "2026-12-16") -> Case:
    """The medical bureau books what a list paid; signatures are tried elsewhere."""
    case = arrival(under_way(of), day=day)
    case.decided_at = IN_DECEMBER
    contribution_receipt_case.decide(case)
    return case
