"""The relation of unemployment insurance moves to another place (失业保险关系转出)."""

from datetime import date

import pytest

from backend.cases.models import Case
from backend.kernel.months import Month
from backend.kernel.parameters import NotVerified
from insurance.accounts import transfer_out, transfers
from insurance.accounts.invariants import broken_promises
from insurance.accounts.models import Direction, LeftAccount, Outgoing, Transfer, TransferStage
from insurance.accounts.transfer_benefits import FACTOR, MonthsLeft, benefits_moved
from insurance.accounts.transfers import UnemploymentRelation
from insurance.policy import parameters
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from insurance.unemployment.benefits_left import StillDrawn, benefits_left
from insurance.unemployment.models import Claim
from tests import builders
from tests.insurance.accounts.transfer_builders import HANGZHOU, HEFEI, nothing_billed
from tests.insurance.benefits import month_builders as m
from tests.insurance.unemployment import claim_builders as z
from tests.insurance.unemployment.test_stopping import claim as claim  # a fixture

pytestmark = pytest.mark.django_db
ON = date(2026, 12, 5)  # a month after the insurance ended
MONTHLY = 1_737_00


def begun(*, other: str = HANGZHOU, direction: Direction = Direction.OUT) -> Transfer:
    return transfers.begin(
        person_id=builders.zhao().pk,
        scheme="210",
        direction=direction,
        own_region="340800",
        other_region=other,
        other_agency="演示市失业保险经办机构",
        certificate_no="PZ-3",
        on=ON,
        today=ON,
    )


def at_the_letter(*, other: str = HANGZHOU) -> Transfer:
    transfer = begun(other=other)
    for stage in (TransferStage.APPLICATION, TransferStage.LETTER):
        transfers.go_on(transfer_id=transfer.pk, stage=stage, on=ON, document_no="LX-3", today=ON)
    return transfer


def asked(transfer: Transfer) -> Case:
    content = {
        "transfer": transfer.pk,
        "scheme": "210",
        "month": "2026-11",
        "on": ON.isoformat(),
        "document_no": "XX-3",
    }
    case = builders.case(kind="TRANSFER_OUT", content=content, party=builders.zhao())
    case.decided_at = builders.NOW.replace(month=12)
    return case


def sent(case: Case) -> int:
    return transfer_out.send(
        case, draws=lambda **_: True, known_base=nothing_billed, benefits_left=benefits_left
    )


def stopped(claim: Claim) -> None:
    m.stop(of=claim.entitlement, since=Month(2026, 12))


def test_one_and_a_half_times_what_is_left_goes_to_another_province(claim: Claim) -> None:
    stopped(claim)
    case, left = asked(at_the_letter()), (claim.granted_months - 1) * MONTHLY
    assert left > 0

    sent(case)

    outgoing = Outgoing.objects.get(case_id=case.pk)
    assert (outgoing.fen, outgoing.pooled_fen) == (0, left * 3 // 2)
    steps = read(rows=LeftAccount.objects.get(case_id=case.pk).steps)
    assert first_wrong(steps=steps) is None
    assert "全国000000，未核实" in steps[-1].article
    assert [one.promise for one in broken_promises() if "签名" not in one.promise] == []


def test_what_is_still_drawn_is_stopped_first(claim: Claim) -> None:
    case = asked(at_the_letter())

    with pytest.raises(StillDrawn, match="请先从 2026-12 起停发"):
        sent(case)


def test_within_the_province_the_record_goes_alone(claim: Claim) -> None:
    stopped(claim)

    sent(asked(at_the_letter(other=HEFEI)))

    assert not Outgoing.objects.exists()


def test_who_drew_nothing_takes_no_money_along() -> None:
    z.worked()

    sent(asked(at_the_letter()))

    assert not Outgoing.objects.exists()


def test_outside_a_demonstration_nothing_is_begun_by_a_factor_that_nobody_verified(
    monkeypatch: pytest.MonkeyPatch, claim: Claim
) -> None:
    monkeypatch.setattr(transfers, "is_demo", lambda: False)

    with pytest.raises(NotVerified, match="失业保险关系跨省转移的费用倍数"):
        begun()

    assert begun(other=HEFEI).with_money is False


def test_nothing_comes_in_by_a_transfer(claim: Claim) -> None:
    with pytest.raises(UnemploymentRelation, match="以前缴费月数"):
        begun(direction=Direction.IN)


def test_months_at_several_amounts_are_added_before_the_factor_rounds_once() -> None:
    factor = parameters.load().resolve(FACTOR, "340800", ON, demo=True)

    moved = benefits_moved(
        left=[MonthsLeft(1_000_01, 1), MonthsLeft(1_000_00, 2)], factor=factor, version="演示"
    )

    assert (moved.steps[0].result, moved.fen) == ("3000.01", 4_500_02)
    assert first_wrong(steps=moved.steps) is None
