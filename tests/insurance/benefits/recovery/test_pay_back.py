"""What somebody gave back and did not owe is paid back, decided by three (多退的追回款退还)."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from insurance.benefits import invariants as benefits
from insurance.benefits.claims.claim_batches import seal_grants
from insurance.benefits.claims.invariants import broken_promises as broken_claims
from insurance.benefits.claims.models import Claim
from insurance.benefits.claims.undo import withdraw_death
from insurance.benefits.models import Entitlement
from insurance.benefits.recovery import pay_back
from insurance.benefits.recovery.invariants import broken_promises
from insurance.benefits.recovery.pay_back import AmountDiffers, DeathInDoubt, NothingToPayBack
from payments.ledger.models import Posting
from payments.models import Batch
from tests import builders
from tests.flows.stories import decided_at_api
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import JANUARY
from tests.insurance.benefits.recovery import recovery_builders as of
from tests.insurance.benefits.recovery.test_receipts import booked
from tests.insurance.pension import survivor_builders as survivors
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db
FEBRUARY = JANUARY.next
ASKED: Mapping[str, object] = {
    "scheme": "170",
    "amount": "120.00",
    "reason": "更正后的待遇没有多发（演示）",
    "document": "追退〔2027〕演示1号",
}


@pytest.fixture(autouse=True)
def _var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def gave_back_too_much() -> Entitlement:
    """Wang gave back 120.00 of 360.00; then nothing of it was owed after all."""
    wang = of.overpaid()
    of.served()
    of.done("RECOVERY_RECEIPT")
    m.raise_basic(of=wang, to_fen=22_000, since=of.SEPTEMBER)
    m.sealed(JANUARY)
    assert of.owed_back() == -12_000
    return wang


def case(**changes: object) -> Case:
    return builders.case(kind="RECOVERY_PAY_BACK", content={**ASKED, **changes})


def paid() -> Batch:
    (batch,) = seal_grants(period=JANUARY, pay_date=date(2027, 1, 10), now=m.now(JANUARY))
    pay.send(batch)
    return batch


def broken() -> list[str]:
    rows = [*broken_promises(), *benefits.broken_promises(), *broken_claims()]
    return [row.promise for row in rows if "签名" not in row.promise]


def test_all_of_it_goes_back_to_who_gave_it() -> None:
    gave_back_too_much()

    pay_back.decide(case())
    batch = paid()

    assert (batch.line_count, batch.fen) == (1, 12_000)
    assert pay.lines_of(batch)[0].payee_id == builders.wang().pk
    assert pay.lines_of(batch)[0].parts == [12_000]
    assert of.owed_back() == 0
    assert broken() == []


def test_what_came_in_and_went_out_again_is_expense_as_it_was() -> None:
    gave_back_too_much()
    pay_back.decide(case())

    paid()

    sent = Posting.objects.filter(entry__rule="payment.sent", account__code="5001.01")
    assert booked()["5001.01"] == -12_000
    assert sent.latest("pk").dr_fen == 12_000


def test_it_is_paid_back_once() -> None:
    gave_back_too_much()
    pay_back.decide(case())

    with pytest.raises(NothingToPayBack):
        pay_back.decide(case())


def test_what_is_found_to_be_owed_later_is_asked_for_anew() -> None:
    wang = gave_back_too_much()
    pay_back.decide(case())
    m.raise_basic(of=wang, to_fen=21_000, since=m.NOVEMBER)
    m.sealed(FEBRUARY)

    assert of.owed_back() == 3_000  # 10.00 of each month that went to the bank
    assert broken() == []


def test_who_owes_something_is_paid_nothing_back() -> None:
    of.overpaid()

    with pytest.raises(NothingToPayBack):
        pay_back.check(case())


@pytest.mark.parametrize("amount", ["119.99", "120.01"])
def test_the_amount_that_is_signed_is_all_of_it(amount: str) -> None:
    gave_back_too_much()

    with pytest.raises(AmountDiffers, match=r"120\.00"):
        pay_back.check(case(amount=amount))


@pytest.mark.parametrize("changes", [{"reason": ""}, {"document": ""}, {"scheme": "310"}])
def test_a_case_says_why_and_by_which_paper(changes: dict[str, object]) -> None:
    gave_back_too_much()

    with pytest.raises(ContentInvalid):
        pay_back.check(case(**changes))


def test_what_a_month_kept_and_was_not_owed_leaves_nothing_behind_in_the_books() -> None:
    """The month in which it is kept is the one that finds that nothing is owed."""
    wang = of.overpaid()
    of.served()
    of.done("RECOVERY_SET_OFF", entitlement=wang.pk, monthly="20.00", from_month="2027-01")
    m.raise_basic(of=wang, to_fen=22_000, since=of.SEPTEMBER)

    m.sealed(JANUARY)

    assert of.owed_back() == -2_000
    assert booked("benefits.set_off") == {}
    pay_back.decide(case(amount="20.00"))
    assert (Claim.objects.get().fen, of.owed_back()) == (2_000, 0)
    assert broken() == []


def test_what_who_died_since_gave_back_too_much_goes_to_his_heirs() -> None:
    gave_back_too_much()
    survivors.died()
    heirs = survivors.heirs(builders.li(), builders.zhao())
    with pytest.raises(ContentInvalid, match="继承权"):
        pay_back.check(case(heirs=heirs))

    pay_back.decide(case(heirs=heirs, evidence="继承公证书 演示1号"))

    for heir in (builders.li(), builders.zhao()):
        pay.account(heir)
    batch = paid()
    assert {(line.payee_id, line.fen) for line in pay.lines_of(batch)} == {
        (builders.li().pk, 6_000),
        (builders.zhao().pk, 6_000),
    }
    assert (of.owed_back(), broken()) == (0, [])


def test_an_heir_left_out_is_paid_back_by_a_correction() -> None:
    gave_back_too_much()
    survivors.died()
    for heir in (builders.li(), builders.chen()):
        pay.account(heir)
    told = {"evidence": "继承公证书 演示1号", "heirs": survivors.heirs(builders.li())}
    pay_back.decide(case(**told))
    first = Claim.objects.get()
    paid()
    heirs = survivors.heirs(builders.li(), builders.chen())
    why = {"error": "漏列继承人（演示）", "error_evidence": "继承公证书 演示2号"}

    pay_back.decide(case(**{**told, "heirs": heirs, "corrects": first.pk, **why}))

    again = Claim.objects.get(superseded_at=None)
    assert (again.corrects, again.fen, of.owed_back(builders.li())) == (first, first.fen, 6_000)
    assert broken() == []


def test_while_a_death_is_in_doubt_nothing_is_paid_back() -> None:
    gave_back_too_much()
    survivors.died(confirmed=False)

    with pytest.raises(DeathInDoubt):
        pay_back.check(case())


def test_heirs_of_who_is_alive_after_all_give_it_back_and_it_is_his_again() -> None:
    gave_back_too_much()
    death = survivors.died()
    pay.account(builders.li())
    heirs = survivors.heirs(builders.li())
    pay_back.decide(case(heirs=heirs, evidence="继承公证书 演示1号"))
    paid()

    content = {"death_case_id": death.case_id}
    withdraw_death(builders.case(kind="DEATH_WITHDRAWAL", content=content))

    assert of.owed_back() == -12_000
    assert of.owed_back(builders.li()) == 12_000
    assert broken() == []


def test_three_people_decide_it_at_the_api() -> None:
    gave_back_too_much()

    decided_at_api(kind="RECOVERY_PAY_BACK", party_id=builders.wang().pk, content=ASKED)

    assert of.owed_back() == 0
    assert [row.promise for row in (*broken_claims(), *benefits.broken_promises())] == []
