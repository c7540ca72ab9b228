"""However what falls of a payer is split over cases, it weighs as much as the whole."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from backend.cases import weights
from backend.cases.authority import Weight
from backend.cases.decide import decide, review
from backend.cases.models import Case, CaseState
from backend.kernel.money import Money
from insurance.collection.cases import taken_over_case
from insurance.collection.cases.taken_over_weight import WholeDiffers
from insurance.collection.models import LinePart
from tests import builders
from tests.builders import NOW, Member
from tests.insurance.collection import taken_over_builders as of
from tests.insurance.collection.arrears_files import take, write
from tests.insurance.collection.case_builders import DECIDED_AT

pytestmark = pytest.mark.django_db
WHOLE = 1_440_00


@pytest.fixture(autouse=True)
def company(settings: LazySettings, tmp_path: Path) -> int:
    payer = of.company_of(settings, tmp_path)
    take(write(tmp_path))
    return payer


def weight(case: Case) -> Weight | None:
    return weights.weight_of(kind=case.kind, asks=case)


@dataclass(frozen=True)
class Signers:
    """Who reviews, and who approves."""

    reviewer: Member
    approver: Member

    def approve(self, case: Case) -> Case:
        """By two signatures, as it is done."""
        taken_over_case.check(case, blockers=())
        first, last = self.reviewer, self.approver
        review(case_id=case.pk, key=first.key, role=first.role, now=DECIDED_AT)
        acts = {of.KIND: partial(taken_over_case.decide, blockers=())}
        return decide(
            case_id=case.pk, approve=True, reason="", key=last.key, role=last.role,
            now=DECIDED_AT, acts=acts,
        )  # fmt: skip


def falling(payer_id: int, part: LinePart, fen: int, steps: list[int]) -> list[tuple[int, str]]:
    """An amount falls step by step to nothing."""
    levels = sorted({step for step in steps if step < fen} | {0}, reverse=True)
    return [(of.key_of(part, payer_id=payer_id), str(Money(level))) for level in levels]


LEVELS = st.lists(st.integers(0, 960_00), max_size=3)


@trying(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=15,
    deadline=None,
    derandomize=True,
)
@given(own=LEVELS, employers=LEVELS)
def test_any_split_weighs_as_much_as_the_whole(
    company: int, own: list[int], employers: list[int]
) -> None:
    with transaction.atomic():
        by = Signers(builders.member(role="REVIEWER"), builders.member(role="APPROVER"))
        for step in (
            *falling(company, LinePart.PERSON, 480_00, own),
            *falling(company, LinePart.EMPLOYER, 960_00, employers),
        ):
            last = by.approve(of.case_of(company, step, **builders.minutes()))

        assert weight(last) == Weight(fen=WHOLE)
        transaction.set_rollback(True)


def test_what_waits_in_another_scheme_counts_in(company: int) -> None:
    key = of.key_of(LinePart.PERSON, scheme="210")
    of.case_of(company, (key, "0.00"), scheme="210")

    case = of.case_of(company, *of.both_parts(company, "0.00", "0.00"))

    assert taken_over_case.check(case, blockers=()) == 0
    assert weight(case) == Weight(fen=WHOLE + 30_00)


@pytest.mark.parametrize("whole", ["1440.00", "1470.01", "0.01"])
def test_a_case_that_names_another_whole_is_not_received(company: int, whole: str) -> None:
    key = of.key_of(LinePart.PERSON, scheme="210")
    of.case_of(company, (key, "0.00"), scheme="210")
    case = of.case_of(company, *of.both_parts(company, "0.00", "0.00"), whole=whole)

    with pytest.raises(WholeDiffers, match=r"累计核减 1470\.00 元"):
        taken_over_case.check(case, blockers=())


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_those_that_wait_each_is_decided_in_any_order(
    company: int, order: tuple[int, ...]
) -> None:
    by = Signers(builders.member(role="REVIEWER"), builders.member(role="APPROVER"))
    other = of.key_of(LinePart.PERSON, scheme="210"), "0.00"
    both = [
        of.case_of(company, *of.both_parts(company, "0.00", "0.00"), **builders.minutes()),
        of.case_of(company, other, scheme="210", **builders.minutes()),
    ]

    for place in order:
        assert by.approve(both[place]).state == CaseState.APPROVED

    assert [weight(one) for one in both] == [Weight(fen=WHOLE), Weight(fen=WHOLE + 30_00)]


def test_one_that_leaves_out_what_came_before_is_not_decided(company: int) -> None:
    key = of.key_of(LinePart.PERSON, scheme="210")
    of.case_of(company, (key, "0.00"), scheme="210")
    light = of.case_of(company, *of.both_parts(company, "0.00", "0.00"), whole="1440.00")

    with pytest.raises(WholeDiffers, match="退回后重新受理"):
        taken_over_case.decide(light, blockers=())


def test_what_was_refused_since_leaves_a_case_as_heavy_as_it_was_signed(company: int) -> None:
    key = of.key_of(LinePart.PERSON, scheme="210")
    other = of.case_of(company, (key, "0.00"), scheme="210")
    case = of.case_of(company, *of.both_parts(company, "0.00", "0.00"))
    no = {"state": CaseState.REJECTED, "decided_by": builders.chen().pk, "decided_at": NOW}
    Case.objects.filter(pk=other.pk).update(reason="单位撤回", **no)

    assert taken_over_case.decide(case, blockers=()) > 0
    assert weight(case) == Weight(fen=WHOLE + 30_00)


def test_a_case_without_a_whole_weighs_most(company: int) -> None:
    case = of.case_of(company, *of.both_parts(company, "0.00", "0.00"), whole=None)

    assert weight(case) is None
