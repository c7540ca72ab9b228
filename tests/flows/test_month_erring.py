"""A tax bureau that errs: exactly its mistakes are seen, each for what it is; no money is lost."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F
from pytest_django.plugin import DjangoDbBlocker

from backend.city.run_month import MonthOutcome
from backend.jobs.models import Job
from insurance.collection.debts.month_end import END_JOB
from insurance.collection.models import (
    BillLine,
    Finding,
    LinePart,
    Receipt,
    Suspense,
    SuspenseReason,
    TaxFile,
    TaxFileKind,
)
from insurance.collection.tax import compare_money
from tests.flows.flow_city import NOVEMBER, Bureau, City, broken, identities, opened

Mistake = Mapping[str, Any]
KINDS = {
    *("MISSING_PAYER", "DOUBLE_PAYMENT", "WRONG_CODE"),
    *("WRONG_TOTAL", "LATE_FILE", "FILE_TWICE"),
}


class Erred:
    """The month after a tax bureau that made every kind of mistake."""

    def __init__(self, bureau: Bureau) -> None:
        self.bureau = bureau
        self.outcome: MonthOutcome = bureau.run(erring=True)
        truth = bureau.var / "tax" / "truth.json"
        self.mistakes: list[Mistake] = json.loads(truth.read_text(encoding="utf-8"))

    def of(self, kind: str) -> list[Mistake]:
        return [one for one in self.mistakes if one["kind"] == kind]


@pytest.fixture(scope="module")
def erred(
    city: City, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Erred]:
    var: Path = tmp_path_factory.mktemp("erring") / "var"
    with django_db_blocker.unblock(), opened(city=city, var=var) as bureau:
        yield Erred(bureau)


def test_every_kind_of_mistake_was_made(erred: Erred) -> None:
    assert {one["kind"] for one in erred.mistakes} == KINDS


def test_exactly_money_of_nobody_or_too_much_waits(erred: Erred) -> None:
    wrong = {one["tax_nos"][0]: "UNKNOWN_PAYER" for one in erred.of("WRONG_CODE")}
    twice = {one["tax_nos"][1]: "OVERPAID" for one in erred.of("DOUBLE_PAYMENT")}
    waiting = Suspense.objects.filter(closed_at=None).select_related("receipt")

    declared = [row.receipt for row in waiting if declared_too_much(row.receipt)]
    too_much = {receipt.tax_no: "OVERPAID" for receipt in declared}
    assert {row.receipt.tax_no: row.reason for row in waiting} == wrong | twice | too_much


def declared_too_much(receipt: Receipt) -> bool:
    """Whether an employer declared, and so paid, more of a scheme than the register knows."""
    more = Finding.objects.filter(
        declared_fen__gt=F("registered_fen"), scheme=receipt.scheme
    ).exclude(kind__in=[kind.value for kind in compare_money.KINDS])
    ours = {"payer_id": receipt.payer_id, "month": receipt.month}
    return more.filter(**ours).exists()


def test_what_nobody_owes_waits_whole(erred: Erred) -> None:
    for one in erred.of("WRONG_CODE"):
        waiting = Suspense.objects.get(receipt__tax_no=one["tax_nos"][0])
        assert (waiting.reason, waiting.fen) == (SuspenseReason.UNKNOWN_PAYER, one["fen"])


def test_who_was_left_out_is_told_of_later_and_once(erred: Erred) -> None:
    for one in erred.of("MISSING_PAYER"):
        receipt = Receipt.objects.get(tax_no=one["tax_nos"][0])
        assert receipt.fen == one["fen"]
        assert not receipt.file.name.startswith(one["file"])


def test_a_wrong_total_is_refused_and_its_correction_taken(erred: Erred) -> None:
    for one in erred.of("WRONG_TOTAL"):
        told = TaxFile.objects.filter(name__startswith=one["file"]).order_by("pk")
        assert [(file.accepted, file.code) for file in told] == [
            (False, "tax_total_wrong"),
            (True, ""),
        ]


def test_a_file_that_comes_twice_is_taken_once(erred: Erred) -> None:
    for one in erred.of("FILE_TWICE"):
        assert TaxFile.objects.filter(name__startswith=one["file"], accepted=True).count() == 1


def test_a_late_file_is_taken_when_it_comes(erred: Erred) -> None:
    for one in erred.of("LATE_FILE"):
        assert TaxFile.objects.filter(name__startswith=one["file"], accepted=True).exists()


def test_no_money_is_lost_or_counted_twice(erred: Erred) -> None:
    summary = erred.outcome.summary

    assert all(identities(summary).values())
    assert summary["suspense_fen"] == sum(Suspense.objects.values_list("fen", flat=True))
    assert broken() == []


def test_mistakes_of_the_tax_bureau_hold_up_neither_payment_nor_close(erred: Erred) -> None:
    assert erred.outcome.gate is None
    assert not TaxFile.objects.filter(kind=TaxFileKind.TRANSFERS, accepted=False).exists()


def test_a_second_run_writes_nothing(erred: Erred) -> None:
    erred.bureau.rest()

    assert erred.bureau.run(erring=True).summary["changed"] == 0


def test_the_month_of_collection_ends_once_when_all_of_its_files_are_in(erred: Erred) -> None:
    newest = TaxFile.objects.filter(kind=TaxFileKind.RECEIPTS, accepted=True).latest("serial")

    ends = Job.objects.filter(kind=END_JOB).values_list("key", "state")
    assert list(ends) == [(f"{END_JOB}/{NOVEMBER}/{newest.pk}", "DONE")]


def test_nobody_is_charged_for_what_was_still_on_its_way(erred: Erred) -> None:
    """But for what was late when the old system handed it over."""
    fees = BillLine.objects.filter(part=LinePart.LATE_FEE)
    assert set(fees.values_list("month", flat=True)) <= {NOVEMBER.previous.first_day}
