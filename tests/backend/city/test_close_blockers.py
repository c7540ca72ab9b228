"""A month of books stays open until it is over, paid, and its money is known (结账的前提)."""

from datetime import date
from typing import Any

import pytest
from django.urls import resolve

from backend.city import close_blockers, gates
from backend.city.close_blockers import month_blockers
from backend.city.gates import Gate
from backend.kernel.months import Month
from insurance.collection.models import TaxFile, TaxFileKind
from payments.balance_signing import balance_blockers
from payments.reconcile import close_blockers as batch_blockers
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, NOVEMBER, OCTOBER

pytestmark = pytest.mark.django_db


def told(period: Month, *, scheme: str = "170") -> list[str]:
    return month_blockers(book_id=m.office().book(scheme).pk, month=period.first_day)


def test_a_month_is_not_closed_before_it_is_paid() -> None:
    m.entitlement()
    m.opened(NOVEMBER)

    assert told(NOVEMBER) == ["2026-11 的待遇尚未封存"]

    m.sealed(NOVEMBER)
    assert told(NOVEMBER) == []
    assert told(DECEMBER) == ["2026-12 的待遇尚未封存"]


def test_what_the_old_system_paid_holds_up_nothing() -> None:
    m.entitlement(paid_through=OCTOBER)

    assert told(OCTOBER) == []


def test_a_book_that_pays_no_benefits_waits_for_none() -> None:
    m.entitlement(scheme="170")

    assert told(NOVEMBER, scheme="110") == []


def test_a_live_month_is_closed_when_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(close_blockers, "is_demo", lambda: False)
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: date(2026, 11, 30))

    assert told(NOVEMBER) == ["2026-11 还没有过完"]

    monkeypatch.setattr("django.utils.timezone.localdate", lambda: date(2026, 12, 1))
    assert told(NOVEMBER) == []


@pytest.mark.parametrize("gate", ["contributing", "collecting"])
def test_what_the_month_waits_for_holds_its_books_open(
    monkeypatch: pytest.MonkeyPatch, gate: str
) -> None:
    waits = Gate("TAX", "税务机关", "等待 2026-11 的入库明细文件。")
    monkeypatch.setattr(gates, gate, lambda **_: waits)

    assert told(NOVEMBER) == ["等待 2026-11 的入库明细文件"]


def test_money_that_nobody_matched_holds_the_books_open() -> None:
    TaxFile.objects.create(
        kind=TaxFileKind.RECEIPTS,
        period=NOVEMBER.first_day,
        serial=1,
        name="receipts-000001.csv",
        sha256="1" * 64,
        accepted=True,
        row_count=1,
        fen=1,
    )

    assert told(NOVEMBER) == ["1 份入库明细尚未核销"]


@pytest.mark.parametrize("route", ["close", "1/"])
def test_who_closes_over_the_api_or_looks_before_is_told_all_of_it(route: str) -> None:
    view: Any = resolve(f"/api/v1/ledger-months/{route}").func

    assert view.view_initkwargs == {"blockers": (batch_blockers, balance_blockers, month_blockers)}
