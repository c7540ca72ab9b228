"""Another amount from a month on is paid to all who draw, by difference (标准调整)."""

from collections.abc import Iterator
from datetime import date
from random import Random

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from backend.kernel.dated import Standing
from backend.kernel.months import Month, MonthRange
from backend.people.models import Party
from insurance.benefits.models import Component, Entitlement
from insurance.policy import parameters
from insurance.unemployment import amount_change
from insurance.unemployment.amount_change import AmountUnchanged, ChangeTooEarly
from insurance.unemployment.invariants import broken_promises
from insurance.unemployment.models import AmountChange, Claim
from insurance.unemployment.schedule import amounts_kept, amounts_of, schedule
from payments.ledger.books import ensure_books
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.unemployment import claim_builders as z
from tests.insurance.unemployment.amount_tree import with_amounts

pytestmark = pytest.mark.django_db
NOV, DEC, JAN = m.NOVEMBER, m.DECEMBER, m.JANUARY
RAISED = {"2026-12-01": 1_854, "2027-06-01": 1_900}
IN_JANUARY = builders.NOW.replace(year=2027, month=1)


@pytest.fixture
def claim() -> Claim:
    """Zhao draws 1,737 from November on, for 14 months."""
    z.out_of_work()
    m.office()
    m.account(of=builders.zhao().pk)
    return z.claimed()


