"""Bounds published late: differences by person and month, and a second run that finds none."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from insurance.collection.rules.assess import Insured, assess_employer
from insurance.collection.rules.difference import Difference, find_differences
from insurance.collection.rules.lines import Line, LineKey, Part
from insurance.collection.rules.match import Owed, net
from tests.insurance.collection.collection_builders import (
    CEILING_FEN,
    EMPLOYER,
    LI,
    NOV,
    terms,
    wages,
)

MARCH = NOV.plus(-8)
BEFORE, AFTER = date(2026, 3, 20), date(2026, 8, 27)
NOTICE = "皖人社秘〔2026〕113号"


def bill(wages_fen: list[int | None], known_on: date, scheme: str = "110") -> list[Line]:
    people = [Insured(number, EMPLOYER, wage) for number, wage in enumerate(wages_fen, start=LI)]
    of = terms(scheme, month=MARCH, known_on=known_on)
    return list(assess_employer(payer_id=EMPLOYER, insured=people, terms=of).lines)


def differences(now: list[Line], billed: list[Line]) -> tuple[Difference, ...]:
    return find_differences(now=now, billed=billed, policy_version="v", reason=NOTICE)


def sums(lines: list[Line]) -> dict[LineKey, tuple[int, int]]:
    keys = {line.key for line in lines}
    found = {
        key: (
            sum(line.fen for line in lines if line.key == key),
            sum(line.account_fen for line in lines if line.key == key),
        )
        for key in keys
    }
    return {key: amounts for key, amounts in found.items() if amounts != (0, 0)}


def test_who_paid_on_the_old_floor_owes_the_difference() -> None:
    """4,354 less 4,311 is 43 yuan: 3.44 of the person, all to the account, and 6.88."""
    found = differences(bill([None], AFTER), bill([None], BEFORE))

    assert [(d.line.key.part, d.line.fen, d.line.account_fen) for d in found] == [
        (Part.PERSON, 344, 344),
        (Part.EMPLOYER, 688, 0),
    ]
    assert all(d.is_top_up and d.line.key.month == MARCH for d in found)


def test_who_paid_between_the_bounds_owes_nothing() -> None:
    assert differences(bill([6_000_00], AFTER), bill([6_000_00], BEFORE)) == ()


def test_a_lower_ceiling_gives_back_what_was_paid_above_it() -> None:
    """Bounds do not fall in the figures that ship: billed under the new, assessed under the old."""
    billed = bill([CEILING_FEN], AFTER)

    found = differences(bill([CEILING_FEN], BEFORE), billed)
    everything = [*billed, *(d.line for d in found)]
    _, refund = net(lines=everything, matched={line.key: line.fen for line in billed})

    assert [d.line.fen for d in found] == [-17_28, -34_56]  # 216 yuan by 8 % and 16 %
    assert refund == tuple(Owed(d.line.key, -d.line.fen) for d in found)


def test_what_was_never_paid_is_only_owed_less() -> None:
    billed = bill([CEILING_FEN], AFTER)
    now = bill([CEILING_FEN], BEFORE)

    everything = [*billed, *(d.line for d in differences(now, billed))]

    owed, refund = net(lines=everything, matched={})
    assert (sum(one.fen for one in owed), refund) == (sum(line.fen for line in now), ())


def test_who_left_is_billed_no_more() -> None:
    found = differences([], bill([6_000_00], BEFORE))

    assert [d.line.fen for d in found] == [-480_00, -960_00]


def test_late_fees_are_not_assessed_and_stay() -> None:
    fee = Line(LineKey(EMPLOYER, None, "110", MARCH, Part.LATE_FEE), 500)

    assert differences([], [fee]) == ()


def test_a_difference_says_what_was_billed_and_what_became_known() -> None:
    step = differences(bill([None], AFTER), bill([None], BEFORE))[0].step

    assert dict(step.inputs) == {"现应缴": "348.32", "已核定": "344.88"}
    assert (step.result, step.article) == ("3.44", NOTICE)


@given(st.lists(wages(), max_size=6), st.lists(wages(), max_size=6), st.sampled_from([1, -1]))
def test_the_difference_makes_of_what_was_billed_a_fresh_assessment(
    old: list[int | None], new: list[int | None], direction: int
) -> None:
    days = (BEFORE, AFTER)[::direction]
    billed, fresh = bill(old, days[0]), bill(new, days[1])

    together = [*billed, *(d.line for d in differences(fresh, billed))]

    assert sums(together) == sums(fresh)
    assert differences(fresh, together) == ()


@given(st.lists(wages(), max_size=6))
def test_differences_of_differences_add_up(own: list[int | None]) -> None:
    """There and back again: the bounds change twice, and nothing is left."""
    first = bill(own, BEFORE)
    second = [*first, *(d.line for d in differences(bill(own, AFTER), first))]
    third = [*second, *(d.line for d in differences(bill(own, BEFORE), second))]

    assert sums(third) == sums(first)
