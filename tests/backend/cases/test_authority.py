"""Who approves what is one table: heavier never means easier, nor does a live database."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.access.models import rank
from backend.cases import kinds, weights
from backend.cases.authority import (
    LIGHTEST,
    Authority,
    Weight,
    authority,
    limits_of,
)
from backend.kernel.dated import Standing
from tests.builders import TODAY

KINDS = [kind.code for kind in kinds.kinds(on=TODAY)]
LIMITED = [code for code in KINDS if limits_of(case_kind=code, on=TODAY)]
AMOUNTS = st.integers(0, 50_000_000)
MONTHS = st.integers(0, 60)
ABOUT = st.sampled_from(["", "SPECIAL", "EARLY"])


def decides(kind: str, weight: Weight | None, *, demo: bool = True) -> Authority:
    return authority(
        subject_kind="cases.case",
        case_kind=kind,
        step="DECIDE",
        on=TODAY,
        weight=weight,
        demo=demo,
    )


def at_least_as_strict(one: Authority, other: Authority) -> bool:
    return (
        one.roles <= other.roles
        and rank(one.level) >= rank(other.level)
        and one.collective >= other.collective
    )


@pytest.mark.parametrize(
    ("fen", "level", "collective"),
    [
        (49_999_99, "", False),
        (50_000_00, "LEADER", False),
        (199_999_99, "LEADER", False),
        (200_000_00, "LEADER", True),
    ],
)
@pytest.mark.parametrize("kind", ["COLLECTION_REFUND", "COLLECTION_TAKEN_OVER"])
def test_what_is_given_up_is_decided_by_its_amount(
    kind: str, fen: int, level: str, collective: bool
) -> None:
    found = decides(kind, Weight(fen=fen))

    assert (found.level, found.collective) == (level, collective)
    assert found.roles == {"APPROVER"}


@pytest.mark.parametrize(
    ("fen", "roles", "level"),
    [(49_999_99, {"REVIEWER", "APPROVER"}, ""), (50_000_00, {"APPROVER"}, "LEADER")],
)
def test_what_the_treasury_paid_too_much_goes_from_the_reviewer_to_the_leader(
    fen: int, roles: set[str], level: str
) -> None:
    found = decides("COLLECTION_TREASURY_REFUND", Weight(fen=fen))

    assert (set(found.roles), found.level) == (roles, level)


@pytest.mark.parametrize(("fen", "roles"), [(99_999_99, {"REVIEWER", "APPROVER"}),
                                            (100_000_00, {"APPROVER"})])  # fmt: skip
def test_a_fixed_amount_goes_from_the_reviewer_to_the_approver(fen: int, roles: set[str]) -> None:
    assert decides("COLLECTION_FIXED_AMOUNT", Weight(fen=fen)).roles == roles


@pytest.mark.parametrize(("months", "collective"), [(11, False), (12, True)])
def test_a_back_payment_of_a_year_is_decided_collectively(months: int, collective: bool) -> None:
    found = decides("COLLECTION_BACK_PAYMENT", Weight(months=months))

    assert found.collective is collective


@pytest.mark.parametrize(("about", "collective"), [("STATUTORY", False), ("SPECIAL", True)])
def test_retirement_after_special_work_is_decided_collectively(
    about: str, collective: bool
) -> None:
    for demo in (True, False):
        found = decides("RETIREMENT_APPROVAL", Weight(about=about), demo=demo)
        assert found.collective is collective


@given(kind=st.sampled_from(LIMITED), fen=AMOUNTS, more=AMOUNTS, months=MONTHS, longer=MONTHS,
       about=ABOUT, demo=st.booleans())  # fmt: skip
def test_who_weighs_more_is_never_decided_more_easily(
    kind: str, fen: int, more: int, months: int, longer: int, about: str, demo: bool
) -> None:
    light, heavy = (
        decides(kind, Weight(fen=of, months=over, about=about), demo=demo)
        for of, over in ((fen, months), (fen + more, months + longer))
    )

    assert at_least_as_strict(heavy, light)


@given(kind=st.sampled_from(LIMITED), fen=AMOUNTS, months=MONTHS, about=ABOUT)
def test_outside_a_demonstration_a_figure_that_nobody_gave_only_makes_it_stricter(
    kind: str, fen: int, months: int, about: str
) -> None:
    weight = Weight(fen=fen, months=months, about=about)

    assert at_least_as_strict(decides(kind, weight, demo=False), decides(kind, weight))


@given(kind=st.sampled_from(LIMITED), fen=AMOUNTS, months=MONTHS, about=ABOUT, demo=st.booleans())
def test_what_cannot_be_weighed_is_the_heaviest(
    kind: str, fen: int, months: int, about: str, demo: bool
) -> None:
    weighed = decides(kind, Weight(fen=fen, months=months, about=about), demo=demo)

    assert at_least_as_strict(decides(kind, None, demo=demo), weighed)


def test_outside_a_demonstration_the_smallest_refund_needs_all_of_it() -> None:
    found = decides("COLLECTION_REFUND", Weight(fen=1), demo=False)

    assert (found.level, found.collective, found.provisional) == ("LEADER", True, True)


def test_somebody_decides_each_kind_whatever_it_weighs() -> None:
    assert all(decides(kind, None, demo=False).roles for kind in KINDS)


def test_every_kind_with_a_limit_is_weighed_and_no_other() -> None:
    assert weights.weighed() == set(LIMITED)


def test_no_limit_is_told_as_published() -> None:
    standings = {one.standing for code in LIMITED for one in limits_of(case_kind=code, on=TODAY)}

    assert standings == {Standing.DEMO, Standing.UNVERIFIED}


def test_nobody_decides_before_the_table_begins() -> None:
    nobody = authority(
        subject_kind="cases.case",
        case_kind="MERGE",
        step="DECIDE",
        on=date(2019, 12, 31),
        weight=LIGHTEST,
    )

    assert nobody == Authority(roles=frozenset())
