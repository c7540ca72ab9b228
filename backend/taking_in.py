"""A command that takes one file in (导入): whole or not at all, with a report of what stands in its
way."""

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Protocol

from django.core.management.base import BaseCommand, CommandError

from backend.feeds.refused import REFUSED, RefusedRow, refusal_sentence, write_report
from backend.kernel.errors import Refusal


class CameIn(Protocol):
    """The record of a file, taken or refused."""

    pk: Any
    name: Any
    accepted: Any
    row_count: Any
    line: Any
    detail: Any
    code: Any


class TakeInCommand(BaseCommand, ABC):
    """``manage.py NAME FILE [--report FILE]``; exit 2 when nothing is taken."""

    path_help = "说明文件（.json），同名 .csv 在同一文件夹"

    @abstractmethod
    def take_in(self, *, path: Path, refused: list[RefusedRow]) -> CameIn:
        """Take in; ``refused`` gathers the rows that can not be taken."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("path", type=Path, help=self.path_help)
        parser.add_argument("--report", type=Path, help="把不合格的行写入这个 CSV 文件")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take in; say what was taken, or where and why not."""
        refused: list[RefusedRow] = []
        try:
            file = self.take_in(path=options["path"], refused=refused)
        except Refusal as refusal:
            raise CommandError(f"未接收：{refusal_sentence(refusal)}", returncode=REFUSED) from None
        if options["report"] and not file.accepted:
            write_report(path=options["report"], rows=refused)
        if not file.accepted:
            where = f"第{file.line}行：" if file.line else ""
            raise CommandError(f"未接收：{where}{file.detail}[{file.code}]", returncode=REFUSED)
        self.stdout.write(f"已接收 {file.name}：{file.row_count}行（编号{file.pk}）。")
