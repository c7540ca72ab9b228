"""``manage.py import_enrolments FILE``: take in a roster, a roll or wages (导入参保文件).

It stands with the benefits, for they know who draws a pension, and what rests on
the months of leavers.
"""

from pathlib import Path

from django.utils import timezone

from backend.feeds.refused import RefusedRow
from backend.taking_in import CameIn, TakeInCommand
from insurance.benefits.pensions_drawn import pensions_drawn
from insurance.benefits.refund_check import rests_on
from insurance.enrolment.files import take_file


class Command(TakeInCommand):
    """Take in one file, whole or not at all."""

    help = "导入增减员文件、居民缴费名册或缴费工资申报表：有一行不合格则整份拒收（退出码2）。"
    path_help = "说明文件（.json，同名 .csv 在旁）或 .xlsx"

    def take_in(self, *, path: Path, refused: list[RefusedRow]) -> CameIn:
        """As ``take_file``."""
        return take_file(
            path=path,
            today=timezone.localdate(),
            refused=refused,
            blockers=(rests_on,),
            pensions=pensions_drawn,
        )
