"""``manage.py import_death_match FILE.json``: import a month's death match (导入死亡比对)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.feeds.refused import REFUSED, refusal_sentence, write_report
from backend.kernel.errors import Refusal
from insurance.benefits.death_match import import_death_match


class Command(BaseCommand):
    """Import one month's file, whole or not at all."""

    help = "导入公安、民政月度死亡比对：新发现的死亡立案待核，待遇先暂缓（被拒时退出码2）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("path", type=Path, help="说明文件（.json），同名 .csv 在同一文件夹")
        parser.add_argument("--report", type=Path, help="把须人工查看的行写入这个 CSV 文件")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import; say what was found, or where and why not."""
        try:
            found = import_death_match(path=options["path"])
        except Refusal as refusal:
            raise CommandError(
                f"未导入：{refusal_sentence(refusal)}", returncode=REFUSED
            ) from refusal
        if found.already:
            self.stdout.write(f"{found.month} 的这份死亡比对已导入过，未再写入。")
            return
        if options["report"]:
            write_report(path=options["report"], rows=found.listed)
        self.stdout.write(
            f"{found.month} 死亡比对{found.told}条：新立案{found.reported}，"
            f"原已登记{found.known_dead}，须人工查看{len(found.listed)}。"
        )
        for row in found.listed:
            self.stdout.write(f"  第{row.line}行 {row.shown} {row.reason}")
