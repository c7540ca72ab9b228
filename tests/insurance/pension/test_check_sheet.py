"""What is there, missing and in doubt before somebody retires (退休预审核对表)."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from backend.kernel.months import Month
from insurance.pension.check_sheet import Item, Known, Look, check_sheet
from insurance.pension.check_sheet_of import check_sheet_of
from tests import builders
from tests.insurance.benefits import month_builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.pension import pension_builders as p

ALL_THERE = Known(
    birth_month=Month(1966, 3),
    id_month=Month(1966, 3),
    deemed_months=100,
    months_here=80,
    months_least=180,
    past_age=False,
    enrolled_before=None,
    open_months=(),
    difference_months=(),
    account_fen=1,
    has_payee_account=True,
    special_work=False,
    approval_no="演退审〔2026〕1号",
    other_schemes=(),
    doubly_changed=False,
)


def looks(items: tuple[Item, ...]) -> dict[str, Look]:
    return {item.code: item.look for item in items}


def test_where_all_is_there_nothing_is_asked_for() -> None:
    assert set(looks(check_sheet(known=ALL_THERE)).values()) == {Look.THERE}


@pytest.mark.parametrize(
    ("change", "code", "look"),
    [
        ({"birth_month": None}, "ARCHIVE", Look.MISSING),
        ({"months_here": 79}, "MONTHS", Look.MISSING),
        ({"enrolled_before": Month(2010, 1)}, "MONTHS", Look.DOUBT),
        ({"open_months": (Month(2026, 9),)}, "OPEN_MONTHS", Look.MISSING),
        ({"difference_months": (Month(2026, 8),)}, "OPEN_MONTHS", Look.DOUBT),
        ({"account_fen": 0}, "ACCOUNT", Look.MISSING),
        ({"has_payee_account": False}, "PAYEE_ACCOUNT", Look.MISSING),
        ({"other_schemes": ("居民养老待遇",)}, "OTHER_SCHEMES", Look.DOUBT),
        ({"doubly_changed": True}, "DOUBLE_CHANGE", Look.DOUBT),
        ({"special_work": True}, "PUBLIC_NOTICE", Look.DOUBT),
        ({"approval_no": ""}, "APPROVAL", Look.MISSING),
    ],
)
def test_what_is_not_there_is_said(change: dict[str, Any], code: str, look: Look) -> None:
    found = looks(check_sheet(known=replace(ALL_THERE, **change)))

    assert {key: value for key, value in found.items() if value is not Look.THERE} == {code: look}


def test_both_birth_months_are_told() -> None:
    item = check_sheet(known=replace(ALL_THERE, id_month=Month(1966, 5)))[0]

    assert item.detail == "认定出生年月 1966-03，与证件的 1966-05 不一致，以认定为准。"


def test_who_is_past_the_age_and_short_of_months_may_pay_on() -> None:
    short = replace(ALL_THERE, months_here=79)

    before, past = (check_sheet(known=replace(short, past_age=past))[1] for past in (False, True))

    assert before.detail.endswith("须满 180。")
    assert past.detail.endswith("可以延长缴费，缴满以后退休。")


@pytest.mark.django_db
def test_of_a_man_who_retires_what_the_registers_say() -> None:
    man = p.man()
    of.enrolment(person_id=man.pk, valid=of.months("2010-01"))
    p.recognise()

    found = looks(check_sheet_of(person=man, region="340800", now=builders.NOW))

    assert found == {
        "ARCHIVE": Look.THERE,
        "MONTHS": Look.DOUBT,
        "OPEN_MONTHS": Look.THERE,
        "AWARD_PLACE": Look.THERE,
        "ACCOUNT": Look.MISSING,
        "PAYEE_ACCOUNT": Look.MISSING,
        "OTHER_SCHEMES": Look.THERE,
        "DOUBLE_CHANGE": Look.THERE,
        "APPROVAL": Look.MISSING,
    }


@pytest.mark.django_db
def test_a_resident_pension_is_in_doubt() -> None:
    month_builders.entitlement(of=p.man())

    items = check_sheet_of(person=p.man(), region="340800", now=builders.NOW)

    (item,) = (one for one in items if one.code == "OTHER_SCHEMES")
    assert (item.look, item.detail) == (Look.DOUBT, "还有 居民养老待遇，须先清理。")


@pytest.mark.django_db
def test_the_sheet_is_shown() -> None:
    client = Client()
    client.force_login(builders.member(role="CLERK").staff)

    shown = client.get(f"/api/v1/persons/{p.man().pk}/retirement-check/").json()

    assert shown[0]["code"] == "ARCHIVE"
    assert shown[0]["look_label"] == "缺少"
    assert client.get("/api/v1/persons/1/retirement-check/").status_code == 404
