"""``manage.py set_up_office``: open agencies, halls and accounts of staff (开通机构人员)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backend.city.office import set_up_office
from backend.kernel.errors import Refusal


class Command(BaseCommand):
    """Read the office file; what is there already stays as it is."""

    help = (
        "按机构人员文件开通经办机构、大厅、工作人员账号、签名密钥和岗位；"
        "可重复执行，正式库的人员只能开通一次。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--office",
            type=Path,
            default=Path(settings.VAR_DIR) / "city" / "office.json",
            help="机构人员文件",
        )
        parser.add_argument(
            "--agencies-only", action="store_true", help="只开通机构和大厅（接管基线之前）"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Set the office up and say what was new."""
        try:
            made = set_up_office(
                path=options["office"],
                now=timezone.now(),
                with_staff=not options["agencies_only"],
            )
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(
            f"机构{made.agencies}个，大厅{made.halls}个，人员{made.staff}名，岗位{made.roles}个（新增）。"
        )
