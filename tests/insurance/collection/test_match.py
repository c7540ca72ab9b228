"""Matching: the stated order, names, suspense, credits; nothing is lost and nothing doubled."""

from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.dated import Standing
from backend.kernel.months import Month
from backend.kernel.parameters import NotVerified
from insurance.collection.rules.last_days import Due
from insurance.collection.rules.lines import Line, LineKey, Part
from insurance.collection.rules.match import (
    Criterion,
    Funds,
    Matching,
    Named,
    Order,
    Owed,
    Purse,
    Rest,
    Source,
    account_part,
    match,
    net,
    order_in_force,
    person_of_credit,
)
from insurance.policy import parameters
from tests.insurance.collection.collection_builders import (
    ANQING,
    CHEN,
    EMPLOYER,
    LI,
    NOV,
    OTHER,
    TODAY,
    resolved,
)

OCT = NOV.previous
STATED = Order(Named.ONLY, (Criterion.MONTH, Criterion.PART), tuple(Part), resolved(1))


def key(
    month: Month = NOV,
    part: Part = Part.PERSON,
    *,
    person_id: int | None = LI,
    payer_id: int = EMPLOYER,
    scheme: str = "110",
) -> LineKey:
    return LineKey(payer_id, person_id, scheme, month, part)


def receipt(fen: int, number: int = 1, **changes: object) -> Funds:
    money = Funds(number, EMPLOYER, "110", fen, date(2026, 11, 20))
    return replace(money, **changes)  # type: ignore[arg-type]


def owed(*keys: LineKey, fen: int = 100) -> list[Owed]:
    return [Owed(one, fen) for one in keys]


def paid(matching: Matching) -> dict[LineKey, int]:
    found: dict[LineKey, int] = {}
    for one in matching.allocations:
        found[one.key] = found.get(one.key, 0) + one.fen
    return found


def left(matching: Matching) -> list[tuple[int, Rest]]:
    return [(one.fen, one.reason) for one in matching.left]


OWN_OCT, EMP_OCT = key(OCT), key(OCT, Part.EMPLOYER)
OWN_NOV, EMP_NOV = key(), key(part=Part.EMPLOYER)
FEE_OCT = key(OCT, Part.LATE_FEE, person_id=None)
ALL = (FEE_OCT, EMP_NOV, OWN_NOV, EMP_OCT, OWN_OCT)


def test_oldest_month_first_then_the_persons_part_and_the_employers() -> None:
    found = match(owed=owed(*ALL), funds=[receipt(250)], order=STATED)

    assert paid(found) == {OWN_OCT: 100, EMP_OCT: 100, OWN_NOV: 50}
    assert found.shortfall == (Owed(FEE_OCT, 100), Owed(EMP_NOV, 100), Owed(OWN_NOV, 50))


@pytest.mark.parametrize("named", Named)
def test_principal_pays_no_late_fee_and_a_late_fee_no_principal(named: Named) -> None:
    order = replace(STATED, named=named)
    fee = receipt(130, 2, part=Part.LATE_FEE, purse=Purse.LATE_FEE)

    found = match(owed=owed(*ALL), funds=[receipt(450), fee], order=order)

    assert {one.key for one in found.allocations if one.funds == fee} == {FEE_OCT}
    assert left(found) == [(30, Rest.OVERPAID), (50, Rest.OVERPAID)]


def test_the_order_is_data() -> None:
    by_part = replace(STATED, by=(Criterion.PART, Criterion.MONTH))

    found = match(owed=owed(*ALL), funds=[receipt(350)], order=by_part)

    assert paid(found) == {OWN_OCT: 100, OWN_NOV: 100, EMP_OCT: 100, EMP_NOV: 50}


def test_what_is_paid_beyond_the_named_month_goes_to_suspense() -> None:
    found = match(owed=owed(*ALL), funds=[receipt(250, month=NOV)], order=STATED)

    assert paid(found) == {OWN_NOV: 100, EMP_NOV: 100}
    assert left(found) == [(50, Rest.OVERPAID)]


