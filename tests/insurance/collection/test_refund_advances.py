"""What the treasury paid otherwise than it was owed comes into the books by two people, whole."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from django.test import Client

from backend.cases.content import ContentInvalid
from backend.cases.served import SchemeNotServed
from insurance.collection import refund_invariants
from insurance.collection.cases import treasury_refund
from insurance.collection.cases.treasury_refund import AdvanceNotOpen, RefundNotSo
from insurance.collection.models import (
    AdvanceUse,
    Channel,
    LinePart,
    Match,
    MatchKind,
    RefundAdvance,
    RefundAnswer,
    Suspense,
    TreasuryRefund,
)
from insurance.collection.refund_advances import AdvanceDiffers, left_of, rest_of
from insurance.collection.refund_answers import channel_of
from insurance.collection.tax.tax_folders import tax_folder
from payments.ledger.models import Entry
from tests import builders
from tests.insurance.collection import match_city as city
from tests.insurance.collection import refund_builders as r
from tests.insurance.collection.match_city import P

pytestmark = pytest.mark.django_db
OF_DAY = {"day": "2026-12-20", "document": "TK-退1"}


@pytest.fixture(autouse=True)
def _world(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"
    r.world()


def owed() -> TreasuryRefund:
    """A hundred yuan of nobody, asked for."""
    row = r.owed_of_suspense()
    r.listed()
    return row


def told(folder: Path, number: str, *, serial: int = 1, **facts: str) -> RefundAnswer:
    """The treasury says that it paid; we can not take it for what it says."""
    file = r.told(folder, r.answer(number, **facts), serial=serial)
    given = RefundAnswer.objects.get(file=file)
    assert given.owner_role == "FINANCE"
    return given


def book(answer: RefundAnswer, **more: str) -> RefundAdvance:
    """Two people let it be booked."""
    r.decide("BOOK", [], answers=[r.entry(answer, **more)])
    return RefundAdvance.objects.get(answer=answer)


def count(advance: RefundAdvance, refund: TreasuryRefund, amount: str) -> None:
    """Two people let so much of it be the payment of a refund."""
    r.decide("COUNT", [], advances=[r.use(advance, refund, amount)])
    refund.refresh_from_db()


def take_in(advance: RefundAdvance, amount: str, **changes: str) -> None:
    """It came back to the treasury."""
    r.decide(
        "RETURNED", [], advances=[{"advance": advance.pk, "amount": amount}], **OF_DAY | changes
    )


def withdrawn() -> TreasuryRefund:
    """The treasury refused, and the money was to stay."""
    row = owed()
    r.decide("REFUSED", [row])
    r.decide("WITHDRAW", [row])
    return row


def test_what_was_paid_after_its_withdrawal_is_an_advance_of_finances(tmp_path: Path) -> None:
    row = withdrawn()

    advance = book(told(tmp_path, row.number))

    assert r.balances() == {"1101": 100_00, "2001": -100_00}
    assert (advance.fen, advance.payer_id, left_of(advance=advance)) == (100_00, None, 100_00)
    entry = Entry.objects.get(source="collection.advance")
    assert (entry.rule, entry.business_date) == ("collection.advance", date(2026, 12, 20))
    assert r.proved()


def test_an_advance_pays_the_refund_that_is_decided_again_and_nobody_asks_twice(
    tmp_path: Path,
) -> None:
    advance = book(told(tmp_path, withdrawn().number))
    waiting = Suspense.objects.get(closed_at__isnull=True)
    again = r.given_back(waiting, evidence="国库已退")
    assert r.listed() is None

    count(advance, again, "100.00")

    assert (again.state, left_of(advance=advance), r.balances()) == ("PAID", 0, {})
    assert r.listed() is None
    assert r.proved()


def test_of_what_was_paid_in_part_the_rest_is_asked_for_again(tmp_path: Path) -> None:
    row = owed()

    advance = book(told(tmp_path, row.number, amount="60.00"))

    row.refresh_from_db()
    assert (row.state, row.owner_role, rest_of(refund=row)) == ("PART", "FINANCE", 40_00)
    assert (left_of(advance=advance), r.balances()) == (0, {"1005": 40_00, "2001": -40_00})
    assert r.proved()
    r.decide("AGAIN", [row])
    r.listed()
    path = tax_folder(name="inbox") / "refunds-000002.csv"
    with path.open(encoding="utf-8", newline="") as file:
        (asked,) = csv.DictReader(file)
    row.refresh_from_db()
    assert (asked["refund_no"], asked["amount"]) == (row.number, "40.00")
    assert r.proved()
    r.told(tmp_path, r.answer(row.number, amount="40.00"), serial=2)
    row.refresh_from_db()
    assert (row.state, r.balances(), r.proved()) == ("PAID", {}, True)


def test_the_rest_may_be_entered_by_its_paper(tmp_path: Path) -> None:
    row = owed()
    book(told(tmp_path, row.number, amount="60.00"))
    row.refresh_from_db()
    rest = [{"refund": row.pk, "amount": "40.00"}]

    r.decide("PAID", [row], refunds=rest)

    row.refresh_from_db()
    assert (row.state, r.balances(), r.proved()) == ("PAID", {}, True)


def test_what_was_paid_in_part_is_not_withdrawn(tmp_path: Path) -> None:
    row = owed()
    book(told(tmp_path, row.number, amount="60.00"))
    row.refresh_from_db()

    with pytest.raises(RefundNotSo):
        treasury_refund.check(r.proposal("WITHDRAW", [row]))
    r.decide("AGAIN", [row])
    row.refresh_from_db()
    with pytest.raises(RefundNotSo, match="已退一部分"):
        treasury_refund.check(r.proposal("WITHDRAW", [row]))


def test_what_was_paid_too_much_comes_back_to_the_treasury(tmp_path: Path) -> None:
    row = owed()

    advance = book(told(tmp_path, row.number, amount="130.00"))

    row.refresh_from_db()
    assert (row.state, left_of(advance=advance)) == ("PAID", 30_00)
    assert r.balances() == {"1005": -30_00, "1101": 30_00}
    take_in(advance, "10.00")
    take_in(advance, "20.00", document="TK-退2")
    assert (left_of(advance=advance), r.balances(), r.proved()) == (0, {}, True)
    with pytest.raises(AdvanceDiffers):
        take_in(advance, "0.01", document="TK-退3")


def test_what_was_paid_twice_is_an_advance_whole(tmp_path: Path) -> None:
    row = owed()
    r.told(tmp_path, r.answer(row.number))

    advance = book(told(tmp_path, row.number, serial=2, document="TK2"))

    assert left_of(advance=advance) == 100_00
    assert (r.balances(), r.proved()) == ({"1005": -100_00, "1101": 100_00}, True)


def test_two_answers_about_a_refund_are_booked_together(tmp_path: Path) -> None:
    row = owed()
    first = told(tmp_path, row.number, amount="130.00")
    second = told(tmp_path, row.number, serial=2, amount="70.00", document="TK2")

    r.decide("BOOK", [], answers=[r.entry(one) for one in (first, second)])

    row.refresh_from_db()
    assert (row.state, r.proved()) == ("PAID", True)
    assert [left_of(advance=one) for one in RefundAdvance.objects.order_by("answer")] == [
        30_00,
        70_00,
    ]


def test_of_what_nobody_asked_for_the_case_says_whose_money_it_is(tmp_path: Path) -> None:
    given = told(tmp_path, "没有这笔")
    asked = r.entry(given)
    for more in ({}, {"scheme": "110"}):
        with pytest.raises(ContentInvalid):
            treasury_refund.check(r.proposal("BOOK", [], answers=[{**asked, **more}]))
    with pytest.raises(SchemeNotServed):
        r.proposal("BOOK", [], answers=[{**asked, "scheme": "999", "channel": "TAX"}])

    advance = book(given, scheme="390", channel="FISCAL")

    assert (advance.scheme, advance.channel) == ("390", "FISCAL")
    assert (r.balances(), r.proved()) == ({"1003": -100_00, "1101": 100_00}, True)


def test_what_was_not_paid_is_not_booked(tmp_path: Path) -> None:
    row = withdrawn()
    given = told(tmp_path, row.number, outcome="REFUSED", document="", reason="户名不符")

    with pytest.raises(ContentInvalid, match="没有退库"):
        treasury_refund.check(r.proposal("BOOK", [], answers=[{"answer": given.pk}]))


def test_a_day_before_the_decision_is_not_taken_for_what_it_says(tmp_path: Path) -> None:
    row = owed()

    given = told(tmp_path, row.number, day="2026-11-30")

    row.refresh_from_db()
    assert (given.trouble, row.state, r.proved()) == ("EARLY", "LISTED", True)
    book(given)
    row.refresh_from_db()
    assert (row.state, r.balances(), r.proved()) == ("PAID", {}, True)


@pytest.mark.parametrize(
    ("part", "cash", "income"),
    [
        (P.PERSON, "1005", "4001"),
        (P.COLLECTIVE, "1005", "4102"),
        (P.LATE_FEE, "1005", "4501"),
        (P.ON_BEHALF, "1003", "4001"),
        (P.SUBSIDY, "1003", "4101"),
    ],
)
def test_an_advance_counts_where_its_refund_would_have_been_booked(
    tmp_path: Path, part: LinePart, cash: str, income: str
) -> None:
    channel = channel_of(part=part)
    advance = book(told(tmp_path, "X"), scheme="170", channel=channel.value)
    match = Match.objects.create(
        kind=MatchKind.REFUND, period=city.NOV.first_day, matched_on=date(2026, 12, 1), case_id=1
    )
    match.summary = {}
    match.save(update_fields=["summary"])
    refund = TreasuryRefund.objects.create(
        case_id=1, channel=channel, scheme="170", month=city.NOV.first_day, part=part,
        payer_id=r.PAYER, fen=5_00, decided_on=date(2026, 12, 1), match=match,
    )  # fmt: skip

    count(advance, refund, "5.00")

    assert (refund.state, r.balances()) == (
        "PAID",
        {cash: -100_00, "1101": 95_00, income: 5_00},
    )


@pytest.mark.parametrize(
    ("scheme", "channel", "amount"),
    [("210", "TAX", "10.00"), ("110", "FISCAL", "10.00"), ("110", "TAX", "100.01")],
)
def test_an_advance_counts_only_to_its_own_money_and_no_further_than_both_go(
    tmp_path: Path, scheme: str, channel: str, amount: str
) -> None:
    row = owed()
    advance = book(told(tmp_path, "X", amount="200.00"), scheme=scheme, channel=channel)

    with pytest.raises(AdvanceDiffers):
        count(advance, row, amount)
    assert not AdvanceUse.objects.exists()


def test_the_refunds_of_who_was_paid_too_much_wait_for_finance(tmp_path: Path) -> None:
    rows = r.owed_for_months()
    r.listed()
    advance = book(told(tmp_path, rows[0].number, amount="90.00"))
    other = TreasuryRefund.objects.create(
        case_id=1, channel=Channel.TAX, scheme="110", month=city.MONTHS[0].first_day, part=1,
        payer_id=r.PAYER, fen=10_00, decided_on=date(2026, 12, 1), match=rows[0].match,
    )  # fmt: skip
    assert r.listed() is None

    take_in(advance, "10.00")

    assert r.listed() is not None
    other.refresh_from_db()
    assert other.state == "LISTED"


def test_done_again_nothing_happens(tmp_path: Path) -> None:
    given = told(tmp_path, owed().number, amount="130.00")
    case = r.decide("BOOK", [], answers=[r.entry(given)])
    before = [model.objects.count() for model in (Entry, RefundAdvance, AdvanceUse)]

    assert treasury_refund.decide(case) == 0

    assert before == [model.objects.count() for model in (Entry, RefundAdvance, AdvanceUse)]


@pytest.mark.parametrize(
    ("decision", "changes"),
    [
        ("BOOK", {}),
        ("COUNT", {}),
        ("RETURNED", {"advances": [{"advance": 987654321, "amount": "1.00"}], **OF_DAY}),
        ("COUNT", {"advances": [{"advance": 987654321, "amount": "1.00"}]}),
    ],
)
def test_a_case_that_names_nothing_is_refused(decision: str, changes: dict[str, Any]) -> None:
    with pytest.raises((ContentInvalid, AdvanceNotOpen)):
        treasury_refund.check(r.proposal(decision, [], **changes))


def test_what_comes_back_does_so_after_it_was_paid(tmp_path: Path) -> None:
    advance = book(told(tmp_path, owed().number, amount="130.00"))

    with pytest.raises(ContentInvalid, match="2026-12-20"):
        take_in(advance, "10.00", day="2026-12-19")


def test_no_more_is_used_than_was_paid(tmp_path: Path) -> None:
    advance = book(told(tmp_path, owed().number, amount="130.00"))

    with pytest.raises(IntegrityError), transaction.atomic():
        AdvanceUse.objects.create(
            advance=advance, fen=30_01, day=date(2026, 12, 20), document="演示", case_id=1
        )


def test_an_advance_without_its_voucher_is_found(tmp_path: Path) -> None:
    given = told(tmp_path, "X")
    RefundAdvance.objects.create(answer=given, scheme="110", channel="TAX", fen=90_00, case_id=1)

    broken = {one.promise for one in refund_invariants.broken_promises()}

    assert broken == {
        "退库:国库多付的都记暂付,抵付、退回的不超过它",
        "退库:国库多付的记账就是其付出、抵付和退回",
    }


def test_advances_are_listed_with_what_is_left(tmp_path: Path) -> None:
    row = owed()
    advance = book(told(tmp_path, row.number, amount="130.00"))
    client = Client()
    client.force_login(builders.member(role="FINANCE").staff)

    (shown,) = client.get("/api/v1/refund-advances/?open=true").json()["results"]

    assert (shown["amount"], shown["left"], shown["refund"], shown["owner_role"]) == (
        "130.00",
        "30.00",
        row.pk,
        "FINANCE",
    )
    take_in(advance, "30.00")
    assert client.get("/api/v1/refund-advances/?open=true").json()["results"] == []
    (refund,) = client.get("/api/v1/treasury-refunds/").json()["results"]
    assert (refund["state"], refund["rest"]) == ("PAID", "0.00")
