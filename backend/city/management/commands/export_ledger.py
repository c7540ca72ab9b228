"""``manage.py export_ledger``: the journal of a book for beancount, to be reckoned again."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from payments.ledger.journal import export_journal

REFUSED = 2


class Command(BaseCommand):
    """Write the vouchers of some months; how many goes to standard error."""

    help = "导出一个账套若干月份的凭证，供 beancount 重新核算（bean-check）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--book", type=int, required=True, help="账套编号")
        parser.add_argument("--from", dest="first", required=True, help="起始月份，如 2026-01")
        parser.add_argument("--to", dest="last", required=True, help="终止月份，如 2026-12")
        parser.add_argument("--out", type=Path, help="写入这个新文件；不写的打印出来")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 2 when it is refused; a file that is there stays as it is."""
        try:
            first, last = Month.parse(options["first"]), Month.parse(options["last"])
            count = self._write(options["book"], first, last, options["out"])
        except Refusal as refusal:
            raise CommandError(f"{refusal.detail}[{refusal.code}]", returncode=REFUSED) from None
        except OSError as error:
            raise CommandError(f"写不了文件：{error.strerror}。", returncode=REFUSED) from None
        self.stderr.write(f"导出凭证 {count} 张。", self.style.SUCCESS)

    def _write(self, book_id: int, first: Month, last: Month, path: Path | None) -> int:
        if path is None:
            return export_journal(book_id=book_id, first=first, last=last, to=sys.stdout)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            try:
                return export_journal(book_id=book_id, first=first, last=last, to=file)
            except Refusal:
                path.unlink()
                raise