def test_where_names_do_not_count_the_oldest_month_is_paid() -> None:
    ignored = replace(STATED, named=Named.IGNORED)

    found = match(owed=owed(*ALL), funds=[receipt(250, month=NOV)], order=ignored)

    assert paid(found) == {OWN_OCT: 100, EMP_OCT: 100, OWN_NOV: 50}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"payer_id": None}, Rest.UNKNOWN_PAYER),
        ({"payer_id": OTHER}, Rest.NOTHING_OWED),
        ({"scheme": "310"}, Rest.NOTHING_OWED),
        ({"month": Month(2026, 9)}, Rest.NOTHING_OWED),
        ({"person_id": CHEN}, Rest.WRONG_PERSON),
        ({"person_id": LI, "month": Month(2026, 9)}, Rest.NOTHING_OWED),
        ({"part": Part.LATE_FEE, "purse": Purse.LATE_FEE, "month": NOV}, Rest.NOTHING_OWED),
    ],
)
def test_what_pays_nothing_goes_to_suspense_with_its_reason(
    changes: dict[str, Any], reason: Rest
) -> None:
    found = match(owed=owed(*ALL), funds=[replace(receipt(70), **changes)], order=STATED)

    assert (found.allocations, left(found)) == ((), [(70, reason)])
    assert found.suspense_fen == 70


def test_who_names_more_is_served_first_however_late() -> None:
    vague = receipt(100, 1)
    exact = receipt(100, 2, month=OCT, part=Part.PERSON, arrived=date(2026, 11, 29))

    found = match(owed=owed(OWN_OCT, EMP_OCT), funds=[vague, exact], order=STATED)

    assert {one.funds.number: one.key for one in found.allocations} == {1: EMP_OCT, 2: OWN_OCT}


def test_the_second_of_two_payments_is_overpaid() -> None:
    twice = [receipt(100, 2, arrived=date(2026, 11, 21)), receipt(100, 1)]

    found = match(owed=owed(OWN_NOV), funds=twice, order=STATED)

    assert [one.funds.number for one in found.allocations] == [1]
    assert [one.funds.number for one in found.left] == [2]


def test_a_credit_pays_before_any_receipt_and_what_is_left_of_it_is_no_suspense() -> None:
    credit = receipt(130, 7, source=Source.CREDIT)

    found = match(owed=owed(OWN_NOV), funds=[receipt(100, 1), credit], order=STATED)

    assert [(one.funds.number, one.fen) for one in found.allocations] == [(7, 100)]
    assert left(found) == [(30, Rest.CREDIT_LEFT), (100, Rest.OVERPAID)]
    assert found.suspense_fen == 100


def test_a_negative_line_and_a_reduced_bill_are_credits() -> None:
    rounding = key(part=Part.ROUNDING, person_id=None)
    lines = [Line(OWN_NOV, 100), Line(OWN_NOV, -30), Line(EMP_NOV, 200), Line(rounding, -1)]

    still_owed, credit = net(lines=lines, matched={OWN_NOV: 100})

    assert still_owed == (Owed(EMP_NOV, 200),)
    assert credit == (Owed(OWN_NOV, 30), Owed(rounding, 1))


YEARS_END = date(2026, 12, 31)
TOO_LATE = date(2027, 1, 1)
CLOSING = Owed(OWN_NOV, 100, (Due(YEARS_END, 100),))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"arrived": YEARS_END}, None),
        ({"arrived": TOO_LATE}, Rest.CLOSED),
        ({"arrived": TOO_LATE, "month": NOV}, Rest.CLOSED),
        ({"arrived": TOO_LATE, "month": OCT}, Rest.NOTHING_OWED),
        ({"arrived": TOO_LATE, "person_id": CHEN}, Rest.WRONG_PERSON),
        ({"arrived": TOO_LATE, "decided": True}, Rest.CLOSED),
        ({"arrived": TOO_LATE, "decided": True, "month": NOV}, None),
        ({"arrived": TOO_LATE, "source": Source.CREDIT}, Rest.CREDIT_LEFT),
    ],
)
@pytest.mark.parametrize("named", Named)
def test_a_line_is_paid_up_to_its_last_day_unless_two_people_name_its_month(
    changes: dict[str, Any], reason: Rest | None, named: Named
) -> None:
    if named is Named.IGNORED and reason in (Rest.NOTHING_OWED, Rest.WRONG_PERSON):
        reason = Rest.CLOSED
    money = replace(receipt(100), **changes)

    found = match(owed=[CLOSING], funds=[money], order=replace(STATED, named=named))

    assert left(found) == ([(100, reason)] if reason else [])
    assert paid(found) == ({} if reason else {OWN_NOV: 100})


