"""The proof of accounts: silent when all is well, and it finds what an owner tampered with."""

from datetime import date

import pytest
from django.db import connections, transaction
from django.utils import timezone

from backend.cases.decide import decide, review
from insurance.accounts.invariants import DECIDED, broken_promises, promises
from insurance.accounts.leaving import pay_lump_sum
from insurance.accounts.models import EntryKind
from insurance.accounts.yearly_interest import close_year, open_year, run_chunk
from tests import builders
from tests.conftest import OwnDatabase
from tests.insurance.accounts import account_builders as of

# What breaks, on which table the triggers are switched off, and how.
TAMPERINGS = (
    (
        "个人账户:余额不为负",
        "accounts_accountentry",
        "DELETE FROM accounts_accountentry WHERE kind = 'CREDIT'",
    ),
    (
        "个人账户:每笔明细有其依据",
        "accounts_accountentry",
        "UPDATE accounts_accountentry SET source_id = 99 WHERE source = 'RUN'",
    ),
    (
        "个人账户:已结年度的收支和月积数未变",
        "accounts_accountentry",
        "UPDATE accounts_accountentry SET arrival_month = '2025-05-01' WHERE kind = 'CREDIT'",
    ),
    (
        "个人账户:上年年末余额等于本年年初余额",
        "accounts_yearclose",
        """UPDATE accounts_yearclose SET interest_fen = interest_fen + 1,
        closing_fen = closing_fen + 1 WHERE opening_fen = 0""",
    ),
    (
        "个人账户:年末余额等于至该年的全部明细之和",
        "accounts_yearclose",
        """UPDATE accounts_yearclose SET interest_fen = interest_fen + 1,
        closing_fen = closing_fen + 1 WHERE opening_fen <> 0""",
    ),
    (
        "个人账户:年度计息记入的金额等于各分块之和",
        "accounts_accountentry",
        "UPDATE accounts_accountentry SET fen = fen + 1 WHERE source = 'RUN'",
    ),
    # A fen too much, and all that follows from it consistent.
    (
        "个人账户:年度利息=月积数×记账利率÷12,四舍五入到分",
        "accounts_yearclose",
        """WITH more AS (UPDATE accounts_accountentry SET fen = fen + 1 WHERE source = 'RUN'
            AND for_month = '2025-12-01' RETURNING source_id), chunk AS (
            UPDATE accounts_interestchunk SET written_fen = written_fen + 2,
                closing_fen = closing_fen + 2 WHERE run_id IN (SELECT source_id FROM more))
        UPDATE accounts_yearclose SET interest_fen = interest_fen + 1,
            closing_fen = closing_fen + 1 WHERE run_id IN (SELECT source_id FROM more)""",
    ),
    (
        "个人账户:各账户按该年的记账利率计息",
        "accounts_yearclose",
        "UPDATE accounts_yearclose SET ratio = ratio + 0.001",
    ),
    (
        "个人账户:支付去向之和等于支出",
        "accounts_outgoing",
        "UPDATE accounts_outgoing SET fen = fen - 1",
    ),
    ("个人账户:支付去向之和等于支出", "accounts_outgoing", "DELETE FROM accounts_outgoing"),
    (DECIDED, "cases_case", "UPDATE cases_case SET decided_by = received_by + 999"),
)


def history() -> None:
    """Li pays in for two years; Wang takes out a lump sum by a case that two people signed."""
    of.entry(month="2024-03")
    of.entry(person_id=builders.wang().pk, month="2024-01", fen=1_000_000)
    for year in (2024, 2025):
        run = open_year(scheme="110", year=year, region="340800", today=date(2026, 7, 1), demo=True)
        run_chunk(run_id=run.pk, chunk=0)
        close_year(run_id=run.pk, now=timezone.now())
    content = {
        "scheme": "110",
        "month": "2026-07",
        "reason": "EMIGRATED",
        "evidence": "退籍证书 演示1号",
    }
    case = builders.case(kind="ACCOUNT_LUMP_SUM", content=content)
    review(
        case_id=case.pk,
        key=builders.member(role="REVIEWER").key,
        role="REVIEWER",
        now=builders.NOW,
    )
    decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=builders.member(role="APPROVER", of=builders.chen()).key,
        role="APPROVER",
        now=builders.NOW,
        acts={"ACCOUNT_LUMP_SUM": pay_lump_sum},
    )


@pytest.mark.django_db
def test_nothing_is_broken_when_all_is_well() -> None:
    history()

    assert broken_promises() == []
    assert len(set(promises())) == len(promises())


def test_it_finds_what_an_owner_tampered_with(own_database: OwnDatabase) -> None:
    history()
    assert broken_promises() == []

    missed = [
        (promise, act)
        for promise, table, act in TAMPERINGS
        if promise not in broken_by(table=table, act=act)
    ]

    assert missed == []


@pytest.mark.django_db
def test_an_entry_by_a_case_that_nobody_signed_is_found() -> None:
    history()
    case = builders.case(origin="演示")
    of.entry(person_id=builders.li().pk, month="2026-08", source_id=case.pk)
    entry = of.entry(
        person_id=builders.li().pk,
        month="2026-08",
        kind=EntryKind.INTEREST,
        source_id=case.pk,
    )

    assert [row.subject for row in broken_promises()] == [str(entry.source_id)]


class Undone(Exception):  # noqa: N818 - rolls a tampering back
    """Take it back."""


def broken_by(*, table: str, act: str) -> set[str]:
    """Which promises are found broken once the owner did this; and undo it."""
    found: set[str] = set()
    owner = connections["owner"]
    default = connections["default"]
    try:
        with transaction.atomic(using="owner"), owner.cursor() as cursor:
            for one in {table, "accounts_accountentry", "accounts_interestchunk"}:
                cursor.execute(f"ALTER TABLE {one} DISABLE TRIGGER USER")
            cursor.execute(act)
            connections["default"] = owner
            found = {row.promise for row in broken_promises()}
            raise Undone
    except Undone:
        return found
    finally:
        connections["default"] = default
