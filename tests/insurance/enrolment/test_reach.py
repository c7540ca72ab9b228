"""Desk and files speak for some months back; beyond them two persons decide."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.cases.models import Case
from backend.kernel.months import Month, MonthRange
from backend.kernel.parameters import NotConfigured
from backend.people.models import Death
from backend.people.supersede import AlreadySuperseded
from insurance.enrolment import assess, reach
from insurance.enrolment import correct as correction
from insurance.enrolment.invariants import broken_promises
from insurance.enrolment.join import join
from insurance.enrolment.leave import leave
from insurance.enrolment.models import Deregistration, Enrolment, Kind, Source
from insurance.enrolment.reach import Reach, earliest_for, first_gained, months_lost
from insurance.enrolment.rests import MonthsRestedOn
from insurance.enrolment.roster import take_roster
from tests import builders
from tests.insurance.collection import case_builders as cases
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.enrolment_builders import NOV
from tests.insurance.enrolment.feed_files import roster_row, write

TODAY = builders.TODAY
FIRST = Month(2026, 8)  # three months back from November
check, decide = (partial(act, blockers=()) for act in (correction.check, correction.decide))


@pytest.mark.parametrize(
    ("today", "same_year", "first"),
    [
        (date(2026, 11, 1), False, Month(2026, 8)),
        (date(2026, 11, 30), True, Month(2026, 8)),
        (date(2027, 2, 1), False, Month(2026, 11)),
        (date(2027, 2, 28), True, Month(2027, 1)),
    ],
)
def test_the_first_month_of_the_desk(today: date, same_year: bool, first: Month) -> None:
    assert Reach(3, same_year).earliest(today=today) == first


MONTHS = st.integers(Month(2026, 1).index, Month(2026, 12).index).map(Month.from_index)
RANGES = st.tuples(MONTHS, MONTHS).map(lambda two: MonthRange(min(two), max(two).next))


@given(before=RANGES, after=RANGES)
def test_what_is_gained_and_lost_is_so_month_by_month(
    before: MonthRange, after: MonthRange
) -> None:
    was, becomes = set(before.months()), set(after.months())

    assert first_gained(before=before, after=after) == min(becomes - was, default=None)
    lost = months_lost(before=before, after=after)
    assert [month for part in lost for month in part.months()] == sorted(was - becomes)


def test_what_has_no_end_goes_on() -> None:
    open_range, ended = MonthRange(NOV), MonthRange(NOV, NOV.plus(2))

    assert first_gained(before=ended, after=open_range) == NOV.plus(2)
    assert months_lost(before=open_range, after=ended) == (MonthRange(NOV.plus(2)),)
    assert months_lost(before=open_range, after=None) == (open_range,)
    assert months_lost(before=ended, after=open_range) == ()
    assert first_gained(before=open_range, after=None) is None


@pytest.mark.django_db
def test_a_live_database_has_no_figure_and_needs_none_for_this_month(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reach, "is_demo", lambda: False)
    facts: dict[str, Any] = {"kind": Kind.EMPLOYED, "district": "340802", "today": TODAY}

    assert earliest_for(month=NOV, **facts) == NOV
    with pytest.raises(NotConfigured):
        earliest_for(month=NOV.previous, **facts)


def li_joins(month: Month, *, kind: Kind = Kind.EMPLOYED, today: date = TODAY) -> list[Enrolment]:
    payer = of.employer().pk if kind is Kind.EMPLOYED else None
    return join(
        person_id=builders.li().pk, kind=kind, schemes=["110"], payer_id=payer, month=month,
        wage_fen=600_000, today=today, pensions=of.nobody_draws,
    )  # fmt: skip


@pytest.mark.django_db
def test_who_joins_for_earlier_months_pays_back_by_a_case() -> None:
    with pytest.raises(assess.TooFarBack, match="补缴"):
        li_joins(FIRST.previous)

    assert li_joins(FIRST)


@pytest.mark.django_db
def test_who_works_alone_joins_within_the_year() -> None:
    with pytest.raises(assess.TooFarBack):
        li_joins(Month(2026, 12), kind=Kind.FLEXIBLE, today=date(2027, 1, 10))

    assert li_joins(Month(2027, 1), kind=Kind.FLEXIBLE, today=date(2027, 3, 10))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "month", "refusal"),
    [
        ("JOIN", "2026-07", assess.TooFarBack),
        ("JOIN", "2026-08", None),
        ("LEAVE", "2026-06", assess.LeftTooFarBack),
        ("LEAVE", "2026-07", None),
    ],
)
def test_a_roster_speaks_for_the_same_months(
    tmp_path: Path, change: str, month: str, refusal: type[assess.RuleSaysNo] | None
) -> None:
    of.employer()
    if change == "LEAVE":
        of.enrolment()
    path = write(tmp_path, [roster_row(change=change, month=month, schemes="110")])

    file = take_roster(path=path, today=TODAY, refused=[], blockers=(), pensions=of.nobody_draws)

    assert file.accepted is (refusal is None), file.detail
    assert refusal is None or refusal.words in file.detail


@pytest.mark.django_db
def test_what_was_told_long_ago_may_be_told_again(tmp_path: Path) -> None:
    of.enrolment(valid=of.months("2026-01"))

    path = write(tmp_path, [roster_row(month="2026-01", schemes="110")])

    assert take_roster(
        path=path, today=TODAY, refused=[], blockers=(), pensions=of.nobody_draws
    ).accepted
    assert li_joins(Month(2026, 1)) == [Enrolment.objects.get()]


@pytest.mark.django_db
def test_who_left_long_ago_is_put_right_by_two_persons() -> None:
    row = of.enrolment()
    facts: dict[str, Any] = {"schemes": ["110"], "payer_id": row.payer_id, "today": TODAY}

    with pytest.raises(assess.LeftTooFarBack, match="参保更正"):
        leave(blockers=(), person_id=row.person_id, last_month=Month(2026, 6), **facts)

    assert leave(blockers=(), person_id=row.person_id, last_month=Month(2026, 7), **facts)


def rests(*, person_id: int, scheme: str, months: MonthRange) -> list[str]:
    return [f"以 {months.start} 起的 {scheme} 为依据。"]


@pytest.mark.django_db
def test_who_leaves_takes_no_month_away_on_which_a_benefit_rests() -> None:
    row = of.enrolment()
    facts: dict[str, Any] = {"schemes": ["110"], "payer_id": row.payer_id, "today": TODAY}

    with pytest.raises(MonthsRestedOn, match="以 2026-10 起的 110 为依据"):
        leave(person_id=row.person_id, last_month=Month(2026, 9), blockers=(rests,), **facts)

    assert Enrolment.objects.get() == row
    last = Month.of(TODAY).previous
    assert leave(person_id=row.person_id, last_month=last, blockers=(rests,), **facts)


def put_right(row: Enrolment, months: MonthRange | None) -> Enrolment | None:
    return correction.correct(
        enrolment_id=row.pk, months=months, reason="录错", today=TODAY, blockers=()
    )


@pytest.mark.django_db
def test_one_clerk_takes_no_earlier_months_away_and_adds_none() -> None:
    row = of.enrolment(valid=of.months("2026-03", "2026-06"))

    for months in (None, MonthRange(Month(2026, 4), Month(2026, 6))):
        with pytest.raises(correction.NeedsTwoPersons, match="两人"):
            put_right(row, months)
    for months in (MonthRange(Month(2026, 2), Month(2026, 6)), MonthRange(Month(2026, 3))):
        with pytest.raises(assess.TooFarBack):
            put_right(row, months)


@pytest.mark.django_db
def test_one_clerk_puts_the_last_months_right() -> None:
    row = of.enrolment(valid=of.months("2020-01"))

    right = put_right(row, MonthRange(Month(2020, 1), FIRST))

    assert right is not None
    assert right.valid.upper == FIRST.first_day


@pytest.mark.django_db
def test_a_correction_asks_what_joining_asks() -> None:
    row = of.enrolment(valid=of.months("2026-09", "2026-10"))
    Deregistration.objects.create(
        payer_id=of.employer().pk, evidence="演示", valid=of.months("2026-10"), source=Source.DESK
    )
    Death.objects.create(
        person_id=builders.li().pk, death_date=date(2026, 9, 20), source="OFFICE", evidence=""
    )

    with pytest.raises(assess.Dead):
        put_right(row, MonthRange(Month(2026, 9)))
    Death.objects.update(superseded_at=builders.NOW)
    with pytest.raises(assess.PayerDeregistered):
        put_right(row, MonthRange(Month(2026, 9)))


def case(row: Enrolment, first: str | None, last: str | None = None, **more: object) -> Case:
    content: Mapping[str, object] = {
        "enrolment": row.pk, "from_month": first, "last_month": last, "reason": "单位迟报减员",
    }  # fmt: skip
    return cases.decided(
        kind="ENROLMENT_CORRECTION", party_id=row.person_id, content={**content, **more}
    )


@pytest.mark.django_db
def test_two_persons_take_earlier_months_away() -> None:
    row = of.enrolment(valid=of.months("2026-01"))
    asked = case(row, "2026-01", "2026-03")

    assert check(asked) == 0
    assert decide(asked) == 2

    now = Enrolment.objects.get(superseded_at__isnull=True)
    assert (now.valid, now.source, now.case_id) == (
        of.months("2026-01", "2026-04"),
        "CASE",
        asked.pk,
    )
    with pytest.raises(AlreadySuperseded):
        decide(asked)


@pytest.mark.django_db
def test_two_persons_say_that_somebody_never_was_insured() -> None:
    row = of.enrolment(valid=of.months("2026-01"))

    decide(case(row, None))

    assert not Enrolment.objects.filter(superseded_at__isnull=True).exists()


@pytest.mark.django_db
def test_a_case_is_no_back_payment_and_breaks_no_rule() -> None:
    row = of.enrolment(valid=of.months("2026-03"))

    with pytest.raises(assess.TooFarBack):
        check(case(row, "2026-02"))
    with pytest.raises(assess.BeforeBirth):
        check(case(row, "1985-06"))
    with pytest.raises(correction.ReasonMissing):
        check(case(row, "2026-04", reason=""))
    others = case(row, "2026-04")
    others.party_id = builders.zhao().pk
    with pytest.raises(correction.OtherPerson):
        check(others)


@pytest.mark.django_db
def test_what_a_case_wrote_rests_on_its_decision() -> None:
    decide(case(of.enrolment(valid=of.months("2026-01")), "2026-01", "2026-03"))

    assert [one.promise for one in broken_promises()] == [  # its case is not signed here
        "参保关系、缴费工资来自已接收的文件、基线或已办结的业务件"
    ]
