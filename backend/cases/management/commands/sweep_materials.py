"""``manage.py sweep_materials [--remove]``: scans that no row names."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from backend.cases.materials.sweep import left_over, remove


class Command(BaseCommand):
    """For the operator: after a restore, look before anything is removed."""

    help = (
        "列出没有登记的材料影像（收取中断留下的，满一天的才算）；加 --remove 删除。"
        "恢复了较早备份的，先不要删除：较新的影像也没有登记。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the argument."""
        parser.add_argument("--remove", action="store_true", help="删除列出的影像")

    def handle(self, *args: Any, **options: Any) -> None:
        """List them, and remove them where that is asked."""
        names = left_over(now=timezone.now())
        for name in names:
            self.stdout.write(name)
        if options["remove"]:
            remove(names=names)
        done = "已删除" if options["remove"] else "没有登记"
        self.stdout.write(f"{done}的材料影像 {len(names)} 份。")
