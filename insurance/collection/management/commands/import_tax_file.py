"""``manage.py import_tax_file FILE.json``: take a file of the tax bureau in (导入税务文件)."""

from pathlib import Path

from django.utils import timezone

from backend.feeds.refused import RefusedRow
from backend.taking_in import CameIn, TakeInCommand
from insurance.collection.tax.tax_files import take_file


class Command(TakeInCommand):
    """Take in one file, whole or not at all."""

    help = "导入申报明细、入库明细或国库划转：整份接收，有一行不合格则整份拒收（退出码2）。"

    def take_in(self, *, path: Path, refused: list[RefusedRow]) -> CameIn:
        """As ``take_file``."""
        return take_file(path=path, today=timezone.localdate(), refused=refused)
