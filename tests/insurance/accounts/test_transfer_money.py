"""An account goes out whole: across provinces with the money, within one by record."""

from decimal import Decimal
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.months import Month
from backend.kernel.parameters import NotVerified
from insurance.accounts import transfer_money
from insurance.accounts.entries import balance
from insurance.accounts.invariants import broken_promises
from insurance.accounts.models import Direction, Outgoing, TransferStep
from insurance.accounts.sent_away import BasesSentAway
from insurance.accounts.settling import LeavingInvalid
from insurance.accounts.shares import pooled_part
from insurance.accounts.transfer_bases import BasesDiffer
from insurance.accounts.transfers import TransferInvalid
from insurance.enrolment.models import TemporaryAccount
from payments.ledger.models import Entry
from tests import builders
from tests.insurance.accounts import account_builders as of
from tests.insurance.accounts.transfer_builders import (
    BASES,
    HANGZHOU,
    HEFEI,
    POOLED,
    arrived,
    at_the_letter,
    last_step,
    nothing_billed,
    receive,
    send,
)
from tests.insurance.enrolment import enrolment_builders as enrolled

database = pytest.mark.django_db
IN_2020 = enrolled.months("2020-01", "2026-11")


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
    assert rows == 6


@database
def test_within_the_province_the_account_goes_out_by_record() -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)
    transfer = at_the_letter(other=HEFEI)

    send(last_step(transfer))

    assert balance(person_id=builders.wang().pk, scheme="110") == 0
    step = TransferStep.objects.get(transfer=transfer, stage=4)
    assert (step.fen, step.pooled_fen, step.entry) == (1_012_500, 0, None)
    assert not Outgoing.objects.exists()
    assert not Entry.objects.exists()
    assert not [row for row in broken_promises() if "转出" in row.promise or "去向" in row.promise]


@database
def test_within_the_province_an_empty_account_goes_out_too() -> None:
    transfer = at_the_letter(other=HEFEI)

    assert send(last_step(transfer)) == 2  # the steps, and the last stage


@database
@pytest.mark.parametrize("other", [HANGZHOU, HEFEI])
def test_who_is_insured_here_does_not_go_out(other: str) -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)
    transfer = at_the_letter(other=other)
    enrolled.enrolment(person_id=builders.wang().pk, valid=enrolled.months("2026-11", "2026-12"))

    with pytest.raises(TransferInvalid, match="停保"):
        send(last_step(transfer))
    with pytest.raises(TransferInvalid, match="停保"):
        transfer_money.check_sending(
            last_step(transfer), draws=lambda **_: False, known_base=nothing_billed
        )


@database
def test_what_was_taken_out_by_record_and_paid_as_well_is_found() -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)
    transfer = at_the_letter(other=HEFEI)
    send(case := last_step(transfer))

    Outgoing.objects.create(
        person_id=builders.wang().pk,
        scheme="110",
        kind="TRANSFER_OUT",
        to_agency="演示",
        month=of.first("2026-11"),
        fen=1,
        case_id=case.pk,
    )

    assert [row.found for row in broken_promises() if "省内" in row.promise] == ["1012500|1"]


@database
def test_the_pool_sends_the_part_of_a_year_once() -> None:
    send(last_step(at_the_letter()))
    again = at_the_letter(certificate="PZ-2")

    for bases in (BASES, BASES[:1], BASES[1:], [{"year": 2026, "months": 1, "amount": "0.01"}]):
        with pytest.raises(BasesSentAway, match="已于 2026-11-02 转到演示市社保中心，不能再转"):
            send(last_step(again, bases=bases))


@database
def test_what_was_paid_late_goes_with_the_next_transfer() -> None:
    """50,000.05 of 2026 went on 2 November, 4,000 were paid for October on the 5th."""

    def billed(*, since: Month, **_: object) -> tuple[int, int]:
        return (10, 54_000_05) if since == Month(2026, 1) else (0, 0)

    send(last_step(at_the_letter(), bases=[{**BASES[1], "months": 9}]))
    bases = [{"year": 2026, "months": 1, "amount": "4000.00"}]
    late = last_step(at_the_letter(certificate="PZ-2"), bases=bases)

    assert transfer_money.send(late, draws=lambda **_: False, known_base=billed)


@database
def test_who_came_back_with_the_money_takes_all_of_it_out_again() -> None:
    send(last_step(at_the_letter()))
    back = at_the_letter(direction=Direction.IN)
    amounts = [{"part": "PERSON", "fen": 500_000}]
    receive(last_step(back, amounts=amounts, paper=arrived(), pooled_fen=POOLED))

    again = at_the_letter(certificate="PZ-2")
    send(last_step(again))

    assert Outgoing.objects.count() == 2


@database
def test_of_a_temporary_account_nothing_moves_outside_a_demonstration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = enrolled.enrolment(person_id=builders.wang().pk, scheme="110", valid=IN_2020)
    TemporaryAccount.objects.create(
        person_id=row.person_id, scheme="110", household="410100", evidence="户口簿",
        valid=SqlRange(row.valid.lower, None), source="DESK",
    )  # fmt: skip
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)
    transfer = at_the_letter()

    monkeypatch.setattr(transfer_money, "is_demo", lambda: False)
    with pytest.raises(NotVerified, match="临时"):
        send(last_step(transfer))

    monkeypatch.setattr(transfer_money, "is_demo", lambda: True)
    send(last_step(transfer))
    assert Outgoing.objects.get().pooled_fen == POOLED


@database
@pytest.mark.parametrize(
    "bases",
    [
        None,
        [],
        [{"year": 1997, "months": 1, "amount": "1.00"}],
        [{"year": 2027, "months": 1, "amount": "1.00"}],
        [{"year": 2025, "months": 1, "amount": "0.00"}],
        [{"year": 2025, "months": 1, "amount": "1.00"}] * 2,
        [{"year": 2025, "months": 13, "amount": "1.00"}],
        [{"year": 2025, "months": "1", "amount": "1.00"}],
        [{"year": 2025, "amount": "1.00"}],
        [{"year": 2025, "months": 1}],
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
        transfer_money.send(last_step(transfer), draws=lambda **_: True, known_base=nothing_billed)


# The sheet says 60,000.00 of 2025.
@database
@pytest.mark.parametrize(
    ("months", "yuan", "agrees"),
    [(11, 59_999, True), (11, 60_001, False), (12, 60_000, True), (12, 59_999, False)],
)
def test_bases_on_the_sheet_are_held_against_those_paid_on_here(
    months: int, yuan: int, agrees: bool
) -> None:
    def billed(*, since: Month, **_: object) -> tuple[int, int]:
        return (months, yuan * 100) if since == Month(2025, 1) else (0, 0)

    def check(**changes: Any) -> int:
        return transfer_money.check_sending(
            last_step(transfer, **changes), draws=lambda **_: False, known_base=billed
        )

    transfer = at_the_letter()
    if agrees:
        assert check() == 0
        return
    with pytest.raises(BasesDiffer, match="2025 年"):
        check()
    assert check(difference_reason="外地同期参保，缴费凭证 演示") == 0


@given(st.integers(0, 10**13), st.integers(0, 10_000))
def test_the_pooled_part_is_rounded_once(base: int, ratio: int) -> None:
    part = pooled_part(base_fen=base, ratio=Decimal(ratio) / 10_000)

    assert abs(10_000 * part - base * ratio) <= 5_000
    assert 10_000 * part - base * ratio != -5_000
