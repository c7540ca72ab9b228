"""``manage.py import_tax_file FILE.json``: take a file of the tax bureau in (导入税务文件)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backend.feeds.refused import REFUSED, RefusedRow, refusal_sentence, write_report
from backend.kernel.errors import Refusal
from insurance.collection.tax.tax_files import take_file


class Command(BaseCommand):
    """Take in one file, whole or not at all."""

    help = "导入申报明细、入库明细或国库划转：整份接收，有一行不合格则整份拒收（退出码2）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("path", type=Path, help="说明文件（.json），同名 .csv 在同一文件夹")
        parser.add_argument("--report", type=Path, help="把不合格的行写入这个 CSV 文件")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take in; say what was taken, or where and why not."""
        refused: list[RefusedRow] = []
        try:
            file = take_file(path=options["path"], today=timezone.localdate(), refused=refused)
        except Refusal as refusal:
            raise CommandError(f"未接收：{refusal_sentence(refusal)}", returncode=REFUSED) from None
        if options["report"] and not file.accepted:
            write_report(path=options["report"], rows=refused)
        if not file.accepted:
            where = f"第{file.line}行：" if file.line else ""
            raise CommandError(f"未接收：{where}{file.detail}[{file.code}]", returncode=REFUSED)
        self.stdout.write(f"已接收 {file.name}：{file.row_count}行（编号{file.pk}）。")
