"""``manage.py demo_year``: the demo city lives on, a JSON line for every month."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.city.demo_year import live
from backend.kernel.errors import Refusal

BROKEN, REFUSED = 1, 2  # exit codes


class Command(BaseCommand):
    """Live the next months; progress on standard error, a JSON line for each on standard output."""

    help = "演示城市接着过日子：逐月生成文件、由演示人员办件、运行月度主流程并核验承诺。可接续。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--months", type=int, default=12, help="接着办几个月，默认12")

    def handle(self, *args: Any, **options: Any) -> None:
        """Stop at the first month that does not end, and say why."""
        try:
            for month in live(months=options["months"], tell=self._tell):
                self.stdout.write(json.dumps(month.summary, ensure_ascii=False))
                self.stdout.flush()
                if not month.ended:
                    raise CommandError(
                        "本月没有办完，或有承诺被破坏，见上一行。", returncode=BROKEN
                    )
        except Refusal as refusal:
            raise CommandError(f"{refusal.detail}[{refusal.code}]", returncode=REFUSED) from None

    def _tell(self, sentence: str) -> None:
        self.stderr.write(sentence, self.style.SUCCESS)
        self.stderr.flush()
