"""A refund is owed from its decision and booked when the treasury has paid; a no is a person's."""

from datetime import date
from typing import Any

import pytest
from django.conf import LazySettings

from backend.cases.content import ContentInvalid, ProposalWaits
from insurance.accounts.entries import balance
from insurance.collection.cases import treasury_refund
from insurance.collection.cases.treasury_refund import AnswerNotOpen, RefundNotSo
from insurance.collection.matching.set_off import set_off
from insurance.collection.models import (
    Allocation,
    LinePart,
    Match,
    MatchKind,
    RefundAnswer,
    RefundState,
    Suspense,
    TreasuryRefund,
)
from insurance.collection.refund_answers import channel_of
from payments.ledger.models import Entry
from tests.insurance.collection import match_city as city
from tests.insurance.collection import refund_builders as r
from tests.insurance.collection.match_city import P

pytestmark = pytest.mark.django_db
INCOME = {"1005": 240_00, "4001": -240_00}
WAITING = {"1005": 100_00, "2001": -100_00}


@pytest.fixture(autouse=True)
def _world(settings: LazySettings, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path
    r.world()


def states() -> list[str]:
    return list(TreasuryRefund.objects.order_by("pk").values_list("state", flat=True))


def test_a_decision_moves_register_and_account_and_no_money() -> None:
    rows = r.owed_for_months()

    assert [(one.part, one.fen, one.channel, one.person_id) for one in rows] == [
        (P.PERSON, 80_00, "TAX", r.LI),
        (P.EMPLOYER, 160_00, "TAX", r.LI),
    ]
    assert states() == ["DECIDED", "DECIDED"]
    assert sum(Allocation.objects.values_list("fen", flat=True)) == 0
    assert balance(person_id=r.LI, scheme="110") == 0
    assert r.balances() == INCOME
    assert r.proved()


def test_what_the_treasury_paid_is_booked_on_its_day() -> None:
    rows = r.owed_for_months()

    case = r.decide("PAID", rows)

    assert (states(), r.balances()) == (["PAID", "PAID"], {})
    entries = Entry.objects.filter(source="collection.refund")
    assert {(one.red, one.business_date, one.rule) for one in entries} == {
        (True, date(2026, 12, 1), "collection.refunded")
    }
    answers = RefundAnswer.objects.filter(case_id=case.pk).values_list("document", "fen")
    assert sorted(answers) == [("TK20261201-1", 80_00), ("TK20261201-1", 160_00)]
    assert r.proved()


def test_suspense_stays_a_liability_until_the_treasury_has_paid() -> None:
    row = r.owed_of_suspense()
    assert (r.balances(), r.proved()) == (WAITING, True)

    r.decide("PAID", [row])

    assert r.balances() == {}
    assert Entry.objects.get(source="collection.refund").rule == "collection.suspense.refunded"
    assert r.proved()


@pytest.mark.parametrize(
    ("part", "money", "income"),
    [(P.ON_BEHALF, "1003", "4001"), (P.SUBSIDY, "1003", "4101"), (P.COLLECTIVE, "1005", "4102")],
)
def test_each_part_leaves_where_it_came_in(part: LinePart, money: str, income: str) -> None:
    match = Match.objects.create(
        kind=MatchKind.REFUND, period=city.NOV.first_day, matched_on=date(2026, 12, 1), case_id=1
    )
    match.summary = {}
    match.save(update_fields=["summary"])
    row = TreasuryRefund.objects.create(
        case_id=1, channel=channel_of(part=part), scheme="170", month=city.NOV.first_day,
        part=part, payer_id=r.PAYER, fen=5_00, decided_on=date(2026, 12, 1), match=match,
    )  # fmt: skip

    r.decide("PAID", [row])

    assert r.balances() == {money: -5_00, income: 5_00}


def test_only_what_was_asked_for_is_refused_and_it_is_finances_then() -> None:
    row = r.owed_of_suspense()
    with pytest.raises(RefundNotSo):
        r.decide("REFUSED", [row])
    r.listed()

    r.decide("REFUSED", [row])

    row.refresh_from_db()
    assert (row.state, row.owner_role, r.balances()) == ("REFUSED", "FINANCE", WAITING)
    assert r.proved()


def test_what_was_refused_is_asked_for_again_under_another_number() -> None:
    row = r.owed_of_suspense()
    r.listed()
    r.decide("REFUSED", [row])
    case = r.decide("AGAIN", [row])
    assert treasury_refund.decide(case) == 0

    file = r.listed()

    row.refresh_from_db()
    assert (row.state, row.number) == ("LISTED", f"{row.pk}-2")
    assert file is not None
    assert file.serial == 2
    assert r.proved()


def test_what_does_not_go_back_is_a_credit_again() -> None:
    rows = r.owed_for_months()

    r.decide("WITHDRAW", rows)

    assert states() == ["WITHDRAWN", "WITHDRAWN"]
    assert sum(Allocation.objects.values_list("fen", flat=True)) == 240_00
    assert balance(person_id=r.LI, scheme="110") == 80_00
    assert r.balances() == INCOME
    assert r.proved()


def test_a_credit_that_came_back_pays_other_months() -> None:
    rows = r.owed_for_months()
    r.decide("WITHDRAW", rows)
    other = city.owing(
        payer_id=r.PAYER, person_id=r.LI, scheme="110", month=city.MONTHS[0], part=P.EMPLOYER,
        fen=50_00, account_fen=0,
    )  # fmt: skip
    city.write_lines(run=city.open_run(), lines=[other])

    set_off(period=city.NOV, today=date(2026, 12, 2))

    paid = Allocation.objects.filter(key_id=other.key_id).values_list("fen", flat=True)
    assert sum(paid) == 50_00


def test_a_suspense_that_does_not_go_back_waits_again() -> None:
    row = r.owed_of_suspense()
    r.listed()
    r.decide("REFUSED", [row])

    r.decide("WITHDRAW", [row])

    again = Suspense.objects.get(closed_at__isnull=True)
    assert (again.fen, again.reason, again.opened_on) == (
        100_00, "UNKNOWN_PAYER", date(2026, 11, 20),
    )  # fmt: skip
    assert again.match.kind == MatchKind.UNDONE
    assert r.proved()
    r.given_back(again, evidence="再次来函")
    assert (TreasuryRefund.objects.count(), r.proved()) == (2, True)


@pytest.mark.parametrize("decision", ["PAID", "WITHDRAW"])
def test_done_again_nothing_happens(decision: str) -> None:
    rows = r.owed_for_months()
    case = r.decide(decision, rows)
    before = [model.objects.count() for model in (Entry, RefundAnswer, Allocation)]

    assert treasury_refund.decide(case) == 0

    assert before == [model.objects.count() for model in (Entry, RefundAnswer, Allocation)]


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        (RefundState.DECIDED, {"PAID", "WITHDRAW"}),
        (RefundState.LISTED, {"PAID", "REFUSED"}),
        (RefundState.REFUSED, {"PAID", "AGAIN", "WITHDRAW"}),
        (RefundState.PAID, set()),
        (RefundState.WITHDRAWN, set()),
    ],
)
def test_each_state_is_left_in_its_own_ways(state: RefundState, allowed: set[str]) -> None:
    row = r.owed_of_suspense()
    if state in (RefundState.LISTED, RefundState.REFUSED):
        r.listed()
    for decision in {"REFUSED": ["REFUSED"], "PAID": ["PAID"], "WITHDRAWN": ["WITHDRAW"]}.get(
        state, []
    ):
        done = r.decide(decision, [row])
        done.state = "REJECTED"  # it waits no more
        done.save(update_fields=["state"])

    for decision in ("PAID", "REFUSED", "AGAIN", "WITHDRAW"):
        case = r.proposal(decision, [row])
        if decision in allowed:
            assert treasury_refund.check(case) == 0
        else:
            with pytest.raises(RefundNotSo):
                treasury_refund.check(case)
        case.state = "REJECTED"
        case.save(update_fields=["state"])


