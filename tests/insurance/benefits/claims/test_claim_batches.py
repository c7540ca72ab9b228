"""What survivors are granted is paid as a pension is, once; a false death takes it back."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from backend.access.models import Staff
from backend.jobs.faultpoint import FaultError
from backend.kernel.months import Month
from backend.people.models import Death
from backend.people.supersede import close
from insurance.benefits import invariants as benefits
from insurance.benefits.claims.claim_batches import count_ready, seal_grants
from insurance.benefits.claims.invariants import broken_promises
from insurance.benefits.claims.models import Claim, ClaimDue
from insurance.benefits.claims.undo import withdraw_death, withdraw_undone
from payments import invariants as payments
from payments.ledger.models import MemoEntry, Posting
from payments.models import Attempt, Batch, BatchKind, Discrepancy, Withdrawn
from payments.reconcile import reconcile
from payments.reissue import reissue
from payments.withdrawals import post_withdrawn
from tests import builders, funds
from tests.insurance.pension import survivor_builders as s
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db
NOVEMBER, PAY_DATE = Month(2026, 11), date(2026, 11, 15)
WHOLE, THIRD = 9_801_459, 3_267_153


@pytest.fixture(autouse=True)
def _var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def granted(*, with_accounts: bool = True) -> Claim:
    """Wang's three heirs are granted it; each has an account."""
    s.pension()
    s.died()
    for heir in (builders.li(), builders.zhao(), builders.chen()):
        if with_accounts:
            pay.account(heir)
    return s.granted()


def sealed(period: Month = NOVEMBER) -> list[Batch]:
    return seal_grants(period=period, pay_date=PAY_DATE, now=builders.NOW)


def settled(batch: Batch, *said: pay.Said) -> None:
    pay.send(batch)
    pay.answer(batch, *said)
    assert reconcile(batch_ids=[batch.id], now=builders.NOW)


def undone() -> None:
    """Wang comes to the window; two people withdraw the death."""
    death = Death.objects.get(superseded_at=None)
    case = builders.case(kind="DEATH_WITHDRAWAL", content={"death_case_id": death.case_id})
    withdraw_death(case)


def expense() -> dict[str, int]:
    found: dict[str, int] = {}
    own = Posting.objects.exclude(entry__source=funds.SOURCE)
    for line in own.select_related("account"):
        code = line.account.code
        found[code] = found.get(code, 0) + line.dr_fen - line.cr_fen
    return {code: fen for code, fen in found.items() if fen}


def owed_back() -> dict[int, int]:
    found: dict[int, int] = {}
    for row in MemoEntry.objects.all():
        found[row.party_id] = found.get(row.party_id, 0) + row.fen
    return {party: fen for party, fen in found.items() if fen}


def broken() -> list[str]:
    rows = [*broken_promises(), *benefits.broken_promises(), *payments.broken_promises()]
    return [row.promise for row in rows if "签名" not in row.promise]


def test_three_heirs_are_three_payees_of_a_batch_of_its_own() -> None:
    granted()

    (batch,) = sealed()
    settled(batch)

    assert (batch.kind, batch.line_count, batch.fen) == (BatchKind.GRANT, 3, WHOLE)
    assert batch.no.endswith("-110-202611-NSB-G1")
    assert expense() == {"5001.03": WHOLE, "1004": -WHOLE}
    assert {line.parts[2] for line in Attempt.objects.all()} == {THIRD}
    assert broken() == []


def test_a_share_is_put_into_a_batch_once() -> None:
    granted()
    sealed()

    assert sealed() == []
    assert sealed(NOVEMBER.next) == []
    assert count_ready(account_date=PAY_DATE) == 0


def test_an_heir_without_an_account_waits_for_the_next_month() -> None:
    granted(with_accounts=False)
    pay.account(builders.li())
    assert [batch.line_count for batch in sealed()] == [1]

    pay.account(builders.chen())

    assert [batch.line_count for batch in sealed(NOVEMBER.next)] == [1]


def test_an_heir_who_died_meanwhile_is_not_paid() -> None:
    granted()
    Death.objects.create(
        person_id=builders.li().pk, death_date=date(2026, 11, 8), source="POLICE",
        confirmed=False, evidence="演示", case_id=1,
    )  # fmt: skip

    assert [batch.line_count for batch in sealed()] == [2]


