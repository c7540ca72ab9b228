"""``manage.py seal_acts``: the sealer of the audit chain; once, or for ever."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.audit.sealer import keep_sealing, seal_now
from backend.kernel.errors import Refusal

REFUSED = 2  # exit code


class Command(BaseCommand):
    """Seal what waits; without ``--once`` every second until it is ended."""

    help = "封链进程：每秒把新的操作记录链入审计链，签名并导出链头。--once 只封一次。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--once", action="store_true", help="封存现有的记录后结束")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do so; only ``--once`` ends by itself."""
        if not options["once"]:
            keep_sealing()
            return
        try:
            sealed = seal_now()
        except Refusal as refusal:
            raise CommandError(f"{refusal.detail}[{refusal.code}]", returncode=REFUSED) from None
        self.stdout.write("另一个封链进程正在工作。" if sealed is None else f"封存 {sealed} 条。")