def test_what_was_billed_later_is_open_when_the_rest_is_lost() -> None:
    line = Owed(OWN_NOV, 100, (Due(YEARS_END, 90), Due(TOO_LATE, 10)))
    early, late = receipt(30, 1), receipt(30, 2, arrived=TOO_LATE, month=NOV)

    found = match(owed=[line], funds=[early, late], order=STATED)

    assert [(one.funds.number, one.fen) for one in found.allocations] == [(2, 10), (1, 30)]
    assert left(found) == [(20, Rest.OVERPAID)]
    assert found.shortfall == (Owed(OWN_NOV, 60, (Due(YEARS_END, 60),)),)


def test_what_the_government_pays_comes_when_it_comes() -> None:
    subsidy = key(part=Part.SUBSIDY)
    money = receipt(100, arrived=TOO_LATE, purse=Purse.FISCAL)

    found = match(owed=[replace(CLOSING, key=subsidy)], funds=[money], order=STATED)

    assert paid(found) == {subsidy: 100}


def test_who_is_found_to_be_another_pays_for_both() -> None:
    own, old = key(payer_id=CHEN, person_id=CHEN), key(OCT, payer_id=LI, person_id=LI)
    by_new = receipt(100, 1, payer_id=CHEN, person_id=CHEN)
    by_old = receipt(100, 2, payer_id=LI, month=NOV)

    found = match(owed=owed(own, old), funds=[by_new, by_old], order=STATED, merged={LI: CHEN})

    assert [(one.funds.number, one.key) for one in found.allocations] == [(2, own), (1, old)]


def test_a_credit_of_a_resident_is_his_alone_and_an_employers_is_for_all() -> None:
    village = key(Month(2026, 1), scheme="170")

    assert person_of_credit(village) == LI
    assert person_of_credit(replace(village, part=Part.COLLECTIVE)) == LI
    assert person_of_credit(replace(village, part=Part.SUBSIDY)) is None
    assert person_of_credit(OWN_NOV) is None


def test_funds_are_matched_once() -> None:
    with pytest.raises(ValueError, match="matched once"):
        match(owed=[], funds=[receipt(1), receipt(1)], order=STATED)


KEYS = [
    key(month, part, person_id=person, payer_id=payer, scheme=scheme)
    for month, part, person, payer, scheme in product(
        (OCT, NOV), (Part.PERSON, Part.EMPLOYER), (LI, CHEN), (EMPLOYER, OTHER), ("110", "310")
    )
]


def open_lines() -> st.SearchStrategy[list[Owed]]:
    amounts = st.dictionaries(st.sampled_from(KEYS), st.integers(1, 300), max_size=16)
    return amounts.map(lambda found: [Owed(*pair) for pair in found.items()])


def all_funds() -> st.SearchStrategy[list[Funds]]:
    one = st.builds(
        Funds,
        number=st.integers(1, 10**6),
        payer_id=st.sampled_from([None, EMPLOYER, OTHER]),
        scheme=st.sampled_from(["110", "310"]),
        fen=st.integers(1, 900),
        arrived=st.dates(date(2026, 11, 1), date(2026, 11, 4)),
        month=st.sampled_from([None, OCT, NOV]),
        person_id=st.sampled_from([None, LI, CHEN]),
        part=st.sampled_from([None, Part.PERSON, Part.EMPLOYER]),
        source=st.sampled_from(Source),
    )
    return st.lists(one, max_size=8, unique_by=lambda funds: funds.number)


ORDERS = st.builds(
    Order,
    st.sampled_from(Named),
    st.permutations(list(Criterion)).map(tuple),
    st.permutations(list(Part)).map(tuple),
    st.just(resolved(1)),
)


@given(open_lines(), all_funds(), ORDERS)
def test_all_that_came_in_is_allocated_or_left_and_all_owed_is_paid_or_short(
    lines: list[Owed], funds: list[Funds], order: Order
) -> None:
    found = match(owed=lines, funds=funds, order=order)

    for one in funds:
        allocated = sum(part.fen for part in found.allocations if part.funds == one)
        assert allocated + sum(part.fen for part in found.left if part.funds == one) == one.fen
    short = {line.key: line.fen for line in found.shortfall}
    for line in lines:
        assert paid(found).get(line.key, 0) + short.get(line.key, 0) == line.fen


@given(open_lines(), all_funds(), ORDERS)
def test_money_stays_with_its_payer_and_scheme_and_what_it_names(
    lines: list[Owed], funds: list[Funds], order: Order
) -> None:
    for one in match(owed=lines, funds=funds, order=order).allocations:
        assert one.fen > 0
        assert (one.funds.payer_id, one.funds.scheme) == (one.key.payer_id, one.key.scheme)
        assert order.named is Named.IGNORED or one.funds.may_pay(one.key)


