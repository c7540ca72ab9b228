"""Let the office move into the demo city: all that is done once, and again without effect."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

TAKEN_OVER = {  # command → the folder handed over, and how its report is named
    "take_over": ("baseline", "refused.csv"),
    "take_over_enrolment": ("enrolment-baseline", "refused-enrolment.csv"),
    "take_over_accounts": ("account-baseline", "refused-accounts.csv"),
    "take_over_arrears": ("arrears-baseline", "refused-arrears.csv"),
}


class Command(BaseCommand):
    """One process for what comes before the first month: so a second start takes seconds."""

    help = "演示城市：登记机构，接管旧系统交来的四份基线，登记人员，发演示卡；已办过的不再办。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the city's files are."""
        parser.add_argument("--folder", type=Path, default=Path(settings.VAR_DIR) / "city")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        """Do it in order; the first command that refuses ends it, with its own code."""
        office = ("--office", str(folder / "office.json"))
        call_command("set_up_office", *office, "--agencies-only", stdout=self.stdout)
        for command, (handed_over, report) in TAKEN_OVER.items():
            call_command(
                command,
                str(folder / handed_over),
                *("--trust", str(folder / "keys.json"), "--report", str(folder / report)),
                stdout=self.stdout,
            )
        call_command("set_up_office", *office, stdout=self.stdout)
        call_command("issue_demo_cards", stdout=self.stdout)
