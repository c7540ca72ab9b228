"""Somebody retires in tests (退休样例): a man of Anqing, born in 1966; all invented (演示)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from backend.access.models import Agency
from backend.cases import acts
from backend.cases.decide import decide, review
from backend.cases.models import Case
from backend.cases.receive import receive_case
from backend.kernel.dated import Standing
from backend.kernel.identity import Sex
from backend.kernel.months import DateRange
from backend.kernel.parameters import ParameterTree
from backend.people.models import Person
from insurance.accounts.models import EntryKind
from insurance.accounts.rates import RATES
from insurance.pension import approval, archive_facts, recalculation
from insurance.pension import award as pension_award
from insurance.pension.index import AVERAGE
from insurance.pension.models import ArchiveFacts, Award, Recalculation, RetirementApproval
from insurance.policy import parameters
from tests import builders
from tests.insurance.accounts import account_builders
from tests.insurance.benefits import month_builders

NOW = datetime(2026, 11, 5, 10, 0, tzinfo=builders.CHINA)
TODAY = NOW.date()


def man() -> Person:
    """Born in March 1966, as his archive says: he retires in July 2026, at 60 and 4 months."""
    born = date(1966, 5, 16)
    number = builders.id_number(birth_date=born, sex=Sex.MALE, serial=311)
    return builders.person(name="胡德胜", birth_date=born, number=number)


def waiting(
    *,
    kind: str,
    content: Mapping[str, object],
    of: Person | None = None,
    at: Agency | None = None,
    on: datetime = NOW,
) -> Case:
    """A case that was received on the day of the test."""
    case = receive_case(
        kind=kind,
        agency=at or builders.agency(),
        party_id=(of or man()).pk,
        content=content,
        received_by=builders.person(name="石玉兰", sex=Sex.FEMALE).pk,
    )
    case.received_at = on
    return case


def decided(
    *,
    kind: str,
    content: Mapping[str, object],
    of: Person | None = None,
    at: Agency | None = None,
    on: datetime = NOW,
) -> Case:
    """A case as its act is given it; signatures are tried elsewhere."""
    case = waiting(kind=kind, content=content, of=of, at=at, on=on)
    case.decided_at = on
    return case


def archive(**changes: object) -> dict[str, object]:
    """What a case asks to be recognised: a paper of 1985 says that he was born in March."""
    content: dict[str, object] = {
        "category": "M60",
        "category_evidence": "干部履历表 演示1号",
        "birth_month": "1966-03",
        "birth_records": [
            {"paper": "招工登记表", "recorded_on": "1985-03-02", "birth_month": "1966-03"},
            {"paper": "工资审批表", "recorded_on": "1990-07-01", "birth_month": "1966-05"},
        ],
        "first_work_month": "1985-03",
        "first_work_evidence": "招工登记表 演示1号",
        "deemed": [
            {"from_month": "1985-03", "last_month": "1995-12", "evidence": "工资审批表 演示2号"}
        ],
        "special": [],
    }
    return {**content, **changes}


def department() -> Agency:
    """The administrative department, that lets people retire."""
    facts = {"name": "演示市人社局", "region": "340800", "kind": "DEPARTMENT", "schemes": ["110"]}
    found, _ = Agency.objects.get_or_create(code="34080003", defaults=facts)
    return found


def recognise(*, of: Person | None = None, **changes: object) -> ArchiveFacts:
    """His archive is recognised."""
    person = of or man()
    archive_facts.decide(decided(kind="ARCHIVE_FACTS", of=person, content=archive(**changes)))
    facts = archive_facts.current(person_id=person.pk)
    assert facts is not None
    return facts


def retirement(**changes: object) -> dict[str, object]:
    """What a case asks for that lets him retire in July 2026, at the statutory age."""
    content: dict[str, object] = {
        "route": "STATUTORY",
        "retirement_month": "2026-07",
        "contribution_months": 360,
        "document_no": "演退审〔2026〕1号",
    }
    return {**content, **changes}


def approve(*, of: Person | None = None, **changes: object) -> RetirementApproval:
    """The department lets him retire."""
    person = of or man()
    case = decided(
        kind="RETIREMENT_APPROVAL", of=person, at=department(), content=retirement(**changes)
    )
    approval.decide(case)
    found = approval.current(person_id=person.pk)
    assert found is not None
    return found


def award(**changes: object) -> dict[str, object]:
    """What a case asks for: 320 months before, at 0.9500 of the average, as his papers say."""
    content: dict[str, object] = {
        "scheme": "110",
        "earlier_months": 320,
        "earlier_index": "0.9500",
        "earlier_until": "2026-07",
        "earlier_evidence": "原系统缴费明细 演示1号",
        "open_accepted": False,
    }
    return {**content, **changes}


def awarded(*, of: Person | None = None, on: datetime = NOW, **changes: object) -> Award:
    """The agency awards what he is due from August 2026."""
    month_builders.office()
    case = decided(kind="PENSION_AWARD", of=of, content=award(**changes), on=on)
    pension_award.decide(case)
    return Award.objects.get(case_id=case.pk)


def with_account(*, fen: int = 120_000_00) -> None:
    """120,000 yuan were taken over at the end of 2025."""
    account_builders.entry(
        person_id=man().pk, kind=EntryKind.OPENING, month="2025-12", arrival="2026-01", fen=fen
    )


def through_hands(
    *, kind: str, content: Mapping[str, object], at: Agency | None = None, of: Person | None = None
) -> Case:
    """Received, reviewed and decided by three people of the body, each signing; its act is done."""
    body, person = at or builders.agency(), of or man()
    clerk = builders.member(role="CLERK", of=builders.person(name="石玉兰"), at=body)
    case = receive_case(
        kind=kind,
        agency=body,
        party_id=person.pk,
        content=content,
        received_by=clerk.staff.person_id,
        acts=acts.registered(),
    )
    hands = {
        role: builders.member(role=role, of=builders.person(name="查明德"), at=body)
        for role in ("REVIEWER", "APPROVER")
    }
    review(case_id=case.pk, key=hands["REVIEWER"].key, role="REVIEWER", now=NOW)
    return decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=hands["APPROVER"].key,
        role="APPROVER",
        now=NOW,
        acts=acts.registered(),
    )


def retired_by_law() -> Award:
    """Archive, approval and award, each through the hands of its body."""
    month_builders.office()
    with_account()
    through_hands(kind="ARCHIVE_FACTS", content=archive())
    through_hands(kind="RETIREMENT_APPROVAL", content=retirement(), at=department())
    case = through_hands(kind="PENSION_AWARD", content=award())
    return Award.objects.get(case_id=case.pk)


def publish_base(patch: pytest.MonkeyPatch, *, fen: int = 8_200_00, issued: date = TODAY) -> None:
    """The base of 2026 is published; an invented figure."""
    tree = parameters.load()
    shipped = tree.parameters["pension.award_base"]
    row = replace(
        shipped.rows["value"][-1],
        valid=DateRange(date(2026, 1, 1), date(2027, 1, 1)),
        standing=Standing.CITED,
        document="演示基数通知",
        issued=issued,
        fields={"value": Decimal(fen) / 100},
    )
    known = replace(shipped, rows={"value": (*shipped.rows["value"], row)})
    version = f"{tree.version[:8]} 2026={fen}"
    changed = ParameterTree({**tree.parameters, "pension.award_base": known}, version)
    patch.setattr(parameters, "load", lambda: changed)


def publish_average(
    patch: pytest.MonkeyPatch, *, fen: int = 7_200_00, issued: date = TODAY
) -> None:
    """The average wage of 2025 is published on a day, and not before; an invented figure."""
    tree = parameters.load()
    shipped = tree.parameters[AVERAGE]
    others = [row for row in shipped.rows["value"] if row.valid.start.year != 2025]
    row = replace(
        others[0],
        valid=DateRange(date(2025, 1, 1), date(2026, 1, 1)),
        standing=Standing.CITED,
        document="演示平均工资通知",
        issued=issued,
        fields={"value": Decimal(fen) / 100},
    )
    known = replace(shipped, rows={"value": (*others, row)})
    changed = ParameterTree({**tree.parameters, AVERAGE: known}, f"{tree.version[:8]} 2025={fen}")
    patch.setattr(parameters, "load", lambda: changed)


def publish_rate(patch: pytest.MonkeyPatch, *, year: int = 2026, ratio: str = "0.0200") -> None:
    """The account rate of a year is announced; an invented figure."""
    tree = parameters.load()
    shipped = tree.parameters[RATES["110"]]
    row = replace(
        shipped.rows["value"][-1],
        valid=DateRange(date(year, 1, 1), date(year + 1, 1, 1)),
        standing=Standing.CITED,
        document="演示利率通知",
        fields={"value": Decimal(ratio)},
    )
    others = [one for one in shipped.rows["value"] if one.valid.start.year != year]
    known = replace(shipped, rows={"value": (*others, row)})
    changed = ParameterTree({**tree.parameters, RATES["110"]: known}, f"{tree.version[:8]} {ratio}")
    patch.setattr(parameters, "load", lambda: changed)


def recalculated(*, known_on: date = TODAY) -> Recalculation:
    """All chunks of the year's recalculation."""
    (one,) = recalculation.waiting()
    run = recalculation.open_recalculation(of=one, known_on=known_on)
    assert run is not None
    for chunk in range(len(run.chunks)):
        recalculation.recalculate_chunk(run_id=run.pk, chunk=chunk)
    run.refresh_from_db()
    return run
