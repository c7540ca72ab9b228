"""``manage.py check_invariants``: prove the promises on live data."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from backend.city.promises import broken_promises, promises

MOST = 20  # examples shown of each broken promise


class Command(BaseCommand):
    """Exit 0 and a table, or exit 1 naming each broken promise."""

    help = "核验全部不变量：全部成立时退出码0，否则逐条列出被破坏的承诺并以1退出。"

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask every capability and print one line per promise."""
        broken = list(broken_promises())
        by_promise: dict[str, list[str]] = {promise: [] for promise in promises()}
        for row in broken:
            where = f"{row.subject}：应为 {row.expected}，实为 {row.found}"
            by_promise.setdefault(row.promise, []).append(where)
        for promise, found in by_promise.items():
            self.stdout.write(f"✗ {promise}（{len(found)}处）" if found else f"✓ {promise}")
            for where in found[:MOST]:
                self.stdout.write(f"    {where}")
        if broken:
            sys.exit(1)
