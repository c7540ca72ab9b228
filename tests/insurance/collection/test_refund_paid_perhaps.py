"""While the word that the treasury paid waits, it is not asked again; nothing is booked twice."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.cases.content import Row
from backend.kernel.errors import Refusal
from backend.people.models import Alias
from insurance.collection import refund_invariants
from insurance.collection.cases import treasury_refund
from insurance.collection.models import (
    AdvanceUse,
    Channel,
    RefundAdvance,
    RefundAnswer,
    Suspense,
    TreasuryRefund,
)
from insurance.collection.refund_advances import AdvanceDiffers
from insurance.collection.refund_papers import BookedBefore, PaidPerhaps
from tests.insurance.collection import case_builders as cases
from tests.insurance.collection import match_city as city
from tests.insurance.collection import refund_builders as r

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _world(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"
    r.world()


def refused() -> TreasuryRefund:
    """A hundred yuan of nobody, asked for and refused."""
    row = r.owed_of_suspense()
    r.listed()
    r.decide("REFUSED", [row])
    row.refresh_from_db()
    return row


def told(folder: Path, number: str, *, serial: int = 1, **facts: str) -> RefundAnswer:
    """The treasury says something that can not be taken for what it says; no two files are one."""
    own = r.answer(f"文件 {serial}", amount="1.00", document=f"TK-{serial}")
    file = r.told(folder, r.answer(number, **facts), own, serial=serial)
    given = RefundAnswer.objects.get(file=file, line=2)
    assert given.owner_role == "FINANCE"
    return given


def owed_by_suspense_again() -> TreasuryRefund:
    """What waits again is decided to go back."""
    return r.given_back(Suspense.objects.get(closed_at__isnull=True), evidence="再次来函")


@pytest.mark.parametrize("decision", ["AGAIN", "WITHDRAW"])
@pytest.mark.parametrize("step", [treasury_refund.check, treasury_refund.decide])
def test_what_the_treasury_says_it_paid_after_all_is_looked_into_first(
    tmp_path: Path, decision: str, step: Callable[..., int]
) -> None:
    row = refused()
    given = told(tmp_path, row.number)
    case = r.proposal(decision, [row])

    with pytest.raises(PaidPerhaps, match=rf"回执 {given.pk} 称 {row.number} 已退 100\.00 元"):
        step(case)

    row.refresh_from_db()
    assert (row.state, row.attempt) == ("REFUSED", 1)


@pytest.mark.parametrize(("decision", "state"), [("AGAIN", "DECIDED"), ("WITHDRAW", "WITHDRAWN")])
def test_a_decision_that_settles_the_answer_with_it_passes(
    tmp_path: Path, decision: str, state: str
) -> None:
    row = refused()
    given = told(tmp_path, row.number)

    r.decide(decision, [row], answers=[{"answer": given.pk}])

    row.refresh_from_db()
    given.refresh_from_db()
    assert (row.state, given.owner_role, r.proved()) == (state, "", True)


def test_another_no_of_the_treasury_stops_nothing(tmp_path: Path) -> None:
    row = refused()
    told(tmp_path, row.number, outcome="REFUSED", document="", reason="户名不符")

    r.decide("AGAIN", [row])

    assert r.listed() is not None


def test_a_receipt_that_was_perhaps_paid_back_is_not_asked_for_again(tmp_path: Path) -> None:
    row = refused()
    r.decide("WITHDRAW", [row])
    given = told(tmp_path, row.number)
    again = owed_by_suspense_again()
    assert r.listed() is None

    r.decide("EXPLAINED", [], answers=[{"answer": given.pk}])

    assert r.listed() is not None
    again.refresh_from_db()
    assert (again.state, r.proved()) == ("LISTED", True)


def test_a_payer_who_was_perhaps_paid_is_asked_for_nothing(tmp_path: Path) -> None:
    rows = r.owed_for_months()
    r.listed()
    told(tmp_path, rows[0].number, amount="90.00")
    more = TreasuryRefund.objects.create(
        case_id=1, channel=Channel.TAX, scheme="110", month=city.MONTHS[0].first_day, part=1,
        payer_id=r.PAYER, fen=10_00, decided_on=cases.TODAY, match=rows[0].match,
    )  # fmt: skip

    assert r.listed() is None
    more.refresh_from_db()
    assert more.state == "DECIDED"


def test_what_finance_entered_from_its_paper_is_not_booked_again(tmp_path: Path) -> None:
    row = r.owed_of_suspense()
    r.listed()
    r.decide("PAID", [row], document="TK1")
    given = told(tmp_path, row.number, day="2026-12-01")
    asked = [r.entry(given)]

    with pytest.raises(BookedBefore, match="已入账的同一笔"):
        r.decide("BOOK", [], answers=asked)
    r.decide("EXPLAINED", [], answers=asked)

    assert (r.balances(), r.proved(), RefundAdvance.objects.exists()) == ({}, True, False)


def test_what_was_booked_of_one_file_is_not_booked_of_the_next(tmp_path: Path) -> None:
    row = refused()
    first = told(tmp_path, row.number)
    second = told(tmp_path, row.number, serial=2)
    both = [r.entry(one) for one in (first, second)]
    with pytest.raises(BookedBefore):
        treasury_refund.check(r.proposal("BOOK", [], answers=both))

    r.decide("BOOK", [], answers=both[:1])

    with pytest.raises(BookedBefore):
        treasury_refund.check(r.proposal("BOOK", [], answers=both[1:]))


def test_what_nobody_asked_for_is_booked_once_by_its_number_and_paper(tmp_path: Path) -> None:
    answers = [told(tmp_path, "没有这笔", serial=serial) for serial in (1, 2)]
    whose = {"scheme": "110", "channel": "TAX"}
    r.decide("BOOK", [], answers=[r.entry(answers[0], **whose)])

    with pytest.raises(BookedBefore):
        r.decide("BOOK", [], answers=[r.entry(answers[1], **whose)])


@pytest.mark.parametrize("changes", [{"document": "TK2"}, {"amount": "99.00"}])
def test_another_paper_or_amount_is_another_payment(
    tmp_path: Path, changes: dict[str, str]
) -> None:
    row = r.owed_of_suspense()
    r.listed()
    r.told(tmp_path, r.answer(row.number))

    given = told(tmp_path, row.number, serial=2, **changes)
    r.decide("BOOK", [], answers=[r.entry(given)])

    assert (RefundAdvance.objects.count(), r.proved()) == (1, True)


def two_payers(folder: Path) -> tuple[RefundAdvance, TreasuryRefund]:
    """One was paid too much, another is owed."""
    came = replace(r.UNKNOWN, payer_id=r.PAYER)
    paid, owed = r.owed_of_suspense(came), r.owed_of_suspense(replace(came, payer_id=r.PAYER + 1))
    r.listed()
    given = told(folder, paid.number, amount="200.00")
    r.decide("BOOK", [], answers=[r.entry(given)])
    return RefundAdvance.objects.get(answer=given), owed


def counted(advance: RefundAdvance, refund: TreasuryRefund) -> None:
    r.decide("COUNT", [], advances=[r.use(advance, refund, "100.00")])


def test_what_one_payer_was_paid_too_much_settles_no_other_payers_refund(tmp_path: Path) -> None:
    advance, owed = two_payers(tmp_path)

    with pytest.raises(AdvanceDiffers, match="缴款人须相同"):
        counted(advance, owed)

    assert not AdvanceUse.objects.filter(refund=owed).exists()


def test_two_entries_of_one_payer_are_the_same(tmp_path: Path) -> None:
    advance, owed = two_payers(tmp_path)
    Alias.objects.create(party_id=r.PAYER + 1, survivor_id=r.PAYER, case_id=1)

    counted(advance, owed)

    owed.refresh_from_db()
    assert (owed.state, r.proved()) == ("PAID", True)


def test_an_advance_that_paid_another_payers_refund_is_found(tmp_path: Path) -> None:
    advance, owed = two_payers(tmp_path)

    AdvanceUse.objects.create(advance=advance, refund=owed, fen=1, day=cases.TODAY, case_id=1)

    broken = {one.promise for one in refund_invariants.broken_promises()}
    assert "退库:国库多付的只抵付同一缴款人的" in broken


@pytest.mark.parametrize("changes", [{"amount": "99.99"}, {"amount": "0.00"}, {"amount": None}])
def test_what_is_booked_is_signed_with_its_amount(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    given = told(tmp_path, refused().number)

    with pytest.raises(Refusal):
        treasury_refund.check(r.proposal("BOOK", [], answers=[{**r.entry(given), **changes}]))


def weight(decision: str, **named: object) -> int | None:
    return treasury_refund.weigh(Row(1, {"decision": decision, **named})).fen


def test_what_is_booked_weighs_and_nothing_that_was_asked_for_does() -> None:
    rows = [{"amount": "30000.00"}, {"amount": "20000.00"}]

    assert weight("BOOK", answers=rows) == 50_000_00
    assert weight("WITHDRAW", refunds=rows) == weight("EXPLAINED", answers=rows) == 0


def test_however_little_of_an_advance_counts_it_weighs_whole_and_once() -> None:
    little: dict[str, object] = {"amount": "1.00", "total": "50000.00"}
    other: dict[str, object] = {"advance": 8, "refund": 1, "amount": "1.00", "total": "0.01"}
    rows = [{"advance": 7, "refund": 1, **little}, {"advance": 7, "refund": 2, **little}, other]

    assert weight("COUNT", advances=rows) == 50_000_01


@pytest.mark.parametrize("total", ["199.99", "200.01", None])
def test_an_advance_does_not_count_for_less_than_it_is(tmp_path: Path, total: str | None) -> None:
    advance, owed = two_payers(tmp_path)
    asked = {**r.use(advance, owed, "1.00"), "total": total}

    with pytest.raises(Refusal):
        treasury_refund.check(r.proposal("COUNT", [], advances=[asked]))


def paid_after_withdrawal(folder: Path) -> tuple[RefundAnswer, TreasuryRefund]:
    """The treasury's paper TK1 says a hundred was paid that was to stay; it is to go back again."""
    row = refused()
    r.decide("WITHDRAW", [row])
    return told(folder, row.number), owed_by_suspense_again()


