"""``manage.py import_enrolments FILE``: take in a roster, a roll or wages (导入参保文件).

It stands with the benefits, for they know what rests on the months of leavers.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backend.feeds.refused import REFUSED, RefusedRow, refusal_sentence, write_report
from backend.kernel.errors import Refusal
from insurance.benefits.refund_check import rests_on
from insurance.enrolment.files import take_file


class Command(BaseCommand):
    """Take in one file, whole or not at all."""

    help = "导入增减员文件、居民缴费名册或缴费工资申报表：有一行不合格则整份拒收（退出码2）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("path", type=Path, help="说明文件（.json，同名 .csv 在旁）或 .xlsx")
        parser.add_argument("--report", type=Path, help="把不合格的行写入这个 CSV 文件")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take in; say what was taken, or where and why not."""
        refused: list[RefusedRow] = []
        try:
            file = take_file(
                path=options["path"],
                today=timezone.localdate(),
                refused=refused,
                blockers=(rests_on,),
            )
        except Refusal as refusal:
            raise CommandError(f"未接收：{refusal_sentence(refusal)}", returncode=REFUSED) from None
        if options["report"] and not file.accepted:
            write_report(path=options["report"], rows=refused)
        if not file.accepted:
            where = f"第{file.line}行：" if file.line else ""
            raise CommandError(f"未接收：{where}{file.detail}[{file.code}]", returncode=REFUSED)
        self.stdout.write(f"已接收 {file.name}：{file.row_count}行（编号{file.pk}）。")
