"""What is given back arrives at the bank and in the books of its year (追回到账)."""

from datetime import date

import pytest

from backend.cases.content import ContentInvalid
from backend.people.models import Death
from insurance.benefits import invariants as benefits
from insurance.benefits.models import Overpaid
from insurance.benefits.recovery.invariants import broken_promises
from insurance.benefits.recovery.models import RecoveryReceipt
from insurance.benefits.recovery.receive import MoreThanAsked, ReceiptKnown
from insurance.benefits.recovery.standing import standing_of
from payments.ledger.models import Entry, Posting
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import JANUARY, NOVEMBER
from tests.insurance.benefits.recovery import recovery_builders as of

pytestmark = pytest.mark.django_db


def booked(source: str = "benefits.recovery") -> dict[str, int]:
    """What the vouchers of recoveries come to by account."""
    found: dict[str, int] = {}
    for line in Posting.objects.filter(entry__source=source).select_related("account"):
        code = line.account.code
        found[code] = found.get(code, 0) + line.dr_fen - line.cr_fen
    return {code: fen for code, fen in found.items() if fen}


def broken() -> list[str]:
    rows = [*broken_promises(), *benefits.broken_promises()]
    return [row.promise for row in rows if "签名" not in row.promise]


def test_money_of_this_years_expense_lowers_it_and_the_memo_register() -> None:
    of.overpaid()
    recovery = of.served()

    of.done("RECOVERY_RECEIPT")

    assert booked() == {"1004": 12_000, "5001.01": -12_000}
    assert of.owed_back() == of.OWED_FEN - 12_000
    assert standing_of(recovery=recovery).open_fen == 24_000
    assert broken() == []


def test_money_of_an_earlier_years_expense_is_other_income() -> None:
    of.overpaid()
    of.served()
    asked = of.case("RECOVERY_RECEIPT", received_on="2027-02-03", amount="360.00")
    asked.received_at = asked.decided_at = of.DECIDED_AT.replace(year=2027, month=2)

    of.ACTS["RECOVERY_RECEIPT"][1](asked)

    assert booked() == {"1004": 36_000, "4501": -36_000}
    assert RecoveryReceipt.objects.get().earlier_fen == 36_000
    assert broken() == []


def test_the_last_fen_ends_it() -> None:
    of.overpaid()
    recovery = of.served()
    of.done("RECOVERY_RECEIPT")

    of.done("RECOVERY_RECEIPT", amount="240.00", document="银行回单 演示2号")

    assert standing_of(recovery=recovery).open_fen == 0
    assert (of.owed_back(), broken()) == (0, [])


def test_whoever_pays_at_once_after_the_notice_need_not_wait_for_an_order() -> None:
    of.overpaid()
    of.noticed()

    of.done("RECOVERY_RECEIPT", amount="360.00")

    assert of.owed_back() == 0


@pytest.mark.parametrize("amount", ["360.01", "1000.00"])
def test_nobody_gives_back_more_than_is_asked_for(amount: str) -> None:
    of.overpaid()
    of.served()

    with pytest.raises(MoreThanAsked):
        of.checked("RECOVERY_RECEIPT", amount=amount)


def test_a_paper_of_the_bank_is_put_down_once() -> None:
    of.overpaid()
    of.served()
    of.done("RECOVERY_RECEIPT")

    with pytest.raises(ReceiptKnown):
        of.checked("RECOVERY_RECEIPT")


def test_money_to_come_is_not_put_down() -> None:
    of.overpaid()
    of.served()

    with pytest.raises(ContentInvalid):
        of.checked("RECOVERY_RECEIPT", received_on="2026-12-21")


def test_what_turns_out_to_be_owed_after_all_is_not_asked_for_any_more() -> None:
    """The memo register is f(known now); a recovery never takes more than it says."""
    wang = of.overpaid()
    of.served()
    m.raise_basic(of=wang, to_fen=22_000, since=NOVEMBER)
    m.sealed(JANUARY)
    assert of.owed_back() == 24_000

    with pytest.raises(MoreThanAsked, match=r"240\.00"):
        of.checked("RECOVERY_RECEIPT", amount="240.01")


def test_what_was_paid_after_a_late_death_comes_back_to_the_fund() -> None:
    wang = m.entitlement()
    m.sealed()
    m.answered(m.line(wang), 8)
    Death.objects.create(
        person_id=wang.person_id, death_date=date(2026, 10, 20), source="POLICE",
        confirmed=True, evidence="演示", case_id=1,
    )  # fmt: skip
    m.sealed(m.DECEMBER)
    of.served(amount="251.50")

    of.done("RECOVERY_RECEIPT", amount="251.50")

    assert booked() == {"1004": 25_150, "5001.01": -22_000, "5001.02": -3_150}
    assert sum(Overpaid.objects.values_list("fen", flat=True)) == 25_150
    assert (of.owed_back(builders.wang()), broken()) == (0, [])


def test_a_receipt_without_its_voucher_breaks_a_promise() -> None:
    of.overpaid()
    recovery = of.served()
    RecoveryReceipt.objects.create(
        recovery=recovery, received_on=date(2026, 12, 15), fen=5, document="无",
        same_year=[5, 0, 0, 0], earlier_fen=0, case_id=999,
    )  # fmt: skip

    assert not Entry.objects.filter(source="benefits.recovery").exists()
    assert set(broken()) == {
        "追回:备查簿销记等于到账和抵扣,减去退还",
        "追回:到账已记账,当年冲减支出,以前年度列其他收入",
    }
