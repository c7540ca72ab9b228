"""``manage.py account_interest YEAR``: close a year of all accounts (年度计息)."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backend.deployment import is_demo
from backend.jobs.runner import run_waiting, unfinished
from backend.kernel.errors import Refusal
from insurance.accounts import tasks
from insurance.accounts.models import Scheme
from insurance.accounts.yearly_interest import chunk_keys, close_year, open_year

HANDLERS = tasks  # imported so that its jobs can be done here


class Command(BaseCommand):
    """Open the year, do the jobs that nobody has taken, and close it; safe to repeat."""

    help = "按年度为个人账户计息；利率未公布时先按预计利率，公布后再执行一次即补记差额。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("year", type=int, help="年度")
        parser.add_argument("--scheme", choices=Scheme.values, required=True, help="险种")
        parser.add_argument("--region", required=True, help="六位行政区划代码")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line of JSON: the rate, and what was written."""
        try:
            run = open_year(
                scheme=options["scheme"],
                year=options["year"],
                region=options["region"],
                today=timezone.localdate(),
                demo=is_demo(),
            )
            keys = chunk_keys(run=run)
            run_waiting(keys=keys)
            if left := unfinished(keys=keys):
                raise CommandError(f"还有 {left} 个分块正在别处计算，请稍后再执行。")
            run = close_year(run_id=run.pk, now=timezone.now())
        except Refusal as refusal:
            raise CommandError(refusal.detail, returncode=2) from refusal
        facts = {"scheme": run.scheme, "year": run.year, "interim": run.interim}
        self.stdout.write(
            json.dumps({**facts, "ratio": str(run.ratio), **(run.summary or {})}, sort_keys=True)
        )
