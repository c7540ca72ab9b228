"""A cooling is waived by what is so: who writes SQL waives none by saying so (免除冷静期)."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, transaction

from backend.cases.models import Case
from backend.sensitive.cooling import Waiver
from payments import accounts
from payments.account_models import AccountChange, ChangeState
from tests import builders
from tests.builders import TODAY
from tests.payments import payment_builders as pay
from tests.payments.check_builders import bank_says

pytestmark = pytest.mark.django_db
NEW = "9900021000000000025"


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def decided(*, bank: str = "CSB", account_no: str = NEW) -> Case:
    """Another account for Wang, approved."""
    proposed = accounts.propose(
        staff=builders.member(role="CLERK").staff,
        payee_id=builders.wang().pk,
        bank=bank,
        account_no=account_no,
        holder_name="王秀英",
        from_date=TODAY,
        evidence="本人持身份证到窗口(演示)",
        today=TODAY,
    )
    return pay.decided(proposed)


def waived(case: Case, waiver: Waiver, *, on: date = TODAY) -> str:
    """Say by SQL that a cooling is waived; why the database refused it."""
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        AccountChange.objects.filter(pk=case.pk).update(
            state="IN_FORCE", waiver=waiver.name, from_date=on
        )
    return str(refused.value)


@pytest.mark.parametrize("waiver", [Waiver.NOTHING_BEFORE, Waiver.SAME_ACCOUNT])
def test_what_there_was_before_is_not_said_by_sql(waiver: Waiver) -> None:
    pay.account(builders.wang())
    case = decided()

    assert "nothing waives the cooling" in waived(case, waiver)
    assert AccountChange.objects.get(pk=case.pk).state == ChangeState.COOLING


@pytest.mark.parametrize("waiver", [Waiver.BANK_CONFIRMED_CARD, Waiver.BANK_CONFIRMED_AFTER_RETURN])
def test_the_bank_said_name_and_number_and_no_more(waiver: Waiver) -> None:
    pay.account(builders.wang())
    case = decided()
    bank_says(own_card=False)

    assert "nothing waives the cooling" in waived(case, waiver)


def test_a_first_account_and_the_same_again_count_at_once() -> None:
    first = decided()
    again = decided()

    told = AccountChange.objects.order_by("pk").values_list("pk", "state", "waiver")
    assert list(told) == [
        (first.pk, "IN_FORCE", "NOTHING_BEFORE"),
        (again.pk, "IN_FORCE", "SAME_ACCOUNT"),
    ]
