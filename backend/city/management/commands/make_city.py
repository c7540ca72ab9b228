"""``manage.py make_city``: write the files of the demo city (生成演示城市文件)."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from backend.city.make.city import LEAST_CITY, make_city
from backend.kernel.errors import Refusal
from backend.kernel.months import Month

FIRST_PERIOD = "2026-11"


class Command(BaseCommand):
    """Write the demo city once; a city of other people is only replaced with ``--fresh``."""

    help = "在 var/city/ 写出演示城市的全部文件:旧系统基线、机构与人员、每月死亡比对。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--people", type=int, default=10_000, help="居民人数")
        parser.add_argument("--seed", type=int, default=1, help="随机种子")
        parser.add_argument(
            "--folder", type=Path, default=Path(settings.VAR_DIR) / "city", help="写到哪里"
        )
        parser.add_argument("--first-period", default=FIRST_PERIOD, help="首个发放月份")
        parser.add_argument("--payees-only", action="store_true", help="人人领养老金(测速用)")
        parser.add_argument("--fresh", action="store_true", help="替换已有的另一座演示城市")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the city, or say that it is there already."""
        folder: Path = options["folder"]
        try:
            first_period = Month.parse(options["first_period"])
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        wanted = {
            "people": options["people"],
            "seed": options["seed"],
            "first_period": str(first_period),
            "payees_only": options["payees_only"],
        }
        if options["people"] < LEAST_CITY:
            raise CommandError(f"演示城市至少要有{LEAST_CITY}人。")
        if not options["fresh"] and self._stands(folder / "city.json", wanted):
            return
        summary = make_city(
            folder=folder,
            people=options["people"],
            seed=options["seed"],
            first_period=first_period,
            payees_only=options["payees_only"],
        )
        counts = json.dumps(summary["counts"], ensure_ascii=False)
        self.stdout.write(f"演示城市已写入 {folder}:{options['people']}人,{counts}")

    def _stands(self, path: Path, wanted: dict[str, object]) -> bool:
        """Whether the wanted city is there; refuses to replace another one."""
        if not path.exists():
            return False
        found = json.loads(path.read_text(encoding="utf-8"))
        if any(found.get(key) != value for key, value in wanted.items()):
            raise CommandError(
                f"{path.parent} 里已有另一座演示城市"
                f"({found.get('people')}人,种子{found.get('seed')},首月{found.get('first_period')});"
                "要替换请加 --fresh。"
            )
        self.stdout.write(f"演示城市已在 {path.parent}({found.get('people')}人),不再重写。")
        return True