@pytest.mark.parametrize(
    "changes",
    [
        {"refunds": []},
        {"refunds": [{"refund": 987654321, "amount": "100.00"}]},
        {"document": ""},
        {"day": "2026-11-30"},
        {"day": "2027-01-01"},
        {"evidence": ""},
        {"decision": "KEEP"},
    ],
)
def test_a_case_that_says_too_little_is_refused(changes: dict[str, Any]) -> None:
    row = r.owed_of_suspense()

    with pytest.raises(ContentInvalid):
        treasury_refund.check(r.proposal("PAID", [row], **changes))


def test_another_amount_than_is_owed_is_refused() -> None:
    row = r.owed_of_suspense()
    wrong = [{"refund": row.pk, "amount": "99.00"}]

    with pytest.raises(ContentInvalid, match=r"应退 100\.00 元"):
        treasury_refund.check(r.proposal("PAID", [row], refunds=wrong))


def test_two_cases_about_a_refund_do_not_wait_at_once() -> None:
    row = r.owed_of_suspense()
    treasury_refund.check(r.proposal("WITHDRAW", [row]))

    with pytest.raises(ProposalWaits):
        treasury_refund.check(r.proposal("WITHDRAW", [row]))


def test_only_an_answer_in_trouble_is_explained() -> None:
    with pytest.raises(AnswerNotOpen):
        treasury_refund.check(r.proposal("EXPLAINED", [], answers=[{"answer": 987654321}]))
