"""An allowance for illness (病残津贴) is an expense of its own, whatever its components are."""

from dataclasses import replace

import pytest
from django.db import DatabaseError, connections
from django.db.migrations import Migration, RunSQL
from django.db.migrations.loader import MigrationLoader

from backend.kernel.months import Month, MonthRange
from insurance.benefits.assess import ComponentFact, EntitlementFacts, parts_for
from insurance.benefits.items import allowance_ordinal, item_ordinals
from insurance.benefits.models import Due, Entitlement
from insurance.pension import in_payment
from payments.ledger.books import expense_items
from tests.conftest import OwnDatabase
from tests.insurance.benefits import month_builders as m
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension.test_approval import PUBLIC

ALLOWANCE = 4
database = pytest.mark.django_db


def of_illness(retired: str) -> int | None:
    return allowance_ordinal(scheme="110", route="ILLNESS", retirement_month=Month.parse(retired))


def test_who_retired_ill_before_2025_drew_a_basic_pension() -> None:
    assert (of_illness("2024-12"), of_illness("2025-01")) == (None, ALLOWANCE)


def test_an_allowance_awarded_before_its_item_was_kept_is_booked_as_one_from_now_on(
    own_database: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    p.recognise()
    p.approve(route="ILLNESS", retirement_month="2026-03", finding="演劳鉴〔2026〕1号", **PUBLIC)
    with monkeypatch.context() as before:
        before.setattr(in_payment, "allowance_of", lambda **_: None)
        ill = p.awarded(earlier_until="2026-03").entitlement
    by_law = m.entitlement(scheme="110", components={"BASIC": 100_000})

    with connections["owner"].cursor() as cursor:
        for operation in mended().operations:
            assert isinstance(operation, RunSQL)
            cursor.execute(str(operation.sql))

    kept = {row.pk: row.item_ordinal for row in Entitlement.objects.all()}
    assert kept == {ill.pk: ALLOWANCE, by_law.pk: None}
    with pytest.raises(DatabaseError, match="last award"), connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE benefits_entitlement SET item_ordinal = NULL")


def mended() -> Migration:
    """The migration that gives earlier allowances their item."""
    key = ("pension", "0014_allowance_of_earlier_awards")
    return MigrationLoader(None).disk_migrations[key]


@database
def test_who_retires_ill_has_an_entitlement_of_the_allowance() -> None:
    p.recognise()
    p.approve(route="ILLNESS", retirement_month="2026-03", finding="演劳鉴〔2026〕1号", **PUBLIC)

    award = p.awarded(earlier_until="2026-03")

    assert award.entitlement.item_ordinal == ALLOWANCE


@database
def test_who_retires_by_law_has_one_of_each_component() -> None:
    p.recognise()
    p.approve()

    assert p.awarded().entitlement.item_ordinal is None


@database
def test_from_a_month_on_each_component_is_booked_as_its_own_again() -> None:
    made = m.entitlement(
        scheme="110",
        components={"BASIC": 100_000, "ACCOUNT": 20_000},
        paid_through=None,
        start=m.OCTOBER,
        item_ordinal=ALLOWANCE,
        item_until=m.NOVEMBER,
    )

    m.sealed()

    dues = Due.objects.filter(entitlement=made).order_by("for_month")
    assert [due.parts for due in dues] == [[0, 0, 0, 120_000], [120_000]]


@database
def test_the_run_books_all_of_it_as_the_allowance_also_of_past_months() -> None:
    made = m.entitlement(
        scheme="110",
        components={"BASIC": 100_000, "ACCOUNT": 20_000},
        paid_through=None,
        start=m.OCTOBER,
        item_ordinal=ALLOWANCE,
    )

    m.sealed()

    dues = Due.objects.filter(entitlement=made).order_by("for_month")
    assert [due.parts for due in dues] == [[0, 0, 0, 120_000]] * 2
    assert expense_items(book=made.book, on=m.pay_date(m.NOVEMBER))[3] == "5001.04"


def test_the_pure_rule_says_the_same() -> None:
    span = MonthRange(Month(2026, 1), None)
    facts = EntitlementFacts(
        "110",
        Month(2026, 1),
        [ComponentFact(name, span, 1_000, "CITED") for name in ("BASIC", "ACCOUNT")],
        item_ordinal=of_illness("2026-01"),
    )

    turned = replace(facts, item_until=Month(2026, 3))

    def found(of: EntitlementFacts, month: int) -> tuple[int, ...]:
        return parts_for(facts=of, month=Month(2026, month), items=item_ordinals())

    assert (found(facts, 2), found(facts, 3)) == ((0, 0, 0, 2_000), (0, 0, 0, 2_000))
    assert (found(turned, 2), found(turned, 3)) == ((0, 0, 0, 2_000), (2_000, 0, 0, 0))