def test_nothing_goes_to_a_bank_while_the_death_is_in_doubt() -> None:
    granted()
    close(Death.objects.get())
    s.died(confirmed=False)

    assert sealed() == []


def test_what_the_bank_returned_is_paid_again() -> None:
    granted()
    (batch,) = sealed()
    settled(batch, pay.Said(pay.lines_of(batch)[0], pay.BUSY))
    (again,) = reissue(
        period=NOVEMBER, pay_date=PAY_DATE, barred=[], made_by=None, now=builders.NOW
    )

    settled(again)

    assert expense() == {"5001.03": WHOLE, "1004": -WHOLE}
    assert broken() == []


def test_a_false_death_undone_before_the_batch_pays_nobody() -> None:
    granted()

    undone()

    assert sealed() == []
    assert (owed_back(), broken()) == ({}, [])


def test_what_was_paid_on_a_false_death_is_owed_back_by_who_was_paid() -> None:
    granted()
    (batch,) = sealed()
    settled(batch)

    undone()

    heirs = (builders.li(), builders.zhao(), builders.chen())
    assert owed_back() == {heir.pk: THIRD for heir in heirs}
    assert Claim.objects.get().superseded_at is not None
    assert broken() == []


def test_what_the_bank_had_returned_is_owed_by_nobody_and_not_paid_again() -> None:
    granted()
    (batch,) = sealed()
    first = pay.lines_of(batch)[0]
    settled(batch, pay.Said(first, pay.BUSY))

    undone()
    again = reissue(period=NOVEMBER, pay_date=PAY_DATE, barred=[], made_by=None, now=builders.NOW)

    assert again == []
    assert first.payee_id not in owed_back()
    assert Withdrawn.objects.get().due_ref == first.due_ref
    assert not Discrepancy.objects.filter(closed_at=None).exists()
    assert broken() == []


def test_what_the_bank_returns_after_the_undoing_is_not_owed_back_any_more() -> None:
    granted()
    (batch,) = sealed()
    undone()
    assert len(owed_back()) == 3
    first = pay.lines_of(batch)[0]
    settled(batch, pay.Said(first, pay.BUSY))

    assert withdraw_undone() == 3  # the due, its discrepancy, the memo register
    post_withdrawn(day=PAY_DATE)

    assert len(owed_back()) == 2
    assert withdraw_undone() == 0
    assert expense() == {"5001.03": 2 * THIRD, "1004": -2 * THIRD}
    assert broken() == []


def test_who_truly_dies_later_is_granted_anew() -> None:
    granted()
    undone()
    s.died(on=date(2026, 11, 3))

    claim = s.granted()

    assert claim.event_date == date(2026, 11, 3)
    assert sum(batch.line_count for batch in sealed()) == 3
    assert broken() == []


def test_a_claim_that_outlives_its_death_breaks_a_promise() -> None:
    granted()
    close(Death.objects.get())

    assert broken() == ["一次性待遇:因死亡发给的有两人核实的死亡,同一天"]


def test_of_a_batch_that_fails_nothing_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    granted()
    monkeypatch.setenv("FAULTPOINTS", "benefits.grants.filled:1:raise")

    with pytest.raises(FaultError):
        sealed()

    assert (Batch.objects.count(), ClaimDue.objects.count()) == (0, 0)


def test_a_claim_is_shown_with_shares_and_steps_and_masked(client: Client) -> None:
    claim = granted()
    staff: Staff = builders.member(role="CLERK").staff
    client.force_login(staff)

    (listed,) = client.get("/api/v1/claims/", {"person": claim.person_id}).json()["results"]
    shown = client.get(f"/api/v1/claims/{claim.pk}/").json()

    assert (listed["amount"], listed["person_name"]) == ("98014.59", "王*英")
    assert [(row["payee_name"], row["amount"]) for row in shown["shares"]] == [
        ("李*国", "32671.53"),
        ("赵*强", "32671.53"),
        ("陈*芳", "32671.53"),
    ]
    results = {step["name"]: step["result"] for step in shown["steps"]}
    assert results["遗属待遇合计"] == "98014.59"
    assert shown["steps"][-1]["result"] == "32671.53"  # what of it falls on the last of the heirs


@pytest.mark.parametrize("role", ["VILLAGE", "CASHIER", "SYSTEM_ADMIN"])
def test_others_see_no_claims(client: Client, role: str) -> None:
    client.force_login(builders.member(role=role).staff)

    assert client.get("/api/v1/claims/").status_code == 403