@given(open_lines(), all_funds(), ORDERS, st.randoms())
def test_the_result_does_not_depend_on_the_order_of_the_files(
    lines: list[Owed], funds: list[Funds], order: Order, random: object
) -> None:
    found = match(owed=lines, funds=funds, order=order)

    random.shuffle(lines)  # type: ignore[attr-defined]
    random.shuffle(funds)  # type: ignore[attr-defined]
    again = match(owed=lines, funds=funds, order=order)
    assert (found.allocations, found.left) == (again.allocations, again.left)


@given(open_lines(), all_funds(), ORDERS)
def test_a_pass_of_running_sums_says_the_same(
    lines: list[Owed], funds: list[Funds], order: Order
) -> None:
    """The SQL twin: passes by what is named, overlaps of running sums within each group."""
    found = match(owed=lines, funds=funds, order=order)

    assert sorted(_by_passes(lines, funds, order)) == sorted(
        (one.funds.number, KEYS.index(one.key), one.fen) for one in found.allocations
    )


Group = tuple[object, ...]


def _by_passes(lines: list[Owed], funds: list[Funds], order: Order) -> list[tuple[int, int, int]]:
    rest = {line.key: line.fen for line in lines}
    made = []
    masks = sorted(product((False, True), repeat=3), key=lambda m: (-sum(m), [not n for n in m]))
    for source, mask in product(Source, masks):
        heeded = order.named is Named.ONLY or source is Source.CREDIT
        if not heeded and any(mask):
            continue
        served = [f for f in funds if f.source is source and (not heeded or f.names == mask)]
        made += _one_pass(rest, served, mask, order)
    return made


def _one_pass(
    rest: dict[LineKey, int], served: list[Funds], mask: tuple[bool, ...], order: Order
) -> list[tuple[int, int, int]]:
    def group(of: Funds | LineKey) -> Group:
        names = (of.month, of.person_id, of.part)
        return (of.payer_id, of.scheme, *(n for n, on in zip(names, mask, strict=True) if on))

    def place(of: LineKey) -> tuple[int, ...]:
        by = {Criterion.MONTH: of.month.index, Criterion.PART: order.parts.index(of.part)}
        return (*(by[criterion] for criterion in order.by), of.person_id or 0)

    line_ends: dict[Group, int] = {}
    spans = []
    for one in sorted(rest, key=place):
        start = line_ends.get(group(one), 0)
        line_ends[group(one)] = start + rest[one]
        spans.append((one, group(one), start, start + rest[one]))
    funds_ends: dict[Group, int] = {}
    made = []
    for money in sorted(served, key=lambda f: (f.arrived, f.number)):
        start = funds_ends.get(group(money), 0)
        funds_ends[group(money)] = end = start + money.fen
        for one, of, line_start, line_end in spans:
            overlap = min(end, line_end) - max(start, line_start)
            if of == group(money) and overlap > 0:
                made.append((money.number, KEYS.index(one), overlap))
                rest[one] -= overlap
    return made


@pytest.mark.parametrize(("fen", "credited"), [(1, 0), (2, 1), (3, 1), (4, 2), (5, 2)])
def test_of_a_flexible_workers_part_payment_two_fifths_are_credited(
    fen: int, credited: int
) -> None:
    line = Line(OWN_NOV, 1_000, 400)

    assert account_part(line=line, matched_before_fen=0, fen=fen) == credited


@given(st.integers(1, 10_000), st.integers(0, 10_000), st.lists(st.integers(1, 3_000)))
def test_account_parts_of_a_line_paid_in_parts_add_up(
    fen: int, account_fen: int, payments: list[int]
) -> None:
    line = Line(OWN_NOV, fen, min(account_fen, fen))
    before = credited = 0

    for wished in (*payments, fen):
        payment = min(wished, fen - before)
        part = account_part(line=line, matched_before_fen=before, fen=payment)
        assert 0 <= part <= payment
        credited, before = credited + part, before + payment

    assert credited == line.account_fen


def test_the_order_that_ships_names_every_part_and_must_be_verified() -> None:
    tree = parameters.load()

    shipped = order_in_force(tree=tree, region=ANQING, on=TODAY, demo=True)

    assert (shipped.named, shipped.by) == (Named.ONLY, (Criterion.MONTH, Criterion.PART))
    assert shipped.source.standing is Standing.UNVERIFIED
    with pytest.raises(NotVerified, match="核销顺序"):
        order_in_force(tree=tree, region=ANQING, on=TODAY)
