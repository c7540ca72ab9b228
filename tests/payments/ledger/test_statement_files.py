"""Statements leave as an export: a workbook and a print, both saying whose they are."""

import io
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.test import Client
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from backend.exports import tasks as export_jobs
from backend.exports.models import Export
from backend.jobs.runner import run_waiting
from backend.kernel.months import Month
from backend.papers.paper import Mark
from payments.ledger import tasks as ledger_jobs
from payments.ledger.statement_of import statements_of
from payments.ledger.statement_paper import statement_paper
from tests import builders
from tests.payments.ledger.conftest import Books
from tests.payments.ledger.test_statements import lived

JOBS = (export_jobs, ledger_jobs)  # registered once imported, as in a worker
EXPORTS = "/api/v1/exports/"
NOV = Month(2026, 11)


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def asked(client: Client, form: str, book: int, *, role: str = "FINANCE") -> Any:
    client.force_login(builders.member(role=role).staff)
    filters = {"book": str(book), "year": "2026", "month": "11"}
    body = {"list": form, "filters": filters, "purpose": "月度报送"}
    headers = {"Idempotency-Key": uuid4().hex}
    return client.post(EXPORTS, body, content_type="application/json", headers=headers)


def fetched(client: Client, form: str, book: int) -> bytes:
    export = asked(client, form, book).json()["id"]
    run_waiting(keys=[f"export/{export}"])
    answer: Any = client.post(f"{EXPORTS}{export}/fetch")
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def words(pdf: bytes) -> str:
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return "".join(text.split())


def test_the_workbook_has_both_statements_with_their_accounts(books: Books, client: Client) -> None:
    lived(books)

    book = CalamineWorkbook.from_filelike(
        io.BytesIO(fetched(client, "fund-statements", books.residents.pk))
    )

    balance, income = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
    assert book.sheet_names == ["资产负债表", "收支表"]
    assert ["支出户存款", 0.0, 265.0, "未核实"] in balance
    assert ["　1004 支出户存款", 0.0, 265.0, ""] in balance
    assert ["资产合计", 0.0, 677.0, ""] in balance
    assert ["收支结余", 665.0, 665.0, ""] in income
    assert "导出编号" in str(balance[2][0])


def test_the_print_says_the_figures_their_standing_and_whose_it_is(
    books: Books, client: Client
) -> None:
    lived(books)

    said = words(fetched(client, "fund-statements-paper", books.residents.pk))

    for part in ("社会保险基金会计报表", "尚未结账，数字可能变动", "一、资产负债表", "二、收支表"):
        assert part in said
    assert "资产合计0.00677.00" in said
    assert "收支结余665.00665.00" in said
    assert "未核对原文的项目：" in said
    assert "用途：月度报送" in said
    assert "扫码核验" not in said  # it is no paper for anybody outside


def test_a_statement_on_doubtful_rows_bears_the_mark(books: Books) -> None:
    lived(books)
    made = statements_of(book=books.residents, month=NOV)

    paper = statement_paper(book=books.residents, made=made, on=builders.TODAY)

    assert Mark.UNVERIFIED in paper.marks


@pytest.mark.parametrize("form", ["fund-statements", "fund-statements-paper"])
def test_the_book_of_another_agency_does_not_leave(books: Books, client: Client, form: str) -> None:
    other = builders.agency(code="34080002", name="演示市医保局")
    client.force_login(builders.member(role="FINANCE", at=other).staff)
    body = {
        "list": form,
        "filters": {"book": str(books.residents.pk), "year": "2026", "month": "11"},
        "purpose": "月度报送",
    }
    headers = {"Idempotency-Key": uuid4().hex}

    export = client.post(EXPORTS, body, content_type="application/json", headers=headers).json()
    run_waiting(keys=[f"export/{export['id']}"])

    assert Export.objects.get(pk=export["id"]).outcome.code == "ledger_book_unknown"


def test_a_clerk_does_not_take_statements_out(books: Books, client: Client) -> None:
    assert asked(client, "fund-statements", books.residents.pk, role="CLERK").status_code == 403
