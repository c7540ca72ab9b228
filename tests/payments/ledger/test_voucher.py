"""A voucher says who made, checked, posted and heads it, and with how many sheets it came."""

import io
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from backend.cases.decide import decide_many
from backend.cases.models import Case
from backend.exports import tasks as export_jobs
from backend.exports.models import Export
from backend.jobs.runner import run_waiting
from payments.ledger import tasks as ledger_jobs
from payments.ledger.fund_papers import PaperInvalid, check, decide, entry_of
from payments.ledger.models import Entry
from payments.ledger.voucher import Hand, hands_of
from tests import builders
from tests.payments.ledger.conftest import DECEMBER, Books, carry_over, close, pay
from tests.payments.ledger.test_api import finance
from tests.payments.ledger.test_fund_papers import paper
from tests.payments.ledger.test_year_end import IN_DECEMBER, YEAR_END

JOBS = (export_jobs, ledger_jobs)  # registered once imported, as in a worker
EXPORTS = "/api/v1/exports/"


def booked(books: Books, **changes: object) -> tuple[Case, Entry]:
    case = paper(books, **changes)
    decide(case)
    entry = entry_of(case_id=case.pk)
    assert entry is not None
    return case, entry


def test_a_paper_is_made_by_who_proposed_and_checked_by_who_decided(books: Books) -> None:
    case, reviewer = paper(books), builders.member(role="REVIEWER")
    decide_many(
        case_ids=[case.pk],
        approve=True,
        reason="",
        key=reviewer.key,
        role="REVIEWER",
        now=timezone.now(),
        acts={"FUND_PAPER": decide},
    )
    entry = entry_of(case_id=case.pk)
    assert entry is not None

    hands = hands_of(entry=entry)

    today = timezone.localdate(entry.posted_at)
    assert hands.made == Hand(case.received_by, today)
    assert hands.checked.person_id == reviewer.staff.person_id
    assert hands.posted == Hand(None, today)
    assert hands.headed == Hand(None, None)


def test_who_closes_the_month_heads_its_vouchers(books: Books) -> None:
    _, entry = booked(books)

    close(books.residents)

    headed = hands_of(entry=entry).headed
    assert headed.on is not None
    assert headed.person_id is not None


def test_what_follows_by_rule_was_made_by_the_system(books: Books) -> None:
    entry = pay(books.residents, 200_00)

    hands = hands_of(entry=entry)

    assert (hands.made.person_id, hands.checked) == (None, Hand(None, None))


def test_a_year_is_checked_by_who_closed_it(books: Books) -> None:
    pay(books.residents, 200_00, on=IN_DECEMBER)
    close(books.residents, DECEMBER)
    carry_over(books.residents)
    entry = Entry.objects.get(month=YEAR_END)

    hands = hands_of(entry=entry)

    assert hands.checked == hands.headed
    assert hands.checked.person_id not in (None, hands.made.person_id)


@pytest.mark.parametrize("count", [0, -1, 1000, "2"])
def test_the_count_of_sheets_is_a_number_from_one_on(books: Books, count: int | str) -> None:
    with pytest.raises(PaperInvalid, match="附件张数"):
        check(paper(books, attachments=count))


def test_the_voucher_keeps_the_count_of_sheets(books: Books) -> None:
    _, entry = booked(books, attachments=3)

    assert entry.attachments == 3


def test_a_voucher_over_the_api_names_its_four(books: Books) -> None:
    entry = pay(books.residents, 200_00)

    told = finance().get(reverse("entry-one", args=[entry.pk])).json()

    assert [line["account"] for line in told["postings"]] == ["5001.01", "1004"]
    assert set(told["hands"]) == {"made", "checked", "posted", "headed"}
    assert told["hands"]["headed"] == {"person": None, "on": None}


@pytest.fixture
def printed(settings: LazySettings, tmp_path: Path, client: Client) -> Any:
    """Ask for a voucher on paper, let the job write it, fetch it."""
    settings.VAR_DIR = tmp_path

    def fetch(entry: Entry, *, at: Any = None) -> Any:
        client.force_login(builders.member(role="FINANCE", at=at).staff)
        body = {"list": "ledger-voucher", "filters": {"entry": str(entry.pk)}, "purpose": "装订"}
        headers = {"Idempotency-Key": uuid4().hex}
        answer = client.post(EXPORTS, body, content_type="application/json", headers=headers)
        export = answer.json()["id"]
        run_waiting(keys=[f"export/{export}"])
        if at is not None:
            return Export.objects.get(pk=export).outcome.code
        got: Any = client.post(f"{EXPORTS}{export}/fetch")
        pdf = io.BytesIO(b"".join(got.streaming_content))
        return "".join("".join(page.extract_text().split()) for page in PdfReader(pdf).pages)

    return fetch


def test_the_printed_voucher_has_lines_sheets_and_four_names(books: Books, printed: Any) -> None:
    _, entry = booked(books, attachments=3)

    said = printed(entry)

    for part in ("记账凭证", "2026-11第1号", "附件3张", "利息单演示1号", "合计12.3412.34"):
        assert part in said
    for role in ("制单：陈桂芳", "复核：", "记账：系统", "主管："):
        assert role in said
    assert "用途：装订" in said


def test_a_red_voucher_is_printed_with_what_is_below_zero(books: Books, printed: Any) -> None:
    entry = pay(books.residents, 5_00, rule="payment.returned.red")

    assert "合计-5.00-5.00" in printed(entry)


def test_the_voucher_of_another_agency_is_not_printed(books: Books, printed: Any) -> None:
    entry = pay(books.residents, 200_00)
    other = builders.agency(code="34080002", name="演示市医保局")

    assert printed(entry, at=other) == "ledger_voucher_unknown"