@pytest.fixture
def raised(claim: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    """Published after his claim: from December on it is 1,854, from next June 1,900."""
    with_amounts(monkeypatch, RAISED)


def case(*, since: str = "2026-12", decided: bool = False, **changes: object) -> Case:
    content: dict[str, object] = {
        "region": "340800",
        "from_month": since,
        "document": "演示人社秘〔2026〕9号",
    }
    found = z.waiting(kind="UNEMPLOYMENT_AMOUNT", content={**content, **changes}, on=IN_JANUARY)
    if decided:
        found.decided_at = IN_JANUARY
    return found


def amounts(entitlement: Entitlement) -> dict[Month, int]:
    """What is due by month, as now known, in the order of the months."""
    rows = Component.objects.filter(entitlement=entitlement, superseded_at=None).order_by("valid")
    return {
        month: row.fen
        for row in rows
        for month in Month.of(row.valid.lower).until(Month.of(row.valid.upper))
    }


@pytest.mark.usefixtures("raised")
def test_what_is_drawn_changes_from_the_month_on_and_what_lay_before_stays(claim: Claim) -> None:
    amount_change.decide(case(decided=True))

    by_month = amounts(claim.entitlement)
    assert len(by_month) == 14
    assert (by_month[NOV], by_month[DEC], by_month[Month(2027, 6)]) == (
        1_737_00,
        1_854_00,
        1_900_00,
    )
    first = Component.objects.get(superseded_at=None, valid__contains=NOV.first_day)
    assert first.case_id == claim.case_id


@pytest.mark.usefixtures("raised")
def test_the_next_run_pays_what_was_missed(claim: Claim) -> None:
    m.sealed(NOV)
    m.sealed(DEC)
    amount_change.decide(case(decided=True))

    m.sealed(JAN)

    assert m.dues(claim.entitlement, JAN) == [(DEC, 2, 117_00), (JAN, 1, 1_854_00)]


@pytest.mark.usefixtures("raised")
def test_it_is_safe_to_repeat() -> None:
    first, again = case(decided=True), case(decided=True)
    amount_change.decide(first)
    before = Component.objects.count()

    amount_change.decide(again)

    assert Component.objects.count() == before
    assert AmountChange.objects.get(case_id=again.pk).component_count == 0


@pytest.mark.usefixtures("claim")
def test_figures_that_change_nothing_are_refused() -> None:
    with pytest.raises(AmountUnchanged):
        amount_change.check(case())


@pytest.mark.usefixtures("raised")
def test_nothing_changes_before_its_month_or_at_another_agency() -> None:
    assert amount_change.check(case()) == 0
    with pytest.raises(ChangeTooEarly):
        amount_change.check(case(since="2027-02"))
    with pytest.raises(ContentInvalid):
        amount_change.check(case(region="340100"))


def test_who_claims_later_is_awarded_the_new_amount_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_amounts(monkeypatch, RAISED)
    m.office()
    z.out_of_work()

    claim = z.claimed()

    assert amounts(claim.entitlement)[DEC] == 1_854_00


@pytest.mark.usefixtures("raised")
def test_a_change_keeps_its_figures_with_their_steps(claim: Claim) -> None:
    found = case(decided=True)
    amount_change.decide(found)

    change = AmountChange.objects.get(case_id=found.pk)
    assert [(one["from"], one["amount"]) for one in change.figures[claim.region]] == [
        ("2026-12", "1854.00"),
        ("2027-06", "1900.00"),
    ]
    assert change.figures[claim.region][0]["steps"][0]["result"] == "1854.00"
    assert [one.promise for one in broken_promises()] == ["失业:核定依据已签名办结的业务件"] * 2


@pytest.mark.usefixtures("raised")
def test_an_amount_that_nobody_decided_is_found(claim: Claim) -> None:
    amount_change.decide(case(decided=True))
    row = Component.objects.get(superseded_at=None, valid__contains=DEC.first_day)
    m.supersede(row)
    m.component(
        of=claim.entitlement,
        name="UNEMPLOYMENT",
        fen=row.fen + 1,
        start=DEC,
        end=Month.of(row.valid.upper),
        case_id=row.case_id,
    )

    assert "失业:每月的金额出自核定,或出自标准调整" in {one.promise for one in broken_promises()}


def generated(count: int) -> Iterator[Claim]:
    """Claims of three regions; a fifth begin or end in a month in which an amount changes."""
    random, ties = Random(20261126), [Month(2026, 12), Month(2027, 6)]
    book = next(b for b in ensure_books(agency=builders.agency(), on=builders.TODAY)
                if b.scheme == "210")  # fmt: skip
    report = z.certificate()
    for number in range(count):
        start, length = Month(2026, 1).plus(random.randrange(20)), random.randint(1, 24)
        if number % 5 == 0:
            start = random.choice(ties).plus(random.choice([0, 1, -length]))
        person = Party.objects.create(kind="PERSON").pk
        region = random.choice(["340802", "340822", "340800"])
        yield _claim(person, report.pk, region, MonthRange(start, start.plus(length)), book.pk)


def _claim(person: int, report: int, region: str, months: MonthRange, book: int) -> Claim:
    assert months.end is not None
    entitlement = Entitlement.objects.create(
        person_id=person, scheme="210", book_id=book, start_month=months.start.first_day,
        case_id=person,
    )  # fmt: skip
    amount_of = amounts_of(tree=parameters.load(), region=region)
    segments = schedule(months=months, amount_of=amount_of)
    for one in segments:
        assert one.months.end is not None
        Component.objects.create(
            entitlement=entitlement, component="UNEMPLOYMENT", fen=one.amount.fen,
            standing="DEMO", case_id=person,
            valid=SqlRange(one.months.start.first_day, one.months.end.first_day),
        )  # fmt: skip
    length = len(list(months.months()))
    return Claim.objects.create(
        person_id=person, entitlement=entitlement, job_end_id=report, region=region,
        registered_on=months.start.first_day, paid_months=12, unused_months=0,
        regular_months=length, granted_months=length, birth_month=date(1980, 1, 1),
        monthly_fen=segments[0].amount.fen, figures={"amounts": amounts_kept(segments=segments)},
        steps=[], policy_version="v", standing="unverified", case_id=person,
        conditions_standing=Random(person).choice([Standing.CITED, Standing.UNVERIFIED]).value,
    )  # fmt: skip


def test_set_wise_it_is_what_the_pure_function_says(monkeypatch: pytest.MonkeyPatch) -> None:
    claims = list(generated(150))
    with_amounts(monkeypatch, RAISED, county=1_600)

    amount_change.decide(case(decided=True))

    for claim in claims:
        start = Month.of(claim.registered_on)
        months = MonthRange(start, start.plus(claim.granted_months))
        amount_of = amounts_of(tree=parameters.load(), region=claim.region)
        wanted = {
            month: one.amount.fen
            for one in schedule(months=months, amount_of=amount_of)
            for month in one.months.months()
            if month >= DEC
        }
        found = amounts(claim.entitlement)
        assert {month: fen for month, fen in found.items() if month >= DEC} == wanted
        assert len(found) == claim.granted_months
