"""However what goes back in a year is split over cases, it weighs as much as the whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from backend.access.models import Agency
from backend.cases import weights
from backend.cases.authority import Weight
from backend.cases.models import Case, CaseState
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.models import Alias
from insurance.collection.cases import refund
from insurance.collection.cases.refund_weight import WholeDiffers, whole_of
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import LinePart, TreasuryRefund
from tests import builders
from tests.builders import NOW
from tests.insurance.collection import case_builders as cases
from tests.insurance.collection import match_city as city
from tests.insurance.collection import refund_builders as r
from tests.insurance.collection.case_builders import DECIDED_AT
from tests.insurance.collection.match_city import MONTHS, Came

pytestmark = pytest.mark.django_db
PAYER, OTHER = r.PAYER, r.PAYER + 1
LI, CHEN = city.FIRST_PERSON, city.FIRST_PERSON + 1
A_MONTH = 100_00
PAID = [(LI, "110"), (LI, "210"), (CHEN, "110"), (CHEN, "210")]
WHOLE = len(PAID) * len(MONTHS) * A_MONTH
YET_TO_COME = 2**62  # after all that were received
NEW_YEAR = datetime(2027, 1, 4, 9, 0, tzinfo=builders.CHINA)


@pytest.fixture(autouse=True)
def _world(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    r.world()
    paid_too_much(PAYER, PAID)


def paid_too_much(payer_id: int, what: Sequence[tuple[int, str]]) -> None:
    """A hundred yuan of each month came in, and nothing of it is owed any more."""
    lines = [
        city.owing(
            payer_id=payer_id, person_id=person, scheme=scheme, month=month,
            part=LinePart.PERSON, fen=A_MONTH,
        )
        for person, scheme in what for month in MONTHS
    ]  # fmt: skip
    city.write_lines(run=city.open_run(), lines=lines)
    came = [
        Came(payer_id, one.scheme, one.fen, month=one.month, person_id=one.person_id)
        for one in lines
    ]
    file = city.write_file(receipts=came)
    work_off(file_id=file.pk, period=city.NOV, today=date(2026, 11, 25))
    gone = [(one, -one.fen, 0) for one in lines]
    city.write_differences(run=city.open_run(), changes=gone)


@dataclass(frozen=True)
class Piece:
    """What one case asks back."""

    person: int
    scheme: str
    months: Sequence[Month] = MONTHS
    payer: int = PAYER

    @property
    def fen(self) -> int:
        return len(self.months) * A_MONTH


def asked(piece: Piece, **changes: object) -> Case:
    """Names the whole as its receipt would tell it, unless it is told another."""
    content: dict[str, object] = {
        "payer": piece.payer, "person": piece.person, "scheme": piece.scheme,
        "from_month": str(piece.months[0]), "last_month": str(piece.months[-1]),
        "amount": str(Money(piece.fen)), "reason": "WRONGLY_ENROLLED",
        "evidence": "退费申请 演示1号", **builders.minutes(),
    }  # fmt: skip
    before = Case(
        pk=YET_TO_COME, kind=r.REFUND, agency=builders.agency(), content=content,
        received_at=DECIDED_AT,
    )  # fmt: skip
    told = {"whole": str(Money(whole_of(before))), **changes}
    return cases.decided(kind=r.REFUND, party_id=piece.person, content={**content, **told})


def weight(case: Case) -> Weight | None:
    return weights.weight_of(kind=r.REFUND, asks=case)


@st.composite
def splits(draw: st.DrawFn) -> list[Piece]:
    """All that was paid too much, in runs of months of one person and scheme, in any order."""
    pieces = []
    for person, scheme in PAID:
        cut = draw(st.integers(0, len(MONTHS) - 1))
        runs = [months for months in (MONTHS[:cut], MONTHS[cut:]) if months]
        pieces += [Piece(person, scheme, months) for months in runs]
    return draw(st.permutations(pieces))


@trying(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=15,
    deadline=None,
    derandomize=True,
)
@given(pieces=splits(), wait=st.lists(st.booleans(), min_size=8, max_size=8))
def test_any_split_weighs_as_much_as_the_whole(pieces: list[Piece], wait: list[bool]) -> None:
    with transaction.atomic():
        left = []
        for piece, stays in zip(pieces, wait, strict=False):
            last = asked(piece)
            assert refund.check(last, blockers=()) == 0
            left.append(last)
            if not stays:
                r.approve(left.pop())

        assert weight(last) == Weight(fen=WHOLE)
        for one in reversed(left):
            assert r.approve(one).state == CaseState.APPROVED
        transaction.set_rollback(True)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_of_three_that_wait_each_is_decided_in_any_order(order: tuple[int, ...]) -> None:
    pieces = Piece(LI, "110"), Piece(CHEN, "210"), Piece(LI, "210")
    three = [asked(piece) for piece in pieces]
    for one in three:
        assert refund.check(one, blockers=()) == 0

    for place in order:
        assert r.approve(three[place]).state == CaseState.APPROVED

    assert [weight(one) for one in three] == [Weight(fen) for fen in (300_00, 600_00, 900_00)]


@pytest.mark.parametrize("whole", ["300.00", "600.01", "0.01"])
def test_a_case_that_names_another_whole_is_not_received(whole: str) -> None:
    asked(Piece(CHEN, "210"))
    case = asked(Piece(LI, "110"), whole=whole)

    with pytest.raises(WholeDiffers, match=r"累计退费 600\.00 元"):
        refund.check(case, blockers=())


def test_one_that_leaves_out_what_came_before_is_not_decided() -> None:
    asked(Piece(LI, "110"))
    light = asked(Piece(CHEN, "210"), whole="300.00")

    with pytest.raises(WholeDiffers, match="退回后重新受理"):
        refund.decide(light, blockers=())


def test_two_that_name_only_themselves_are_not_decided_together() -> None:
    both = asked(Piece(LI, "110")), asked(Piece(CHEN, "210"), whole="300.00")

    with pytest.raises(WholeDiffers, match=r"600\.00"):
        r.approve(*both)


def test_what_was_refused_since_leaves_a_case_as_heavy_as_it_was_signed() -> None:
    other = asked(Piece(CHEN, "210"))
    case = asked(Piece(LI, "110"))
    no = {"state": CaseState.REJECTED, "decided_by": builders.chen().pk, "decided_at": NOW}
    Case.objects.filter(pk=other.pk).update(reason="单位撤回", **no)

    refund.decide(case, blockers=())

    assert weight(case) == Weight(fen=600_00)


def test_what_was_withdrawn_counts_no_more() -> None:
    given = r.approve(asked(Piece(LI, "110")))
    r.decide("WITHDRAW", list(TreasuryRefund.objects.filter(case_id=given.pk)))

    assert weight(asked(Piece(LI, "110"))) == Weight(fen=300_00)


def test_another_payer_s_money_is_not_counted_in() -> None:
    paid_too_much(OTHER, [(LI, "110")])
    r.approve(asked(Piece(LI, "110", payer=OTHER)))

    assert weight(asked(Piece(LI, "110"))) == Weight(fen=300_00)


def test_what_went_back_to_a_payer_that_lives_on_as_this_one_counts_in() -> None:
    paid_too_much(OTHER, [(LI, "110")])
    r.approve(asked(Piece(LI, "110", payer=OTHER)))
    Alias.objects.create(party_id=OTHER, survivor_id=PAYER, case_id=1)

    assert weight(asked(Piece(CHEN, "110"))) == Weight(fen=600_00)


def test_of_residents_each_has_his_own_whole_whatever_village_gathers_it() -> None:
    for village in (PAYER, OTHER):
        paid_too_much(village, [(LI, "390")])
    paid_too_much(PAYER, [(CHEN, "390")])
    r.approve(asked(Piece(CHEN, "390")))
    r.approve(asked(Piece(LI, "110")))

    r.approve(asked(Piece(LI, "390")))
    last = asked(Piece(LI, "390", payer=OTHER))

    assert weight(last) == Weight(fen=600_00)


def test_a_year_ends_with_its_last_day_but_what_waits_counts_in_any() -> None:
    r.approve(asked(Piece(LI, "110")))
    asked(Piece(LI, "210"))
    case = asked(Piece(CHEN, "110"))
    assert weight(case) == Weight(fen=900_00)

    case.decided_at = NEW_YEAR

    assert whole_of(case) == 600_00


def test_the_other_insurance_s_agency_counts_its_own() -> None:
    paid_too_much(PAYER, [(LI, "310")])
    theirs = {**asked(Piece(CHEN, "110")).content, "scheme": "310", "person": LI}
    Agency.objects.filter(kind="MEDICAL").update(schemes=["310", "390"])
    medical = Agency.objects.get(kind="MEDICAL")
    builders.case(kind=r.REFUND, content=theirs, at=medical)

    assert weight(asked(Piece(LI, "110"))) == Weight(fen=600_00)


def test_a_case_without_a_whole_weighs_most() -> None:
    assert weight(asked(Piece(LI, "110"), whole=None)) is None
