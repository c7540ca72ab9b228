"""``manage.py calculate NAME``: one pure calculator, JSON in and out (计算器)."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand

from backend.city.calculators.calculator import Calculator
from backend.city.calculators.kinds import InputInvalid
from backend.city.calculators.registry import calculator_of, described
from backend.kernel.errors import Refusal

REFUSED = 2
# Some readers take these for the end of a line; in JSON they stand in texts only.
LINE_ENDS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


class Command(BaseCommand):
    """Compute from standard input; it needs neither database nor server."""

    help = "按政策计算一项（从标准输入读 JSON）：--list 列出全部计算器和输入输出项。"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("name", nargs="?", help="计算器")
        parser.add_argument("--list", action="store_true", help="列出计算器及其输入输出项")
        parser.add_argument("--lines", action="store_true", help="每行一个 JSON，逐行作答")

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer; exit 2 when anything was refused."""
        if options["list"] or not options["name"]:
            self.stdout.write("\n".join(described()))
            return
        try:
            calculator = calculator_of(name=options["name"])
        except Refusal as refusal:
            self.stdout.write(_said(_refused(refusal)))
            sys.exit(REFUSED)
        given = sys.stdin.buffer
        texts: Iterable[bytes] = given if options["lines"] else (given.read(),)
        if sum(self._is_refused(calculator, text) for text in texts):
            sys.exit(REFUSED)

    def _is_refused(self, calculator: Calculator, text: bytes) -> bool:
        """Write one answer; tell whether it is a refusal."""
        try:
            said = calculator.answer(_parsed(text))
        except Refusal as refusal:
            self.stdout.write(_said(_refused(refusal)))
            return True
        self.stdout.write(_said(said))
        return False


def _parsed(text: bytes) -> object:
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):  # no UTF-8, no JSON, a number without end
        raise InputInvalid("输入不是正确的 JSON。") from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise InputInvalid("JSON 中同一输入项出现了两次。")
    return found


def _no_number(name: str) -> object:
    raise InputInvalid(f"{name} 不是数。")


def _refused(refusal: Refusal) -> dict[str, object]:
    return {"code": refusal.code, "detail": refusal.detail}


def _said(answer: dict[str, object]) -> str:
    text = json.dumps(answer, ensure_ascii=False)
    said = text.encode("utf-8", "replace").decode()  # half a character may have been given
    return said.translate(LINE_ENDS)
