"""Lines under way to an account that is denied are shown to finance; a batch is signed as it is."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from payments.signing import CHECK
from payments.stop_list import stop_list
from tests import builders
from tests.payments import payment_builders as pay
from tests.payments.dispute_builders import NEW, answered, changed, denied
from tests.payments.payment_builders import BUSY, Line, Said

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def wang() -> Line:
    return Line(builders.wang(), account_no=NEW)


def test_a_line_to_an_account_that_is_denied_is_listed_and_its_batch_is_signed() -> None:
    change = changed(confirmed=True)
    batch = pay.sealed(wang(), Line(builders.li()))
    assert stop_list() == []

    dispute = denied(change)

    (line,) = stop_list()
    assert (line.batch, line.account_no, line.dispute) == (batch.no, NEW, dispute.pk)
    assert "照常签名" in line.said
    assert pay.sign(batch, CHECK).state == "CHECKED"


def test_what_the_bank_has_is_to_be_stopped_there_till_it_answers() -> None:
    change = changed(confirmed=True)
    batch = pay.sent(wang())
    answered(denied(change), approve=True)

    (line,) = stop_list()
    pay.answer(batch, Said(pay.lines_of(batch)[0], BUSY))

    assert "马上联系银行止付" in line.said
    assert stop_list() == []


def test_what_was_denied_wrongly_is_not_stopped() -> None:
    change = changed(confirmed=True)
    pay.sealed(wang())

    answered(denied(change), approve=False)

    assert stop_list() == []


def test_finance_reads_it_masked(client: Client) -> None:
    change = changed(confirmed=True)
    pay.sealed(wang())
    denied(change)
    client.force_login(builders.member(role="FINANCE").staff)

    (row,) = client.get("/api/v1/batches/stop-list/").json()["results"]

    assert (row["state_label"], row["holder"]) == ("已封存", "王*英")
    assert NEW not in str(row)
