"""What an input of a calculator may be (输入项的种类): read strictly, refused in words. Pure."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month

RATIO = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,12})?", re.ASCII)
AGE = re.compile(r"([0-9]{1,3})y([0-9]{1,2})m", re.ASCII)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
REGION = re.compile(r"[0-9]{6}", re.ASCII)
TEXT_MAX = 64
SHOWN = 40


class InputInvalid(Refusal):
    """An input is missing, unknown, or not of its kind (输入不正确)."""

    code = "input_invalid"


@dataclass(frozen=True)
class Kind:
    """How an input is written, and how it is read."""

    about: str
    read: Callable[[object], Any]


def wrong(why: str, given: object) -> InputInvalid:
    """Refuse a value in words."""
    shown = _shown(given)[:SHOWN]
    return InputInvalid(f"{why}，现在是“{shown}”。", given=shown)


def _shown(given: object) -> str:
    """As it was typed: what is no text as the JSON that it was."""
    if given is None or isinstance(given, bool | list | dict):
        return json.dumps(given, ensure_ascii=False)
    return str(given)


def _money(given: object) -> Money:
    """An amount that is not below zero."""
    amount = Money.yuan(given)
    if amount.fen < 0:
        raise wrong("金额不能是负数", given)
    return amount


def _ratio(given: object) -> Decimal:
    if not isinstance(given, str) or not RATIO.fullmatch(given):
        raise wrong("比例或指数应为半角数字的文本，例如 0.0397", given)
    return Decimal(given)


def _day(given: object) -> date:
    if not isinstance(given, str) or not DAY.fullmatch(given):
        raise wrong("日期应为 2026-11-05 这样的文本", given)
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise wrong("没有这一天", given) from None
    Month.of(day)
    return day


def _age(given: object) -> int:
    """An age in whole months."""
    found = AGE.fullmatch(given) if isinstance(given, str) else None
    if found is None or int(found[2]) > 11:
        raise wrong("年龄应写作 60y3m 这样的文本，月数 0 至 11", given)
    return int(found[1]) * 12 + int(found[2])


def _region(given: object) -> str:
    if not isinstance(given, str) or not REGION.fullmatch(given):
        raise wrong("地区应为六位代码，例如 340800", given)
    return given


def _text(given: object) -> str:
    if not isinstance(given, str) or len(given) > TEXT_MAX:
        raise wrong(f"应为不超过 {TEXT_MAX} 个字的文本", given)
    return given


def _number(given: object) -> str:
    """A number of a paper as it was typed: what is wrong with it otherwise is an answer."""
    text = _text(given)
    if not text.isascii():
        raise wrong("号码应为半角的数字、字母", given)
    return text


MONEY = Kind('金额（元，文本，例如 "4311.00"）', _money)
RATIO_TEXT = Kind('比例或指数（文本，例如 "1.2345"）', _ratio)
MONTH = Kind('年月（例如 "2026-11"）', Month.parse)
DATE = Kind('日期（例如 "2026-11-05"）', _day)
AGE_TEXT = Kind('年龄（例如 "60y3m"，整岁写作 "60y0m"）', _age)
REGION_CODE = Kind('地区代码（六位，例如 "340800"）', _region)
PAPER_NUMBER = Kind("号码（半角）", _number)


def whole(least: int, most: int) -> Kind:
    """A whole number between two bounds."""

    def read(given: object) -> int:
        if type(given) is not int or not least <= given <= most:
            raise wrong(f"应为 {least} 至 {most} 的整数", given)
        return given

    return Kind(f"整数（{least} 至 {most}）", read)


def choice(*choices: str) -> Kind:
    """One of some words."""

    def read(given: object) -> str:
        if not isinstance(given, str) or given not in choices:
            raise wrong(f"应为 {'、'.join(choices)} 之一", given)
        return given

    return Kind(f"{' / '.join(choices)} 之一", read)


def table(about: str, key: Callable[[str], Any], kind: Kind) -> Kind:
    """Some named values: the names are read by ``key``, each value by ``kind``."""

    def read(given: object) -> dict[Any, Any]:
        if not isinstance(given, Mapping):
            raise wrong("应为 JSON 对象", given)
        return {key(name): kind.read(value) for name, value in given.items()}

    return Kind(about, read)


def record(about: str, kinds: Mapping[str, Kind]) -> Kind:
    """An object of exactly these names."""

    def read(given: object) -> dict[str, Any]:
        if not isinstance(given, Mapping) or set(given) != set(kinds):
            raise wrong(f"应为恰有 {'、'.join(kinds)} 的 JSON 对象", given)
        return {name: kind.read(given[name]) for name, kind in kinds.items()}

    return Kind(about, read)


def listed(about: str, kind: Kind, most: int) -> Kind:
    """A list of at most so many values of a kind."""

    def read(given: object) -> list[Any]:
        if not isinstance(given, list) or len(given) > most:
            raise wrong(f"应为至多 {most} 项的 JSON 列表", given)
        return [kind.read(value) for value in given]

    return Kind(about, read)
