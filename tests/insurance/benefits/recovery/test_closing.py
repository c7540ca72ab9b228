"""A recovery that is closed asks for nothing more and stands in the way of none (撤销追回)."""

from datetime import date

import pytest
from django.db import DatabaseError, transaction

from backend.cases.content import ContentInvalid
from insurance.benefits.recovery.invariants import broken_promises
from insurance.benefits.recovery.models import RecoveryReceipt, RecoveryStep, SetOff
from insurance.benefits.recovery.standing import may_come_back, standing_of
from insurance.benefits.recovery.steps import NothingOwed, RecoveryClosed
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import JANUARY
from tests.insurance.benefits.recovery import recovery_builders as of

pytestmark = pytest.mark.django_db
RIGHT_FEN, LOWER_FEN = 22_000, 12_000


def broken() -> list[str]:
    return [row.promise for row in broken_promises() if "签名" not in row.promise]


def test_what_is_owed_of_other_months_is_asked_for_once_the_old_process_is_closed() -> None:
    """The pension was right after all; later a month too much was paid again."""
    wang = of.overpaid()
    old = of.served()
    m.raise_basic(of=wang, to_fen=RIGHT_FEN, since=of.SEPTEMBER)
    m.sealed(JANUARY)
    assert of.owed_back() == 0
    m.answered(m.line(wang, for_month=JANUARY), of.PAID)
    m.raise_basic(of=wang, to_fen=LOWER_FEN, since=JANUARY)
    m.sealed(JANUARY.next)
    assert of.owed_back() == 10_000
    with pytest.raises(NothingOwed, match=r"0\.00"):
        of.checked("RECOVERY_NOTICE", amount="100.00")

    of.done("RECOVERY_CLOSE")
    new = of.noticed(amount="100.00")

    assert standing_of(recovery=old).open_fen == may_come_back(recovery=old) == 0
    assert standing_of(recovery=new).open_fen == may_come_back(recovery=new) == 10_000
    assert broken() == []


def test_whoever_should_never_have_been_told_makes_room_for_who_should() -> None:
    of.overpaid()
    of.noticed(addressee="王秀荣")

    of.done("RECOVERY_CLOSE", reason="收件人写错，重新告知（演示）")

    assert of.noticed().addressee == "王秀英"


def test_what_came_back_stays_what_came_back() -> None:
    of.overpaid()
    recovery = of.served()
    of.done("RECOVERY_RECEIPT")

    of.done("RECOVERY_CLOSE")

    standing = standing_of(recovery=recovery)
    assert (standing.asked_fen, standing.received_fen, standing.open_fen) == (12_000, 12_000, 0)
    assert of.owed_back() == 24_000
    with pytest.raises(NothingOwed, match=r"240\.00"):
        of.checked("RECOVERY_NOTICE", amount="240.01")
    of.noticed(amount="240.00")
    assert broken() == []


@pytest.mark.parametrize(
    "kind",
    [
        *("RECOVERY_ORDER", "RECOVERY_SERVICE", "RECOVERY_PLAN", "RECOVERY_COURT"),
        *("RECOVERY_SET_OFF", "RECOVERY_RECEIPT", "RECOVERY_CLOSE"),
    ],
)
def test_nothing_follows_on_a_recovery_that_is_closed(kind: str) -> None:
    of.overpaid()
    of.served()
    of.done("RECOVERY_CLOSE")

    with pytest.raises(RecoveryClosed, match="2026-12-20"):
        of.checked(kind)


def test_the_database_lets_nothing_follow_either() -> None:
    of.overpaid()
    recovery = of.served()
    of.done("RECOVERY_CLOSE")

    with pytest.raises(DatabaseError, match="recovery that is closed"), transaction.atomic():
        RecoveryStep.objects.create(
            recovery=recovery, stage=6, done_on=date(2026, 12, 21), case_id=1
        )
    with pytest.raises(DatabaseError, match="recovery that is closed"), transaction.atomic():
        RecoveryReceipt.objects.create(
            recovery=recovery,
            received_on=date(2026, 12, 21),
            fen=1,
            document="演示",
            same_year=[1, 0, 0, 0],
            earlier_fen=0,
            case_id=1,
        )


def test_what_was_kept_of_the_pension_is_kept_no_longer() -> None:
    wang = of.overpaid()
    of.served()
    monthly = {"entitlement": wang.pk, "monthly": "20.00", "from_month": "2026-12"}
    of.done("RECOVERY_SET_OFF", **monthly)

    of.done("RECOVERY_CLOSE")
    m.sealed(JANUARY)

    assert not SetOff.objects.filter(superseded_at=None, valid__endswith=None).exists()
    assert of.owed_back() == of.OWED_FEN
    of.noticed()
    assert broken() == []


@pytest.mark.parametrize("changes", [{"reason": ""}, {"document": ""}, {"closed_on": "2026-12-21"}])
def test_the_end_says_why_and_when(changes: dict[str, object]) -> None:
    of.overpaid()
    of.noticed()

    with pytest.raises(ContentInvalid):
        of.checked("RECOVERY_CLOSE", **changes)


def test_a_recovery_does_not_end_before_its_last_step() -> None:
    of.overpaid()
    of.served()

    with pytest.raises(ContentInvalid, match="送达"):
        of.checked("RECOVERY_CLOSE", closed_on="2026-12-09")


def test_the_month_that_is_being_computed_keeps_what_it_planned() -> None:
    wang = of.overpaid()
    of.served()
    monthly = {"entitlement": wang.pk, "monthly": "20.00", "from_month": "2026-12"}
    of.done("RECOVERY_SET_OFF", **monthly)
    m.opened(JANUARY)

    of.done("RECOVERY_CLOSE")
    m.sealed(JANUARY)

    assert of.owed_back() == of.OWED_FEN - 2_000
    assert broken() == []
