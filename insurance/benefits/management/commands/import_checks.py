"""``manage.py import_checks FILE.json``: import proofs of life (导入资格认证文件)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backend.feeds.refused import REFUSED, refusal_sentence, write_report
from backend.kernel.errors import Refusal
from insurance.benefits.checks.intake import take_checks
from insurance.benefits.checks.models import CheckFileKind


class Command(BaseCommand):
    """Import one file, whole or not at all."""

    help = "导入资格认证数据比对或村（社区）上门签字名单（被拒时退出码2）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("path", type=Path, help="说明文件（.json），同名 .csv 在同一文件夹")
        parser.add_argument("--report", type=Path, help="把须人工查看的行写入这个 CSV 文件")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import; say what was found, or where and why not."""
        try:
            taken = take_checks(path=options["path"], today=timezone.localdate())
        except Refusal as refusal:
            raise CommandError(
                f"未导入：{refusal_sentence(refusal)}", returncode=REFUSED
            ) from refusal
        if taken.already:
            self.stdout.write(f"{taken.file.name} 已导入过，未再写入。")
            return
        if options["report"]:
            write_report(path=options["report"], rows=taken.lines)
        left = "未比对上" if taken.file.kind == CheckFileKind.MATCH else "列入签字名单"
        self.stdout.write(
            f"{taken.file.get_kind_display()}{taken.file.row_count}条：新认证{taken.proven}，"
            f"待确认恢复{taken.held}，{left}{taken.left}，须人工查看{len(taken.lines)}。"
        )
        for row in taken.lines:
            self.stdout.write(f"  第{row.line}行 {row.shown} {row.reason}")
