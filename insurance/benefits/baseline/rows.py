"""The rows of a baseline (基线各文件的行): pure checks, row by row, into COPY's text form.

Each check takes the fields of one row and gives the columns of its staging table, or refuses the
row by ``RowRefused``. What needs other rows is checked in SQL (``cross_checks``).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from backend.feeds import fields as f
from backend.feeds.fields import NULL, RowRefused
from backend.kernel.errors import Refusal
from backend.kernel.identity import IdKind, credit_code
from backend.kernel.months import Month
from backend.kernel.names import search_form
from backend.people.deaths import SOURCES
from backend.people.register import organisation_name
from insurance.benefits.items import item_ordinals
from payments.account import Account, AccountInvalid, checked_account

ID_KINDS = frozenset(kind.value for kind in IdKind)
ORGANISATION_KINDS = frozenset({"EMPLOYER", "VILLAGE", "INSTITUTION"})
COMPONENTS = frozenset(component for _, component in item_ordinals())
SCHEMES = frozenset(scheme for scheme, _ in item_ordinals())
STANDINGS = frozenset({"BASELINE", "UNVERIFIED"})
HOLD_REASONS = frozenset({"CHECK_MISSED", "SUSPENDED", "IN_PRISON"})
DEATH_SOURCES = frozenset(SOURCES)
SEXES = frozenset({"1", "2"})
NATIONS = frozenset(f"{code:02d}" for code in (*range(1, 57), 97, 98))

_division = re.compile("[1-9][0-9]{11}", re.ASCII).fullmatch
_district = re.compile("[1-9][0-9]{5}", re.ASCII).fullmatch
_folds_to_itself = re.compile("[\u4e00-\u9fa5]*").fullmatch

Row = list[str]
Columns = tuple[str, ...]


@dataclass(frozen=True)
class Frame:
    """What rows are judged by: the day of extraction, our first month, the mark 演示."""

    extracted_on: date
    first_period: Month
    demo: bool


def organisation(row: Row, frame: Frame) -> Columns:
    """An employer, village or institution; only villages have no credit code."""
    number, name, code, kind, district = row
    f.old_id(number, "old_id")
    f.one_of(kind, ORGANISATION_KINDS, "kind", "单位类别")
    try:
        name = organisation_name(name)
    except Refusal as refusal:
        raise RowRefused(refusal.detail, column="name", value=name, code=refusal.code) from None
    if kind == "VILLAGE":
        if code:
            raise RowRefused("村(社区)没有统一社会信用代码。", column="credit_code", value=code)
        if _division(district) is None:
            raise RowRefused("村(社区)应有12位区划代码。", column="district", value=district)
        return number, f.escaped(name), f.escaped(search_form(name)), NULL, kind, district
    try:
        code = credit_code(code)
    except Refusal as refusal:
        raise RowRefused(
            refusal.detail, column="credit_code", value=code, code=refusal.code
        ) from None
    _six_digits(district)
    return number, f.escaped(name), f.escaped(search_form(name)), code, kind, district


def person(row: Row, frame: Frame) -> Columns:
    """A natural person; 15 digits become 18."""
    number, name, kind, id_number, birth, sex, nation, district, village = row
    f.old_id(number, "old_id")
    name = f.name_of_person(name)
    f.one_of(kind, ID_KINDS, "id_kind", "证件种类")
    f.past_day(birth, "birth_date", frame.extracted_on)
    f.one_of(sex, SEXES, "sex", "性别代码")
    id_number = f.number_of_person(
        kind=kind, number=id_number, birth=birth, sex=sex, on=frame.extracted_on
    )
    f.one_of(nation, NATIONS, "nation", "民族代码")
    _six_digits(district)
    if village:
        f.old_id(village, "village")
    found_by = name if _folds_to_itself(name) is not None else search_form(name)
    return (number, name, found_by, kind, id_number, birth, sex, nation, district, village or NULL)


def entitlement(row: Row, frame: Frame) -> Columns:
    """A pension in payment; the old system must not have paid the first period yet."""
    number, owner, scheme, start, paid, months = row
    f.old_id(number, "old_id")
    f.old_id(owner, "person")
    f.one_of(scheme, SCHEMES, "scheme", "险种")
    start_month, paid_through = f.month(start, "start_month"), f.month(paid, "paid_through")
    if paid_through >= frame.first_period.first_day.isoformat():
        raise RowRefused(
            "原系统已发到接管首月或以后，接管会重复发放。", column="paid_through", value=paid
        )
    return number, owner, scheme, start_month, paid_through, f.month_count(months, "paid_months")


def component(row: Row, frame: Frame) -> Columns:
    """A monthly amount of a pension, by whole months."""
    owner, code, start, end, amount, standing = row
    f.old_id(owner, "entitlement")
    f.one_of(code, COMPONENTS, "component", "待遇项目")
    months = f.month_range(start, end)
    f.one_of(standing, STANDINGS, "standing", "依据状态")
    return owner, code, months, f.fen(amount), standing


def account(row: Row, frame: Frame) -> Columns:
    """A payee's bank account in time."""
    owner, bank, number, holder, start, end = row
    f.old_id(owner, "person")
    paid_to = _account(bank=bank, number=number, holder=holder, frame=frame)
    held_as = f.escaped(paid_to.holder_name)
    return owner, paid_to.bank, paid_to.account_no, held_as, f.day_range(start, end)


def hold(row: Row, frame: Frame) -> Columns:
    """A reason not to pay out for a time."""
    owner, reason, start, note = row
    f.old_id(owner, "entitlement")
    f.one_of(reason, HOLD_REASONS, "reason", "暂缓原因")
    return owner, reason, f.month_range(start, ""), f.remark(note, "note")


def death(row: Row, frame: Frame) -> Columns:
    """A death that the old system knows."""
    owner, died, source = row
    f.old_id(owner, "person")
    f.past_day(died, "death_date", frame.extracted_on)
    f.one_of(source, DEATH_SOURCES, "source", "死亡信息来源")
    return owner, died, source


CHECKS: Mapping[str, Callable[[Row, Frame], Columns]] = {
    "organisations": organisation,
    "persons": person,
    "entitlements": entitlement,
    "components": component,
    "accounts": account,
    "holds": hold,
    "deaths": death,
}


def _six_digits(district: str) -> None:
    if _district(district) is None:
        raise RowRefused("行政区划应为6位代码。", column="district", value=district)


def _account(*, bank: str, number: str, holder: str, frame: Frame) -> Account:
    """An account that its bank's file can carry; whether it exists only the bank knows."""
    try:
        return checked_account(
            bank=bank,
            account_no=number,
            holder_name=holder,
            on=frame.extracted_on,
            demo=frame.demo,
        )
    except AccountInvalid as refusal:
        column = str(refusal.facts["field"])
        value = {"bank": bank, "account_no": number, "holder_name": holder}[column]
        raise RowRefused(refusal.detail, column=column, value=value, code=refusal.code) from None
