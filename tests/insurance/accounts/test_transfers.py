"""A relation moves in four steps, each with its term; money only across provinces."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from backend.cases.models import Case
from insurance.accounts import transfer_money, transfers
from insurance.accounts.entries import balance
from insurance.accounts.invariants import broken_promises
from insurance.accounts.models import (
    AccountEntry,
    Direction,
    Outgoing,
    Transfer,
    TransferStage,
    TransferStep,
)
from insurance.accounts.settling import LeavingInvalid
from insurance.accounts.shares import pooled_part
from insurance.accounts.terms import add_working_days
from insurance.accounts.transfers import StepOutOfOrder, TransferInvalid, TransferNotThere
from insurance.enrolment.models import Enrolment
from payments.ledger import fund_papers
from payments.ledger.books import ensure_books
from payments.ledger.models import Entry, Posting
from payments.ledger.reverse import reverse
from tests import builders
from tests.insurance.accounts import account_builders as of
from tests.insurance.enrolment import enrolment_builders as enrolled

database = pytest.mark.django_db
API = "/api/v1/transfers/"
HANGZHOU, HEFEI = "330100", "340100"
OCTOBER_9 = date(2026, 10, 9)
TODAY = date(2026, 11, 5)
BASES = [{"year": 2025, "amount": "60000.00"}, {"year": 2026, "amount": "50000.05"}]
NOON = datetime(2026, 11, 5, 4, tzinfo=UTC)
POOLED = 1_320_001  # 12 % of 110,000.05: 13200.006


def begun(*, direction: Direction = Direction.OUT, other: str = HANGZHOU) -> Transfer:
    insured()
    return transfers.begin(
        person_id=builders.wang().pk,
        scheme="110",
        direction=direction,
        own_region="340800",
        other_region=other,
        other_agency="演示市社保中心",
        certificate_no="PZ-1",
        on=OCTOBER_9,
        today=TODAY,
    )


def insured() -> None:
    """Wang is, or was, insured here."""
    if not Enrolment.objects.filter(person=builders.wang().pk).exists():
        enrolled.enrolment(person_id=builders.wang().pk, scheme="110")


def arrived(
    amount: str = "100000.00", *, document: str = "银行回单 演示1号", **changes: object
) -> int:
    """The paper of a remittance that came into 收入户; its case."""
    books = {book.scheme: book for book in ensure_books(agency=builders.agency(), on=TODAY)}
    content: dict[str, object] = {
        "paper": "TRANSFER_RECEIVED",
        "book": books["110"].pk,
        "day": "2026-11-03",
        "amount": amount,
        "document": document,
    }
    case = builders.case(kind="FUND_PAPER", content=content | changes)
    case.decided_at = NOON
    fund_papers.decide(case)
    return case.pk


def send(case: Case) -> int:
    return transfer_money.send(case, draws=lambda **_: False)


def receive(case: Case) -> int:
    return transfer_money.receive(case)


def at_the_letter(*, direction: Direction = Direction.OUT, other: str = HANGZHOU) -> Transfer:
    transfer = begun(direction=direction, other=other)
    for stage, day in ((TransferStage.APPLICATION, 12), (TransferStage.LETTER, 20)):
        transfers.go_on(
            transfer_id=transfer.pk,
            stage=stage,
            on=date(2026, 10, day),
            document_no="LX-1",
            today=TODAY,
        )
    return transfer


def last_step(transfer: Transfer, **changes: Any) -> Case:
    content = {
        "transfer": transfer.pk,
        "scheme": "110",
        "month": "2026-11",
        "on": "2026-11-02",
        "document_no": "XX-1",
        "bases": BASES,
    }
    case = builders.case(kind=f"TRANSFER_{transfer.direction}", content=content | changes)
    case.decided_at = NOON
    return case


@database
def test_each_step_says_until_when_the_next_is_due() -> None:
    transfer = at_the_letter()

    steps = TransferStep.objects.filter(transfer=transfer).order_by("stage")
    assert list(steps.values_list("stage", "done_on", "next_due_on")) == [
        (1, OCTOBER_9, date(2026, 10, 30)),
        (2, date(2026, 10, 12), date(2026, 11, 2)),
        (3, date(2026, 10, 20), date(2026, 11, 10)),
    ]


@database
def test_across_provinces_the_whole_account_goes_out() -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)
    transfer = at_the_letter()

    rows = send(last_step(transfer))

    assert balance(person_id=builders.wang().pk, scheme="110") == 0
    out = Outgoing.objects.get()
    assert (out.fen, out.to_agency, out.payee_id) == (1_012_500, "演示市社保中心", None)
    assert out.pooled_fen == POOLED
    step = TransferStep.objects.get(transfer=transfer, stage=4)
    assert (step.fen, step.pooled_fen) == (1_012_500, POOLED)
    assert rows == 5


@database
def test_within_the_province_only_the_record_moves() -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)
    transfer = at_the_letter(other=HEFEI)

    assert send(last_step(transfer)) == 1

    assert balance(person_id=builders.wang().pk, scheme="110") == 1_000_000
    assert not Outgoing.objects.exists()


@database
def test_money_comes_in_by_part() -> None:
    transfer = at_the_letter(direction=Direction.IN)
    amounts = [{"part": "PERSON", "fen": 500_000}, {"part": "EMPLOYER", "fen": 30_000}]
    paper = arrived("10000.00")

    receive(last_step(transfer, amounts=amounts, pooled_fen=470_000, paper=paper))

    assert balance(person_id=builders.wang().pk, scheme="110") == 530_000
    entries = AccountEntry.objects.values_list("kind", "arrival_month").distinct()
    assert list(entries) == [("TRANSFER_IN", of.first("2026-11"))]
    step = TransferStep.objects.get(transfer=transfer, stage=4)
    assert (step.fen, step.pooled_fen) == (530_000, 470_000)
    assert step.entry == fund_papers.entry_of(case_id=paper)
    assert not [row for row in broken_promises() if "转" in row.promise]


@database
def test_a_record_from_within_the_province_brings_no_money() -> None:
    transfer = at_the_letter(direction=Direction.IN, other=HEFEI)

    with pytest.raises(LeavingInvalid):
        receive(last_step(transfer, amounts=[{"part": "PERSON", "fen": 1}]))
    assert receive(last_step(transfer)) == 1


@database
@pytest.mark.parametrize(
    "amounts",
    [
        [],
        None,
        [{"part": "PERSON"}],
        [{"part": "OTHER", "fen": 1}],
        [{"part": "PERSON", "fen": 0}],
        [{"part": "PERSON", "fen": True}],
        [{"part": "PERSON", "fen": 1}, {"part": "PERSON", "fen": 2}],
    ],
)
def test_what_comes_in_must_be_an_amount(amounts: object) -> None:
    transfer = at_the_letter(direction=Direction.IN)

    with pytest.raises(LeavingInvalid):
        receive(last_step(transfer, amounts=amounts))


@database
def test_no_more_comes_in_than_has_arrived() -> None:
    transfer = at_the_letter(direction=Direction.IN)
    paper = arrived("5000.00")
    money = {"amounts": [{"part": "PERSON", "fen": 500_000}], "paper": paper}

    with pytest.raises(TransferInvalid, match=r"5000\.00"):
        receive(last_step(transfer, **money, pooled_fen=1))
    receive(last_step(transfer, **money))


@database
def test_one_remittance_may_be_for_several_and_no_more_than_all_of_it() -> None:
    paper = arrived("8000.00")
    for who, fen in ((builders.wang(), 500_000), (builders.li(), 300_000), (builders.zhao(), 1)):
        of_who = moved(at_the_letter(direction=Direction.IN), who.pk)
        case = last_step(of_who, amounts=[{"part": "PERSON", "fen": fen}], paper=paper)
        case.party_id = who.pk
        if fen == 1:
            with pytest.raises(TransferInvalid, match=r"0\.00"):
                receive(case)
        else:
            receive(case)


def moved(transfer: Transfer, person_id: int) -> Transfer:
    """The same transfer, of somebody else."""
    if transfer.person_id == person_id:
        return transfer
    other = Transfer.objects.create(
        person_id=person_id,
        scheme="110",
        direction=transfer.direction,
        other_region=HANGZHOU,
        other_agency="演示",
        with_money=True,
        certificate_no=f"PZ-{person_id}",
    )
    for stage in (1, 2, 3):
        TransferStep.objects.create(transfer=other, stage=stage, done_on=OCTOBER_9)
    return other


@database
@pytest.mark.parametrize("what", ["nothing", "another paper", "reversed", "another book"])
def test_money_comes_in_only_with_the_paper_of_its_arrival(what: str) -> None:
    transfer = at_the_letter(direction=Direction.IN)
    residents = {b.scheme: b.pk for b in ensure_books(agency=builders.agency(), on=TODAY)}["170"]
    papers: dict[str, Callable[[], int | None]] = {
        "nothing": lambda: None,
        "another paper": lambda: arrived(paper="OTHER_RECEIVED"),
        "reversed": arrived,
        "another book": lambda: arrived(book=residents),
    }
    paper = papers[what]()
    if what == "reversed":
        entry = Entry.objects.get()
        reverse(entry_id=entry.pk, business_date=TODAY, reason="演示", reversed_by=1)

    with pytest.raises(TransferInvalid, match="单据"):
        receive(last_step(transfer, amounts=[{"part": "PERSON", "fen": 1}], paper=paper))


@database
def test_in_a_closed_year_interest_of_what_came_in_runs_from_january() -> None:
    transfer = at_the_letter(direction=Direction.IN)
    of.open_run(year=2026)

    receive(last_step(transfer, amounts=[{"part": "PERSON", "fen": 1}], paper=arrived()))

    assert AccountEntry.objects.get().arrival_month == of.first("2027-01")


@database
@pytest.mark.parametrize(
    "bases",
    [
        None,
        [],
        [{"year": 1997, "amount": "1.00"}],
        [{"year": 2027, "amount": "1.00"}],
        [{"year": 2025, "amount": "0.00"}],
        [{"year": 2025, "amount": "1.00"}, {"year": 2025, "amount": "1.00"}],
        [{"year": 2025}],
        ["2025"],
    ],
)
def test_the_pooled_part_needs_the_bases_of_the_sheet(bases: object) -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)
    transfer = at_the_letter()

    with pytest.raises(LeavingInvalid, match="缴费基数"):
        send(last_step(transfer, bases=bases))


@database
def test_an_empty_account_sends_the_pool_s_part_alone() -> None:
    transfer = at_the_letter()

    send(last_step(transfer))

    out = Outgoing.objects.get()
    assert (out.fen, out.pooled_fen) == (0, POOLED)
    assert not [row for row in broken_promises() if "支付去向" in row.promise]


@database
def test_who_draws_a_pension_here_stays() -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)
    transfer = at_the_letter()

    with pytest.raises(TransferInvalid, match="享受待遇"):
        transfer_money.send(last_step(transfer), draws=lambda **_: True)


@database
def test_what_is_sent_is_paid_once_from_the_agency_s_account() -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)
    ensure_books(agency=builders.agency(), on=TODAY)
    send(last_step(at_the_letter()))
    content = {"outgoing": Outgoing.objects.get().pk, "day": "2026-11-04", "document": "付款 1"}
    case = builders.case(kind="TRANSFER_PAYMENT", content=content)
    case.decided_at = NOON

    assert transfer_money.check_payment(case) == 0
    transfer_money.pay(case)

    lines = Posting.objects.values_list("account__code", "dr_fen", "cr_fen")
    whole = 1_012_500 + POOLED
    assert set(lines) == {("5401", whole, 0), ("1004", 0, whole)}
    assert not [row for row in broken_promises() if "转" in row.promise]
    for act in (transfer_money.check_payment, transfer_money.pay):
        with pytest.raises(TransferInvalid, match="已经支付"):
            act(case)


@database
@pytest.mark.parametrize(
    "changes", [{"outgoing": 0}, {"outgoing": "1"}, {"document": " "}, {"day": "2026-11-06"}]
)
def test_a_payment_says_what_is_paid_when_and_by_which_paper(changes: dict[str, object]) -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)
    ensure_books(agency=builders.agency(), on=TODAY)
    send(last_step(at_the_letter()))
    content = {"outgoing": Outgoing.objects.get().pk, "day": "2026-11-04", "document": "付款 1"}
    case = builders.case(kind="TRANSFER_PAYMENT", content=content | changes)
    case.decided_at = NOON

    with pytest.raises((TransferInvalid, LeavingInvalid)):
        transfer_money.pay(case)


@given(st.integers(0, 10**13), st.integers(0, 10_000))
def test_the_pooled_part_is_rounded_once(base: int, ratio: int) -> None:
    part = pooled_part(base_fen=base, ratio=Decimal(ratio) / 10_000)

    assert abs(10_000 * part - base * ratio) <= 5_000
    assert 10_000 * part - base * ratio != -5_000


@database
def test_nobody_moves_in_the_future_to_himself_or_without_having_been_here() -> None:
    begin = partial(
        transfers.begin,
        person_id=builders.wang().pk,
        scheme="110",
        direction=Direction.OUT,
        own_region="340800",
        other_agency="演示",
        certificate_no="PZ-9",
        today=TODAY,
    )

    with pytest.raises(TransferInvalid, match="没有这个险种"):
        begin(other_region=HANGZHOU, on=TODAY)
    insured()
    with pytest.raises(TransferInvalid, match="不能晚于"):
        begin(other_region=HANGZHOU, on=date(2026, 11, 6))
    with pytest.raises(TransferInvalid, match="相同"):
        begin(other_region="340800", on=TODAY)
    begin(other_region=HANGZHOU, on=TODAY)
    with pytest.raises(TransferInvalid, match="另一地"):
        begin(other_region=HEFEI, on=TODAY)


@database
def test_no_step_lies_in_the_future() -> None:
    transfer = begun()

    with pytest.raises(StepOutOfOrder, match="不能晚于"):
        transfers.go_on(
            transfer_id=transfer.pk,
            stage=TransferStage.APPLICATION,
            on=date(2026, 11, 6),
            document_no="",
            today=TODAY,
        )
    with pytest.raises(LeavingInvalid, match="不能晚于"):
        send(last_step(at_the_letter(), on="2026-11-06"))


@database
def test_a_clerk_takes_the_first_three_steps(client: Client) -> None:
    insured()
    client.force_login(builders.member(role="CLERK").staff)
    content = {
        "person": builders.wang().pk,
        "scheme": "110",
        "direction": "OUT",
        "other_region": HANGZHOU,
        "other_agency": "演示市社保中心",
        "certificate_no": "PZ-1",
        "on": "2026-10-09",
    }

    made = asked(client, API, content, key="1")
    assert (made.status_code, made.json()["with_money"]) == (201, True)
    for key, stage in (("2", 2), ("3", 3)):
        step = {"stage": stage, "on": "2026-10-12", "document_no": "LX-1"}
        made = asked(client, f"{API}{made.json()['id']}/steps/", step, key=key)

    assert [step["stage"] for step in made.json()["steps"]] == [1, 2, 3]
    assert made.json()["steps"][0]["next_due_on"] == "2026-10-30"
    assert asked(client, f"{API}0/steps/", step, key="4").json()["code"] == "transfer_not_found"


def asked(client: Client, address: str, content: object, *, key: str) -> Any:
    return client.post(
        address, content, content_type="application/json", headers={"Idempotency-Key": key}
    )


@database
def test_steps_follow_each_other() -> None:
    transfer = begun()

    for stage in (TransferStage.LETTER, TransferStage.SETTLED):
        with pytest.raises(StepOutOfOrder):
            transfers.go_on(
                transfer_id=transfer.pk, stage=stage, on=OCTOBER_9, document_no="", today=TODAY
            )
    with pytest.raises(StepOutOfOrder):
        send(last_step(transfer))


@database
def test_no_step_is_earlier_than_the_one_before() -> None:
    transfer = begun()

    with pytest.raises(StepOutOfOrder):
        transfers.go_on(
            transfer_id=transfer.pk,
            stage=TransferStage.APPLICATION,
            on=date(2026, 10, 8),
            document_no="",
            today=TODAY,
        )


@database
def test_the_database_keeps_the_order_too() -> None:
    transfer = begun()

    with pytest.raises(DatabaseError, match="follow each other"):
        TransferStep.objects.create(transfer=transfer, stage=4, done_on=OCTOBER_9)


@database
def test_a_step_or_certificate_put_down_twice_is_one() -> None:
    transfer = at_the_letter()

    assert at_the_letter().pk == transfer.pk
    assert TransferStep.objects.count() == 3


@database
def test_a_case_moves_only_its_own_person_s_transfer() -> None:
    transfer = at_the_letter(direction=Direction.IN)

    with pytest.raises(TransferNotThere):
        send(last_step(transfer))
    with pytest.raises(TransferNotThere):
        receive(last_step(transfer, scheme="310"))
    with pytest.raises(TransferNotThere):
        transfers.go_on(
            transfer_id=0, stage=TransferStage.LETTER, on=OCTOBER_9, document_no="", today=TODAY
        )


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        (date(2026, 11, 6), 1, date(2026, 11, 9)),  # a Friday
        (date(2026, 11, 7), 1, date(2026, 11, 9)),  # a Saturday
        (date(2026, 11, 2), 15, date(2026, 11, 23)),
        (date(2026, 11, 2), 0, date(2026, 11, 2)),
    ],
)
def test_terms_run_in_working_days(start: date, days: int, last: date) -> None:
    assert add_working_days(start=start, days=days) == last
