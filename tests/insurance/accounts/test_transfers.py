"""A relation moves in four steps, each with its term; money only across provinces."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import DatabaseError

from backend.cases.models import Case
from insurance.accounts import transfers
from insurance.accounts.entries import balance
from insurance.accounts.models import (
    AccountEntry,
    Direction,
    Outgoing,
    Transfer,
    TransferStage,
    TransferStep,
)
from insurance.accounts.settling import LeavingInvalid
from insurance.accounts.terms import add_working_days
from insurance.accounts.transfers import StepOutOfOrder, TransferNotThere
from tests import builders
from tests.insurance.accounts import account_builders as of

database = pytest.mark.django_db
HANGZHOU, HEFEI = "330100", "340100"
OCTOBER_9 = date(2026, 10, 9)


def begun(*, direction: Direction = Direction.OUT, other: str = HANGZHOU) -> Transfer:
    return transfers.begin(
        person_id=builders.wang().pk,
        scheme="110",
        direction=direction,
        own_region="340800",
        other_region=other,
        other_agency="演示市社保中心",
        certificate_no="PZ-1",
        on=OCTOBER_9,
    )


def at_the_letter(*, direction: Direction = Direction.OUT, other: str = HANGZHOU) -> Transfer:
    transfer = begun(direction=direction, other=other)
    for stage, day in ((TransferStage.APPLICATION, 12), (TransferStage.LETTER, 20)):
        transfers.go_on(
            transfer_id=transfer.pk, stage=stage, on=date(2026, 10, day), document_no="LX-1"
        )
    return transfer


def last_step(transfer: Transfer, **changes: Any) -> Case:
    content = {
        "transfer": transfer.pk,
        "scheme": "110",
        "month": "2026-11",
        "on": "2026-11-02",
        "document_no": "XX-1",
    }
    case = builders.case(kind=f"TRANSFER_{transfer.direction}", content=content | changes)
    case.decided_at = datetime(2026, 11, 5, tzinfo=UTC)
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

    rows = transfers.send(last_step(transfer))

    assert balance(person_id=builders.wang().pk, scheme="110") == 0
    out = Outgoing.objects.get()
    assert (out.fen, out.to_agency, out.payee_id) == (1_012_500, "演示市社保中心", None)
    assert TransferStep.objects.filter(transfer=transfer, stage=4).count() == 1
    assert rows == 5


@database
def test_within_the_province_only_the_record_moves() -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)
    transfer = at_the_letter(other=HEFEI)

    assert transfers.send(last_step(transfer)) == 1

    assert balance(person_id=builders.wang().pk, scheme="110") == 1_000_000
    assert not Outgoing.objects.exists()


@database
def test_money_comes_in_by_part() -> None:
    transfer = at_the_letter(direction=Direction.IN)
    amounts = [{"part": "PERSON", "fen": 500_000}, {"part": "EMPLOYER", "fen": 30_000}]

    transfers.receive(last_step(transfer, amounts=amounts))

    assert balance(person_id=builders.wang().pk, scheme="110") == 530_000
    assert set(AccountEntry.objects.values_list("kind", flat=True)) == {"TRANSFER_IN"}


@database
def test_a_record_from_within_the_province_brings_no_money() -> None:
    transfer = at_the_letter(direction=Direction.IN, other=HEFEI)

    with pytest.raises(LeavingInvalid):
        transfers.receive(last_step(transfer, amounts=[{"part": "PERSON", "fen": 1}]))
    assert transfers.receive(last_step(transfer)) == 1


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
        transfers.receive(last_step(transfer, amounts=amounts))


@database
def test_steps_follow_each_other() -> None:
    transfer = begun()

    for stage in (TransferStage.LETTER, TransferStage.SETTLED):
        with pytest.raises(StepOutOfOrder):
            transfers.go_on(transfer_id=transfer.pk, stage=stage, on=OCTOBER_9, document_no="")
    with pytest.raises(StepOutOfOrder):
        transfers.send(last_step(transfer))


@database
def test_no_step_is_earlier_than_the_one_before() -> None:
    transfer = begun()

    with pytest.raises(StepOutOfOrder):
        transfers.go_on(
            transfer_id=transfer.pk,
            stage=TransferStage.APPLICATION,
            on=date(2026, 10, 8),
            document_no="",
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
        transfers.send(last_step(transfer))
    with pytest.raises(TransferNotThere):
        transfers.receive(last_step(transfer, scheme="310"))
    with pytest.raises(TransferNotThere):
        transfers.go_on(transfer_id=0, stage=TransferStage.LETTER, on=OCTOBER_9, document_no="")


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
