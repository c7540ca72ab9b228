"""``manage.py check_invariants``: prove the promises on live data."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from insurance.accounts import invariants as accounts
from insurance.benefits import invariants as benefits
from insurance.collection import invariants as collection
from insurance.collection import match_invariants
from insurance.enrolment import invariants as enrolment
from payments import invariants as payments
from payments.ledger import invariants as ledger

MOST = 20  # examples shown of each broken promise


class Command(BaseCommand):
    """Exit 0 and a table, or exit 1 naming each broken promise."""

    help = "核验全部不变量：全部成立时退出码0，否则逐条列出被破坏的承诺并以1退出。"

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask every capability and print one line per promise."""
        broken = [
            *ledger.broken_promises(),
            *payments.broken_promises(),
            *enrolment.broken_promises(),
            *accounts.broken_promises(),
            *match_invariants.broken_promises(),
            *collection.broken_promises(),
            *benefits.broken_promises(),
        ]
        named = (
            *ledger.STATEMENTS,
            *payments.promises(),
            *enrolment.promises(),
            *accounts.promises(),
            *match_invariants.promises(),
            *collection.promises(),
            *benefits.promises(),
        )
        by_promise: dict[str, list[str]] = {promise: [] for promise in named}
        for row in broken:
            where = f"{row.subject}：应为 {row.expected}，实为 {row.found}"
            by_promise.setdefault(row.promise, []).append(where)
        for promise, found in by_promise.items():
            self.stdout.write(f"✗ {promise}（{len(found)}处）" if found else f"✓ {promise}")
            for where in found[:MOST]:
                self.stdout.write(f"    {where}")
        if broken:
            sys.exit(1)
