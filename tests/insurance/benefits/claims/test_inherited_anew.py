"""What heirs inherited of dues is divided anew, by difference to each (更正应发继承)."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from backend.cases import kinds
from backend.cases.objections import kinds_that_correct
from backend.kernel.months import Month
from backend.people.models import Death
from insurance.accounts.entries import balance
from insurance.benefits import invariants as benefits
from insurance.benefits.claims.claim_batches import seal_grants
from insurance.benefits.claims.correcting import NothingChanged
from insurance.benefits.claims.inherited import AmountDiffers
from insurance.benefits.claims.invariants import broken_promises
from insurance.benefits.claims.models import Claim
from insurance.benefits.claims.undo import withdraw_death
from insurance.benefits.models import Cancelled
from payments import invariants as payments
from payments.ledger.models import MemoEntry
from payments.models import Attempt
from payments.reconcile import reconcile
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.claims import inherited_builders as of
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY, NOVEMBER
from tests.insurance.pension import survivor_builders as survivors
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db
PAY_DATE = date(2026, 11, 15)
WHY = {"error": "漏列继承人（演示）", "error_evidence": "继承公证书 演示2号"}


@pytest.fixture(autouse=True)
def _var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def paid(period: Month = NOVEMBER) -> dict[int, int]:
    """The heirs' batch, sent and paid: who got how much."""
    (batch,) = seal_grants(period=period, pay_date=PAY_DATE, now=builders.NOW)
    pay.send(batch)
    pay.answer(batch)
    assert reconcile(batch_ids=[batch.id], now=builders.NOW)
    return {line.payee_id: line.fen for line in Attempt.objects.filter(batch_id=batch.pk)}


def corrected(before: Claim, **changes: object) -> Claim:
    """All three are heirs."""
    return of.granted(corrects=before.pk, heirs=survivors.three(), **WHY, **changes)


def broken() -> list[str]:
    rows = [*broken_promises(), *benefits.broken_promises(), *payments.broken_promises()]
    return [row.promise for row in rows if "签名" not in row.promise]


def test_an_heir_left_out_is_paid_and_who_had_too_much_owes_it_back() -> None:
    of.died_unpaid()
    of.heirs_accounts()
    m.account(of=builders.chen().pk)
    claim = of.granted()
    paid()

    after = corrected(claim)

    assert (after.fen, after.corrects, after.subject) == (claim.fen, claim, claim.subject)
    owed = {row.party_id: row.fen for row in MemoEntry.objects.all()}
    assert owed == {builders.li().pk: 4_191, builders.zhao().pk: 4_192}
    assert paid(DECEMBER) == {builders.chen().pk: 8_383}
    assert broken() == []


def test_the_dues_stay_settled_whoever_has_them() -> None:
    wang = of.died_unpaid(holds=100_000)
    left = balance(person_id=wang.person_id, scheme="170")
    claim = of.granted()
    taken = left - balance(person_id=wang.person_id, scheme="170")

    corrected(claim)
    m.sealed(DECEMBER)
    m.sealed(JANUARY)

    assert m.held_reasons(wang, DECEMBER) == []
    assert not Attempt.objects.filter(payee_id=wang.person_id).exists()
    assert not Cancelled.objects.exists()
    assert left - balance(person_id=wang.person_id, scheme="170") == taken
    assert broken() == []


def test_who_reads_a_corrected_claim_sees_the_dues_that_it_divides() -> None:
    of.died_unpaid()
    first = of.granted()
    staff = Client()
    staff.force_login(builders.member(role="REVIEWER").staff)

    heir = survivors.heirs(builders.chen())
    again = of.granted(corrects=corrected(first).pk, heirs=heir, **WHY)
    shown = [staff.get(f"/api/v1/claims/{one.pk}/").json()["dues"] for one in (first, again)]

    assert shown[0] == shown[1]
    assert [one["amount"] for one in shown[1]] == ["251.50"]


def test_a_death_that_was_false_undoes_what_was_divided_anew() -> None:
    wang = of.died_unpaid(holds=100_000)
    before = balance(person_id=wang.person_id, scheme="170")
    corrected(of.granted())
    death = Death.objects.get(superseded_at=None)

    withdraw_death(builders.case(kind="DEATH_WITHDRAWAL", content={"death_case_id": death.case_id}))
    m.sealed(DECEMBER)

    assert Cancelled.objects.count() == 1
    assert balance(person_id=wang.person_id, scheme="170") == before
    assert not Claim.objects.filter(superseded_at=None).exists()
    assert broken() == []


def test_the_amount_is_not_what_is_corrected_here() -> None:
    of.died_unpaid()
    claim = of.granted()

    with pytest.raises(AmountDiffers, match="更正只改继承人和份额"):
        corrected(claim, amount="251.51")
    with pytest.raises(NothingChanged):
        of.granted(corrects=claim.pk, **WHY)


def test_an_objection_is_granted_by_a_case_of_its_own_kind() -> None:
    of.died_unpaid()
    case = of.asked()

    assert kinds.kind_of(code="DUE_INHERITANCE", on=of.DIED_ON).corrected_by == ()
    assert kinds_that_correct(decided=case) == ("DUE_INHERITANCE",)
