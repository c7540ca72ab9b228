"""A command that takes a signed folder over (接管): whole or not at all, with a report of the rows
that are left out."""

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import localdate

from backend.feeds.refused import REFUSED, RefusedRow, refusal_sentence, write_report
from backend.feeds.signed import read_trusted
from backend.kernel.errors import Refusal


class Taken(Protocol):
    """What a take-over wrote; nothing when it had been taken ``already``."""

    @property
    def baseline(self) -> Any:
        """The row of the baseline, taken now or before; it has ``taken_at``."""

    @property
    def already(self) -> bool:
        """Whether it was taken before."""


T = TypeVar("T", bound=Taken)


class TakeOverCommand(BaseCommand, ABC, Generic[T]):
    """``manage.py NAME FOLDER --trust FILE [--report FILE]``; exit 2 when nothing is taken."""

    @abstractmethod
    def take_over(
        self, *, folder: Path, trusted: Mapping[str, str], refused: list[RefusedRow]
    ) -> T:
        """Take over; ``refused`` gathers the rows that are left out."""

    @abstractmethod
    def counted(self, taken: T) -> str:
        """Say in words how many rows were taken."""

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
            taken = self.take_over(folder=options["folder"], trusted=trusted, refused=refused)
        except Refusal as refusal:
            raise CommandError(
                f"未接收：{refusal_sentence(refusal)}", returncode=REFUSED
            ) from refusal
        finally:
            # The report of the call that took the baseline stays when it is called again.
            if options["report"] and not (taken and taken.already):
                write_report(path=options["report"], rows=refused)
        if taken.already:
            self.stdout.write(f"此基线已于 {localdate(taken.baseline.taken_at)} 接管，未再写入。")
        else:
            self.stdout.write(f"已接管：{self.counted(taken)}；未接收{len(refused)}行。")
