"""``manage.py describe_policy``: write what the parameters say to docs/policy (政策参数目录)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from insurance.policy import parameters
from insurance.policy.pages import pages


class Command(BaseCommand):
    """Write the pages, or tell which are not what would be written; it needs no database."""

    help = "把政策参数写成目录 docs/policy；--check 只检查目录是否与参数一致（不一致时退出码1）。"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--check", action="store_true", help="只检查，不写")
        parser.add_argument(
            "--folder", type=Path, default=settings.BASE_DIR / "docs" / "policy", help="写到哪里"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write; with ``--check`` fail where a page differs, is missing or is too many."""
        folder: Path = options["folder"]
        wanted = pages(tree=parameters.load())
        found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
        stale = sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))
        if options["check"]:
            if stale:
                raise CommandError(
                    f"政策参数目录与参数不一致：{'、'.join(stale)}。"
                    "请执行 manage.py describe_policy。"
                )
            return
        folder.mkdir(parents=True, exist_ok=True)
        for name in stale:
            if name in wanted:
                (folder / name).write_text(wanted[name], encoding="utf-8")
            else:
                (folder / name).unlink()
        self.stdout.write(f"共 {len(wanted)} 页，改动 {len(stale)} 页。")
