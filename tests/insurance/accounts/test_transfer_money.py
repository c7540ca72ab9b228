"""A transfer moves the whole account: across provinces with the money, within one by record."""

from collections.abc import Callable
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
from insurance.accounts.models import (
    AccountEntry,
    Direction,
    Outgoing,
    Transfer,
    TransferStep,
)
from insurance.accounts.sent_away import BasesSentAway, SheetTaken
from insurance.accounts.settling import LeavingInvalid
from insurance.accounts.shares import pooled_part
from insurance.accounts.transfer_bases import BasesDiffer
from insurance.accounts.transfer_money import taken_of
from insurance.accounts.transfers import TransferInvalid
from insurance.enrolment.models import TemporaryAccount
from payments.ledger import fund_papers
from payments.ledger.books import ensure_books
from payments.ledger.models import Entry
from payments.ledger.reverse import reverse
from tests import builders
from tests.insurance.accounts import account_builders as of
from tests.insurance.accounts.transfer_builders import (
    BASES,
    HANGZHOU,
    HEFEI,
    OCTOBER_9,
    POOLED,
    TODAY,
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
@pytest.mark.parametrize(
    "places",
    [
        None,
        [],
        [{"region": "310100", "months": 60, "until": "2019-12"}],
        [{"region": HANGZHOU, "months": 0, "until": "2019-12"}],
        [{"region": HANGZHOU, "months": 60, "until": "2026-12"}],
        [{"region": "杭州", "months": 60, "until": "2019-12"}],
    ],
    ids=["not told", "none", "another place", "no month", "a month to come", "no code"],
)
def test_across_provinces_the_months_of_each_place_come_along(places: object) -> None:
    transfer = at_the_letter(direction=Direction.IN)
    amounts = [{"part": "PERSON", "fen": 500_000}]

    with pytest.raises(LeavingInvalid):
        receive(last_step(transfer, amounts=amounts, pooled_fen=0, paper=arrived(), places=places))


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
def test_an_arrival_that_was_credited_is_not_taken_back() -> None:
    entry = fund_papers.entry_of(case_id=(paper := arrived("10000.00")))
    assert entry is not None
    assert taken_of(entry=entry) == ""
    amounts = [{"part": "PERSON", "fen": 500_000}]

    receive(
        last_step(at_the_letter(direction=Direction.IN), amounts=amounts, pooled_fen=0, paper=paper)
    )

    assert taken_of(entry=entry) == "已有 5000.00 元转入个人账户或统筹基金"


@database
def test_from_within_the_province_the_account_comes_in_by_record() -> None:
    transfer = at_the_letter(direction=Direction.IN, other=HEFEI)
    amounts = [{"part": "PERSON", "fen": 500_000}, {"part": "EMPLOYER", "fen": 30_000}]

    assert receive(last_step(transfer, amounts=amounts)) == 3

    assert balance(person_id=builders.wang().pk, scheme="110") == 530_000
    arrived_in = AccountEntry.objects.values_list("kind", "arrival_month").distinct()
    assert list(arrived_in) == [("TRANSFER_IN", of.first("2026-11"))]
    step = TransferStep.objects.get(transfer=transfer, stage=4)
    assert (step.fen, step.pooled_fen, step.entry) == (530_000, 0, None)
    assert not [row for row in broken_promises() if "转入" in row.promise]


@database
@pytest.mark.parametrize("sheet", ["XX-1", " XX-1 ", ""])
def test_a_sheet_brings_its_account_once_under_whichever_certificate(sheet: str) -> None:
    amounts = [{"part": "PERSON", "fen": 500_000}]
    receive(last_step(at_the_letter(direction=Direction.IN, other=HEFEI), amounts=amounts))
    again = at_the_letter(direction=Direction.IN, other=HEFEI, certificate="PZ-2")
    case = last_step(again, amounts=amounts, document_no=sheet)

    with pytest.raises(SheetTaken):
        transfer_money.check_receiving(case, known_months=nothing_billed)
    with pytest.raises(SheetTaken):
        receive(case)

    assert balance(person_id=builders.wang().pk, scheme="110") == 500_000


@database
def test_another_sheet_of_the_same_person_brings_its_own() -> None:
    amounts = [{"part": "PERSON", "fen": 500_000}]
    receive(last_step(at_the_letter(direction=Direction.IN, other=HEFEI), amounts=amounts))
    again = at_the_letter(direction=Direction.IN, other=HEFEI, certificate="PZ-2")

    bases = [{"year": 2024, "months": 12, "amount": "1.00"}]
    receive(last_step(again, amounts=amounts, document_no="XX-2", bases=bases))

    assert balance(person_id=builders.wang().pk, scheme="110") == 1_000_000


@database
@pytest.mark.parametrize("money", [{"pooled_fen": 1}, {"paper": 1}])
def test_from_within_the_province_comes_no_money(money: dict[str, int]) -> None:
    transfer = at_the_letter(direction=Direction.IN, other=HEFEI)

    with pytest.raises(LeavingInvalid, match="省内"):
        receive(last_step(transfer, amounts=[{"part": "PERSON", "fen": 1}], **money))


@database
def test_an_empty_account_comes_from_within_the_province_too() -> None:
    transfer = at_the_letter(direction=Direction.IN, other=HEFEI)

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
