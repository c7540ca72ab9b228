"""``manage.py run_month YYYY-MM``: the main job; one JSON line last."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.audit.sealer import seal_when_nobody_does
from backend.city.run_month import run_month
from backend.kernel.errors import Refusal
from backend.kernel.months import Month

REFUSED = 2  # exit code


class Command(BaseCommand):
    """Run or resume a month; progress on standard error, the summary on standard output."""

    help = (
        "办理一个月的征缴和待遇发放：能办的都办，停在下一个须由人办理的环节并说明由谁办理。"
        "可重复执行。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("period", help="发放月份，如 2026-11")
        parser.add_argument(
            "--bank", choices=("honest", "lying"), default="honest", help="演示库用哪种模拟银行"
        )

        parser.add_argument(
            "--tax",
            choices=("honest", "erring"),
            default="honest",
            help="演示库用哪种模拟税务机关",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run; the last line is one JSON object."""
        try:
            outcome = run_month(
                period=Month.parse(options["period"]),
                lying=options["bank"] == "lying",
                erring=options["tax"] == "erring",
                tell=self._tell,
            )
        except Refusal as refusal:
            raise CommandError(f"{refusal.detail}[{refusal.code}]", returncode=REFUSED) from None
        seal_when_nobody_does(tell=self._tell)
        self.stdout.write(json.dumps(outcome.summary, ensure_ascii=False))

    def _tell(self, sentence: str) -> None:
        self.stderr.write(sentence, self.style.SUCCESS)
        self.stderr.flush()
