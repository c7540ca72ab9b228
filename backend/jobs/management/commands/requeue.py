"""``manage.py requeue KEY``: queue a failed job again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.jobs.queue import requeue
from backend.kernel.errors import Refusal


class Command(BaseCommand):
    """For the operator, once the cause of the failure is removed."""

    help = (
        "把失败的作业重新排队（先排除失败原因）；作业名见接口 /api/v1/jobs/ 或 run_month 的提示。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the argument."""
        parser.add_argument("key", help="作业名，如 payments.deliver/4")

    def handle(self, *args: Any, **options: Any) -> None:
        """Queue it."""
        try:
            job = requeue(key=options["key"])
        except Refusal as refusal:
            raise CommandError(refusal.detail, returncode=2) from refusal
        self.stdout.write(f"作业 {job.key} 已重新排队。")
