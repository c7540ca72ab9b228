"""``manage.py issue_demo_cards``: cards for citizens of the demo city (登记演示社会保障卡)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backend.city.demo_cards import issue_demo_cards
from backend.kernel.errors import Refusal


class Command(BaseCommand):
    """Register a card for each of the first persons; who has one keeps it."""

    help = "给演示城市的一部分人登记社会保障卡（演示软件密钥）；可重复执行。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--most", type=int, default=200, help="前多少人，默认200")

    def handle(self, *args: Any, **options: Any) -> None:
        """Issue them and say how many were new."""
        now = timezone.now()
        try:
            made = issue_demo_cards(most=options["most"], on=timezone.localdate(now), now=now)
        except Refusal as refusal:
            raise CommandError(f"{refusal.detail}[{refusal.code}]") from None
        self.stdout.write(f"社会保障卡{made}张（新增，演示）。")
