"""``manage.py demo_year``: the demo city lives on, a JSON line for every month and one for all."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.audit.sealer import seal_when_nobody_does
from backend.city.demo_year import YearMonth, live, year_summary
from backend.kernel.errors import Refusal

BROKEN, REFUSED = 1, 2  # exit codes


class Command(BaseCommand):
    """Live the next months; progress on standard error, JSON on standard output: a line for each
    month, and a last one for all of them."""

    help = "演示城市接着过日子：逐月生成文件、由演示人员办件、运行月度主流程并核验承诺。可接续。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--months", type=int, default=12, help="接着办几个月，默认12")

    def handle(self, *args: Any, **options: Any) -> None:
        """Stop at the first month that does not end, and say why."""
        lived = list[YearMonth]()
        try:
            for month in live(months=options["months"], tell=self._tell):
                self._print(month.summary)
                self._tell(_shown(month))
                lived.append(month)
                seal_when_nobody_does(tell=self._tell)
        except Refusal as refusal:
            raise CommandError(f"{refusal.detail}[{refusal.code}]", returncode=REFUSED) from None
        if lived:
            self._print(year_summary(months=lived))
        if not all(month.ended for month in lived):
            raise CommandError("本月没有办完，或有承诺被破坏，见上一行。", returncode=BROKEN)

    def _print(self, summary: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(summary, ensure_ascii=False))
        self.stdout.flush()

    def _tell(self, sentence: str) -> None:
        self.stderr.write(sentence, self.style.SUCCESS)
        self.stderr.flush()


def _shown(month: YearMonth) -> str:
    """What proving all promises came to, for who watches."""
    period, broken = month.summary["period"], month.broken
    return f"▶ {period} 核验承诺：" + ("；".join(broken) if broken else "全部成立")
