"""``manage.py replay_batch``: reckon a sealed batch again, to the fen and the byte."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from backend.audit.record import record
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from insurance.benefits.models import Run
from insurance.benefits.replay import find_lines
from payments.batches import LINES
from payments.models import Batch, BatchKind, BatchState
from payments.replay import Replay, replay

FACTS, ROWS = "facts", "lines"


class Command(BaseCommand):
    """Exit 0 when the batch is what was signed and sent, 1 when it is not, 2 without one."""

    help = (
        "重算一个已封存的批次：月度批次从当时已知的事实重新算出每一笔（facts），其他批次从明细"
        "（lines）；与封存时的摘要、报盘文件的字节比对。印一行 JSON，一致时退出码 0，不一致 1。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("batch", help="批次的编号或批次号")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write nothing but that it was looked at."""
        batch = _batch_of(options["batch"])
        regular = batch.kind == BatchKind.REGULAR
        try:
            with transaction.atomic():
                found = replay(batch=batch, lines=find_lines(batch=batch) if regular else LINES)
                record(
                    name="payments.replayed",
                    subject_kind="payments.batch",
                    subject_id=str(batch.pk),
                    details={"agrees": found.agrees_with(batch)},
                )
        except Refusal as refusal:
            raise CommandError(str(refusal), returncode=2) from None
        self.stdout.write(json.dumps(_told(batch, found), ensure_ascii=False))
        if not found.agrees_with(batch):
            self.stderr.write(found.difference or "批次的内容与封存时的摘要不符。")
            sys.exit(1)


def _batch_of(asked: str) -> Batch:
    known = Batch.objects.filter(no=asked)
    if asked.isascii() and asked.isdigit():
        known = Batch.objects.filter(pk=asked)
    batch = known.first()
    if batch is None:
        raise CommandError(f"没有批次 {asked}。", returncode=2)
    if batch.sealed_at is None or batch.state == BatchState.EMPTY:
        raise CommandError(
            f"批次 {batch.no} 现为“{batch.get_state_display()}”，没有可以重算的。", returncode=2
        )
    return batch


def _told(batch: Batch, found: Replay) -> dict[str, Any]:
    run = Run.objects.filter(period=batch.period).first()
    return {
        "batch": batch.no,
        "from": FACTS if batch.kind == BatchKind.REGULAR else ROWS,
        "policy_version": run.policy_version if run and batch.kind == BatchKind.REGULAR else "",
        "lines": [batch.line_count, found.line_count],
        "yuan": [str(Money(batch.fen)), str(Money(found.fen))],
        "digest": [batch.digest, found.digest],
        "file_sha256": [found.committed_sha256, found.sha256],
        "agrees": found.agrees_with(batch),
    }
