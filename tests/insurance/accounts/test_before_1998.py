"""Of the time before 1998 the own contributions move to another province, the employer's stay."""

from typing import Any

import pytest

from backend.cases.content import ContentInvalid
from backend.kernel.money import MoneyInvalid
from insurance.accounts import transfer_money
from insurance.accounts.before_1998 import Before1998Invalid, Before1998Unsaid
from insurance.accounts.entries import balance
from insurance.accounts.invariants import broken_promises
from insurance.accounts.models import (
    AccountEntry,
    EntryKind,
    EntrySource,
    LeftAccount,
    Outgoing,
    Part,
)
from insurance.accounts.undo_inheritance import put_back
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from tests import builders
from tests.insurance.accounts import account_builders as of
from tests.insurance.accounts.transfer_builders import (
    HEFEI,
    POOLED,
    at_the_letter,
    last_step,
    nothing_billed,
    send,
)

pytestmark = pytest.mark.django_db
WITH_INTEREST_FEN = 1_012_500  # 10,000 yuan at 1.5 % to October
PAPER = {
    "employer_before_1998": "2000.00",
    "employer_before_1998_evidence": "原手册 演示12号",
}


def paid_in_1996() -> None:
    """Wang's account was opened in 1996: all of it stands in one entry that arrived in January."""
    of.entry(
        person_id=builders.wang().pk,
        kind=EntryKind.OPENING,
        month="1996-03",
        arrival="2026-01",
        fen=1_000_000,
    )


def check(**paper: Any) -> None:
    case = last_step(at_the_letter(), **paper)
    transfer_money.check_sending(case, draws=lambda **_: False, known_base=nothing_billed)


def test_who_was_insured_then_has_to_say_what_stays() -> None:
    paid_in_1996()

    with pytest.raises(Before1998Unsaid, match=r"没有的写 0\.00"):
        check()


def test_who_came_later_says_nothing() -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01")

    check()


def test_within_the_province_no_money_moves_and_nothing_is_asked() -> None:
    paid_in_1996()

    send(last_step(at_the_letter(other=HEFEI)))

    assert balance(person_id=builders.wang().pk, scheme="110") == 0


def test_the_employer_s_part_of_then_is_the_pool_s_and_the_rest_goes() -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000, kind=EntryKind.OPENING)

    send(last_step(at_the_letter(), **PAPER))

    out = Outgoing.objects.get()
    assert (out.fen, out.pooled_fen) == (WITH_INTEREST_FEN - 200_000, POOLED)
    left = AccountEntry.objects.get(kind=EntryKind.TO_POOL)
    assert left.fen == -200_000
    assert balance(person_id=builders.wang().pk, scheme="110") == 0
    # The sample's entry rests on no baseline, and nobody signed its case: all else holds.
    assert [row for row in broken_promises() if "依据" not in row.promise] == []


def test_the_steps_say_what_stayed_and_hold() -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000, kind=EntryKind.OPENING)

    send(last_step(at_the_letter(), **PAPER))

    steps = {step.name: step for step in read(rows=LeftAccount.objects.get().steps)}
    assert first_wrong(steps=list(steps.values())) is None
    assert steps["转移前个人账户余额"].result == "10125.00"
    assert steps["个人账户储存额"].result == "8125.00"
    assert "原手册 演示12号" in steps["个人账户储存额"].article
    assert steps["转移资金合计"].result == "21325.01"


def test_nothing_stays_where_the_paper_says_so() -> None:
    paid_in_1996()

    send(last_step(at_the_letter(), **PAPER | {"employer_before_1998": "0.00"}))

    assert Outgoing.objects.get().fen == WITH_INTEREST_FEN
    assert not AccountEntry.objects.filter(kind=EntryKind.TO_POOL).exists()


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [("-0.01", Before1998Invalid), ("1.001", MoneyInvalid), ("两千", MoneyInvalid)],
)
def test_what_is_no_amount_is_refused(amount: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        check(**PAPER | {"employer_before_1998": amount})


def test_it_rests_on_a_paper() -> None:
    with pytest.raises(ContentInvalid, match="依据"):
        check(employer_before_1998="2000.00")


def test_no_more_stays_than_the_account_holds_besides_the_own_contributions() -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)  # all of it the own

    with pytest.raises(Before1998Invalid, match=r"余额减去本人缴费"):
        send(last_step(at_the_letter(), **PAPER))


def test_no_less_stays_than_the_principal_that_was_entered() -> None:
    AccountEntry.objects.create(
        person_id=builders.wang().pk,
        scheme="110",
        kind=EntryKind.OPENING,
        part=Part.EMPLOYER,
        for_month=of.first("1996-03"),
        arrival_month=of.first("2026-01"),
        fen=1_000_000,
        source=EntrySource.BASELINE,
        source_id=1,
    )

    with pytest.raises(Before1998Invalid, match=r"10000\.00 元（已知的本金）"):
        send(last_step(at_the_letter(), **PAPER))


def test_what_stayed_is_not_put_back_when_a_false_death_is_undone() -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000, kind=EntryKind.OPENING)
    send(last_step(at_the_letter(), **PAPER))

    assert put_back(person_ids=[builders.wang().pk]) == 0
