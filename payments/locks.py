"""What keeps payments apart (互斥), and the one order in which it is taken.

A transaction takes what it needs of this list from above to below, and then nothing from above
any more. All cases of a bulk decision are one transaction, whatever each of them takes: so it
begins with the reissues (``hold_for_several``), and two such decisions wait for each other there.

1. the rows of its cases (``backend.cases.decide``), by id
2. the reissues (``hold_reissues``): reissues, withdrawals, all decisions that move payments; a
   chunk of the monthly run shares them
3. the run (``between_runs.hold_runs``), then the batches of single amounts
   (``keep_out_of_batches``)
   then one person at a time: recoveries, unemployment, pension and enrolment (``locks``),
   personal accounts (``entries.lock``; before it what comes back to them, ``come_back``), events
   of life (``lock_events``)
4. the bytes of a return file, taken by nobody but its reception
5. the accounts: decisions alone (``hold_accounts``), return files beside each other
   (``share_accounts``)
6. the rows of batches, by id; then of their discrepancies
7. the serial of a bank; ``payments.withdrawn``; what a book may spend (``hold_budget``); the
   months of the ledger
8. what a book's 支出户 holds (``money_held.hold_money``; the triggers hold it too)

Who proposes accounts takes the proposals alone (``hold_payees``), and nothing above.
"""

from collections.abc import Collection

from django.db import connection

from backend.cases.models import Case

HOLD = "SELECT pg_advisory_xact_lock(hashtext(%s))"
SHARE = "SELECT pg_advisory_xact_lock_shared(hashtext(%s))"
HOLD_ONE = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
REISSUES, ACCOUNTS, PROPOSALS = "payments.reissue", "payments.accounts", "payments.proposals"


def hold_reissues() -> None:
    """Let nobody reissue, withdraw or decide until this transaction ends; before any row."""
    _take(HOLD, REISSUES)


def hold_for_several(case: Case) -> int:
    """Before the acts of cases that are decided together, of which ``case`` is the first."""
    hold_reissues()
    return 0


def share_reissues() -> None:
    """Let nobody but chunks of the monthly run withdraw or reissue until this transaction ends."""
    _take(SHARE, REISSUES)


def hold_accounts() -> None:
    """Besides, let no bank block an account and no answer of a bank come in."""
    hold_reissues()
    _take(HOLD, ACCOUNTS)


def share_accounts() -> None:
    """Let nobody change an account until this transaction ends; answers come in beside it."""
    _take(SHARE, ACCOUNTS)


def hold_payees(*, party_ids: Collection[int]) -> None:
    """Let nobody else propose accounts of these payees until this transaction ends.

    One payee is held alone; who comes with several holds all, and the table of locks stays small.
    """
    if len(party_ids) > 1:
        _take(HOLD, PROPOSALS)
        return
    _take(SHARE, PROPOSALS)
    with connection.cursor() as cursor:
        for party_id in party_ids:
            cursor.execute(HOLD_ONE, [f"payments.payee/{party_id}"])


def _take(statement: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [name])