def test_a_payment_that_is_an_advance_is_not_entered_by_hand_for_another_refund(
    tmp_path: Path,
) -> None:
    given, again = paid_after_withdrawal(tmp_path)
    r.decide("BOOK", [], answers=[r.entry(given)])

    with pytest.raises(BookedBefore, match="抵付"):
        r.decide("PAID", [again], document=given.document)
    r.decide("PAID", [again], document=f"{given.document}-2")

    assert (r.balances(), r.proved()) == ({"1005": -100_00, "1101": 100_00}, True)


def test_of_an_advance_that_was_used_the_same_amount_by_its_paper_is_known(tmp_path: Path) -> None:
    given, again = paid_after_withdrawal(tmp_path)
    r.decide("BOOK", [], answers=[r.entry(given)])
    advance = RefundAdvance.objects.get(answer=given)
    back = [{"advance": advance.pk, "amount": "100.00"}]
    r.decide("RETURNED", [], advances=back, day="2026-12-21", document="TK-退1")

    with pytest.raises(BookedBefore):
        r.decide("PAID", [again], document=given.document)


def test_what_waits_to_be_looked_into_is_not_entered_by_hand_beside_it(tmp_path: Path) -> None:
    given, again = paid_after_withdrawal(tmp_path)
    with pytest.raises(PaidPerhaps):
        r.decide("PAID", [again], document=given.document)

    r.decide("PAID", [again], document=given.document, answers=[{"answer": given.pk}])

    assert (r.balances(), r.proved()) == ({}, True)


def test_what_a_person_entered_is_not_booked_by_a_line_with_another_number(tmp_path: Path) -> None:
    row = r.owed_of_suspense()
    r.listed()
    r.decide("PAID", [row], document="TK1")
    given = told(tmp_path, "看不清的编号")

    with pytest.raises(BookedBefore):
        r.decide("BOOK", [], answers=[r.entry(given, scheme="110", channel="TAX")])

    assert (r.balances(), r.proved()) == ({}, True)


def test_two_lines_of_one_paper_are_two_payments_where_the_file_tells_of_both(
    tmp_path: Path,
) -> None:
    row = r.owed_of_suspense()
    r.listed()
    r.decide("PAID", [row], document="TK1")
    both = (r.answer(row.number), r.answer("看不清的编号"))
    file = r.told(tmp_path, *both)
    other = RefundAnswer.objects.get(file=file, refund=None)

    r.decide("BOOK", [], answers=[r.entry(other, scheme="110", channel="TAX")])

    assert (RefundAdvance.objects.get().fen, r.proved()) == (100_00, True)
