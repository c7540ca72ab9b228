"""``manage.py demo_login``: names, passwords and codes of the demo city's staff (演示登录)."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.access.models import Role
from backend.city.demo_logins import demo_logins
from backend.city.demo_staff import office_file
from backend.kernel.errors import Refusal


class Command(BaseCommand):
    """Print what to type on the page that logs in."""

    help = "只限演示库：打印演示人员的用户名、密码和现在可用的动态口令（半分钟内有效）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("role", nargs="?", default="", choices=["", *Role.values])

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each."""
        try:
            found = demo_logins(office=office_file(), role=options["role"], seconds=time.time())
        except Refusal as refusal:
            raise CommandError(f"{refusal.detail}[{refusal.code}]") from None
        for one in found:
            code = one.code or "本分钟的已用完，请稍后再试"
            self.stdout.write(f"{one.username}\t{one.password}\t{code}\t{one.roles}")
