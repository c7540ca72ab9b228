"""A roll for a year without figures is listed, holds nobody up, and is billed with them later."""

import pytest

from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured
from insurance.collection.bills import bill_figures
from insurance.collection.bills.bill_figures import Place
from insurance.collection.models import BillRun, NotBilled
from insurance.collection.rules.lines import Part
from tests import builders
from tests.insurance.collection import bill_builders as b
from tests.insurance.collection.bill_builders import DEC, NOV

pytestmark = pytest.mark.django_db


def not_billed(run: BillRun) -> set[tuple[str, str]]:
    rows = NotBilled.objects.filter(run=run)
    return set(rows.values_list("scheme", "code"))


@pytest.mark.parametrize(
    "key",
    [
        "resident_pension.grades",
        "resident_pension.support_amount",
        "collection.resident_pension_pay_by",
    ],
)
def test_a_year_without_figures_is_listed_and_the_others_are_billed(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    b.li_works(schemes=("110",))
    b.on_roll(scheme="170")
    b.on_roll(scheme="390")
    b.without(monkeypatch, key)

    runs = b.bill(NOV)

    assert not_billed(runs["RESIDENTS"]) == {("170", "not_configured")}
    assert {line.key.scheme for line in b.lines()} == {"110", "390"}


def test_it_is_tried_again_each_month_and_billed_when_they_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    b.on_roll(scheme="170")
    with monkeypatch.context() as patch:
        b.without(patch, "resident_pension.grades")
        b.bill(NOV)
        assert not_billed(b.bill(DEC)["RESIDENTS"]) == {("170", "not_configured")}

    b.bill(DEC.next)

    (own, _) = b.lines()
    assert (own.key.part, own.fen, own.key.month) == (Part.PERSON, 500_00, Month(2026, 1))


def test_what_was_billed_stays_where_figures_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    b.on_roll(scheme="390")
    b.bill(NOV)
    b.in_group("SUBSISTENCE")
    b.without(monkeypatch, "medical.resident_amount")

    runs = b.bill(DEC)

    assert not_billed(runs["RESIDENTS"]) == {("390", "not_configured")}
    assert b.lines(run=runs["RESIDENTS"]) == []


def test_a_top_up_of_a_year_needs_its_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    b.without(monkeypatch, "medical.resident_amount")
    place = Place("340800", DEC, builders.TODAY, demo=True)

    with pytest.raises(NotConfigured):
        bill_figures.of_years(place=place, years=[2026], missing_stops=True)
