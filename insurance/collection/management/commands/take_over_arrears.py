"""``manage.py take_over_arrears FOLDER``: take over what is open (接管欠费和未缴的应缴)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import localdate

from backend.feeds.refused import REFUSED, RefusedRow, refusal_sentence, write_report
from backend.feeds.signed import read_trusted
from backend.kernel.errors import Refusal
from insurance.collection.take_over import Taken, take_over


class Command(BaseCommand):
    """Take over a folder of files, whole or not at all."""

    help = "核对并接管旧系统的欠费和未缴的应缴；控制总数不符则一行也不接收（退出码2）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("folder", type=Path, help="文件夹，内有 manifest.json")
        parser.add_argument("--trust", type=Path, required=True, help="移交、接收双方的受信公钥")
        parser.add_argument("--report", type=Path, help="把不予接收的行写入这个 CSV 文件")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take over; say what was taken, or where and why not."""
        refused: list[RefusedRow] = []
        taken = None
        try:
            trusted = read_trusted(options["trust"])
            taken = take_over(folder=options["folder"], trusted=trusted, refused=refused)
        except Refusal as refusal:
            raise CommandError(
                f"未接收：{refusal_sentence(refusal)}", returncode=REFUSED
            ) from refusal
        finally:
            # The report of the call that took the baseline stays when it is called again.
            if options["report"] and not (taken and taken.already):
                write_report(path=options["report"], rows=refused)
        self.stdout.write(_sentence(taken, len(refused)))


def _sentence(taken: Taken, refused: int) -> str:
    if taken.already:
        return f"此基线已于 {localdate(taken.baseline.taken_at)} 接管，未再写入。"
    return f"已接管：欠缴{taken.rows}行；未接收{refused}行。"
