"""The rules of joining and leaving, at their boundaries, against a model of single months."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.months import Month, MonthRange
from insurance.enrolment import assess
from insurance.enrolment.assess import Held, Joining, Known, RuleSaysNo
from tests.insurance.enrolment.enrolment_builders import NOV

TODAY = date(2026, 11, 30)
BORN = Month(1985, 7)
EMPLOYER, OTHER = 11, 12
EARLIEST = Month(1900, 1)


def held(start: Month, end: Month | None = None, **changes: object) -> Held:
    facts = {"enrolment_id": 1, "scheme": "110", "kind": "EMPLOYED", "payer_id": EMPLOYER}
    return Held(**{**facts, "months": MonthRange(start, end), **changes})  # type: ignore[arg-type]


def asked(**changes: object) -> Joining:
    facts = {"scheme": "110", "kind": "EMPLOYED", "payer_id": EMPLOYER, "month": NOV}
    return Joining(**{**facts, "wage_fen": 600_000, **changes})  # type: ignore[arg-type]


def join(
    *rows: Held, joining: Joining | None = None, earliest: Month = EARLIEST, **known: object
) -> Held | None:
    facts = Known(**{"born": BORN, "held": rows, **known})  # type: ignore[arg-type]
    return assess.decide_join(asked=joining or asked(), known=facts, today=TODAY, earliest=earliest)


@pytest.mark.parametrize(
    ("joining", "refusal"),
    [
        (asked(scheme="170"), assess.SchemeNotForKind),
        (asked(scheme="210", kind="FLEXIBLE", payer_id=None), assess.SchemeNotForKind),
        (asked(scheme="110", kind="RESIDENT", wage_fen=None), assess.SchemeNotForKind),
        (asked(wage_fen=None), assess.WageInvalid),
        (asked(wage_fen=0), assess.WageInvalid),
        (asked(wage_fen=assess.WAGE_FEN_MAX + 1), assess.WageInvalid),
        (asked(scheme="390", kind="RESIDENT"), assess.WageInvalid),
        (asked(scheme="390", kind="RESIDENT", wage_fen=0), assess.WageInvalid),
        (asked(month=Month(2027, 1)), assess.TooFarAhead),
        (asked(month=BORN.previous), assess.BeforeBirth),
    ],
)
def test_what_can_not_be_asked_is_refused(joining: Joining, refusal: type[RuleSaysNo]) -> None:
    with pytest.raises(refusal):
        join(joining=joining)


def test_next_month_and_the_month_of_birth_are_not_too_far() -> None:
    assert join(joining=asked(month=Month(2026, 12))) is None
    assert join(joining=asked(month=BORN)) is None


def test_the_month_of_death_is_the_last_one_to_join() -> None:
    assert join(died=NOV) is None
    with pytest.raises(assess.Dead):
        join(died=NOV.previous)


def test_nobody_joins_from_the_month_of_deregistration_on() -> None:
    assert join(payer_gone_from=NOV.next) is None
    with pytest.raises(assess.PayerDeregistered):
        join(payer_gone_from=NOV)


def test_joining_twice_from_the_same_month_is_the_same() -> None:
    row = held(NOV)

    assert join(row) == row


@pytest.mark.parametrize("row", [held(NOV.previous), held(NOV, NOV.next), held(NOV.next)])
def test_overlapping_months_at_one_payer_are_refused(row: Held) -> None:
    with pytest.raises(assess.AlreadyEnrolled):
        join(row)


def test_who_left_last_month_may_join_again() -> None:
    assert join(held(Month(2020, 1), NOV)) is None


def test_a_second_employer_is_allowed_a_second_capacity_is_not() -> None:
    assert join(held(Month(2020, 1), payer_id=OTHER)) is None
    with pytest.raises(assess.OtherCapacity):
        join(held(Month(2020, 1), kind="FLEXIBLE", payer_id=None))


def test_a_resident_joins_to_the_end_of_the_year() -> None:
    months = assess.months_of_joining(kind="RESIDENT", month=NOV)

    assert months == MonthRange(NOV, Month(2027, 1))


def leave(*rows: Held, last_month: Month = NOV, earliest: Month = EARLIEST) -> tuple[Held, bool]:
    return assess.decide_leave(
        held=rows,
        scheme="110",
        payer_id=EMPLOYER,
        last_month=last_month,
        today=TODAY,
        earliest=earliest,
    )


def test_a_leaver_is_insured_in_the_last_month() -> None:
    row = held(NOV)

    assert leave(row) == (row, False)
    assert leave(held(NOV, NOV.next)) == (held(NOV, NOV.next), True)


@pytest.mark.parametrize(
    ("row", "refusal"),
    [
        (held(NOV.next), assess.LeaveBeforeJoin),
        (held(Month(2020, 1), NOV), assess.NotEnrolled),
        (held(Month(2020, 1), payer_id=OTHER), assess.NotEnrolled),
        (held(Month(2020, 1), scheme="310"), assess.NotEnrolled),
    ],
)
def test_who_is_not_there_does_not_leave(row: Held, refusal: type[RuleSaysNo]) -> None:
    with pytest.raises(refusal):
        leave(row)


def test_nobody_leaves_after_next_month() -> None:
    with pytest.raises(assess.TooFarAhead):
        leave(held(Month(2020, 1)), last_month=Month(2027, 1))


def test_the_desk_enrols_from_its_first_month_on() -> None:
    assert join(earliest=NOV) is None
    with pytest.raises(assess.TooFarBack, match="COLLECTION_BACK_PAYMENT"):
        join(earliest=NOV.next)
    assert join(held(NOV), earliest=NOV.next) == held(NOV), "what holds already is asked in vain"


def test_the_desk_takes_away_from_its_first_month_on() -> None:
    row = held(Month(2020, 1))

    assert leave(row, earliest=NOV.next) == (row, False)
    with pytest.raises(assess.LeftTooFarBack, match="ENROLMENT_CORRECTION"):
        leave(row, earliest=NOV.plus(2))


def correct(row: Held, *others: Held, start: Month, end: Month | None = None, **known: object):  # type: ignore[no-untyped-def]
    facts = Known(**{"born": BORN, "held": (row, *others), **known})  # type: ignore[arg-type]
    assess.check_correction(row=row, months=MonthRange(start, end), known=facts, today=TODAY)


def test_what_is_put_right_is_insured_as_somebody_who_joins() -> None:
    row = held(NOV)

    for start, refusal in ((BORN.previous, assess.BeforeBirth), (NOV.plus(2), assess.TooFarAhead)):
        with pytest.raises(refusal):
            correct(row, start=start)
    with pytest.raises(assess.TooYoung):
        correct(held(NOV, scheme="170", kind="RESIDENT"), start=NOV, end=NOV.next, born=NOV)


def test_what_is_put_right_ends_with_death_and_with_the_employer() -> None:
    row, end = held(Month(2020, 1), NOV), NOV.previous

    for known, refusal in (
        ({"died": end}, assess.Dead),
        ({"payer_gone_from": NOV}, assess.PayerDeregistered),
    ):
        correct(row, start=Month(2020, 2), end=NOV, **known)
        for too_late in (None, NOV.next):
            with pytest.raises(refusal):
                correct(row, start=Month(2020, 2), end=too_late, **known)


def test_a_resident_is_put_right_within_a_year() -> None:
    row = held(Month(2026, 3), Month(2027, 1), scheme="390", kind="RESIDENT")

    correct(row, start=Month(2026, 1), end=Month(2027, 1))
    for start, end in ((Month(2026, 1), None), (Month(2025, 12), Month(2026, 12))):
        with pytest.raises(assess.NotOneYear):
            correct(row, start=start, end=end)


MONTHS = st.integers(Month(2024, 1).index, Month(2026, 12).index).map(Month.from_index)
STEPS = st.lists(st.tuples(st.sampled_from(("JOIN", "LEAVE")), MONTHS), max_size=12)


@given(steps=STEPS)
def test_however_people_join_and_leave_no_month_is_insured_twice(
    steps: list[tuple[str, Month]],
) -> None:
    rows: list[Held] = []
    for step, month in steps:
        try:
            if step == "JOIN":
                if join(*rows, joining=asked(month=month)) is None:
                    rows.append(held(month, enrolment_id=len(rows)))
            else:
                row, already = leave(*rows, last_month=month)
                assert row.months.contains(month)
                if not already:
                    rows[rows.index(row)] = held(
                        row.months.start, month.next, enrolment_id=row.enrolment_id
                    )
        except RuleSaysNo:
            continue

    last = Month(2027, 6)
    insured = [m for row in rows for m in row.months.start.until(row.months.end or last)]
    assert len(insured) == len(set(insured))
