"""Business, books and bank side by side; the parts of their difference add up to the fen."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from payments.models import Batch
from payments.totals import Summed, Totals, totals
from tests import builders
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import CLOSED_ACCOUNT, PAID, UNKNOWN, Line, Said

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def of(batch: Batch) -> Totals:
    return totals(batch=batch, answered=True)


def test_what_was_paid_as_instructed_leaves_no_difference() -> None:
    found = of(pay.answered(PAID, PAID))

    assert found.business == found.bank == Summed(2, 40_000)
    assert (found.booked_fen, found.difference_fen, found.unexplained_fen) == (40_000, 0, 0)
    assert len(found.vouchers) == 1


def test_what_came_back_and_what_is_not_known_explain_the_difference() -> None:
    found = of(pay.answered(PAID, CLOSED_ACCOUNT, UNKNOWN))

    assert (found.bank, found.returned, found.unknown) == (
        Summed(1, 20_000),
        Summed(1, 20_000),
        Summed(1, 20_000),
    )
    assert (found.difference_fen, found.unexplained_fen) == (40_000, 0)


@pytest.mark.parametrize(
    ("bank_fen", "too_much", "too_little"),
    [(25_400, Summed(1, 5_400), Summed()), (19_999, Summed(), Summed(1, 1))],
)
def test_what_the_bank_paid_otherwise_is_named(
    bank_fen: int, too_much: Summed, too_little: Summed
) -> None:
    batch = pay.sent(Line(builders.wang()))
    (line,) = pay.lines_of(batch)
    pay.answer(batch, Said(line, fen=bank_fen))

    found = of(batch)

    assert (found.too_much, found.too_little) == (too_much, too_little)
    assert (found.difference_fen, found.unexplained_fen) == (20_000 - bank_fen, 0)


def test_before_it_is_sent_nothing_is_booked_and_no_difference_is_claimed() -> None:
    found = totals(batch=pay.sealed(), answered=False)

    assert (found.booked_fen, found.bank, found.difference_fen, found.unexplained_fen) == (
        None,
        None,
        None,
        None,
    )


def test_the_three_sides_are_shown(client: Client) -> None:
    batch = pay.answered(PAID, CLOSED_ACCOUNT)
    client.force_login(builders.member(role="FINANCE").staff)

    shown = client.get(f"/api/v1/batches/{batch.pk}/totals/").json()

    assert shown["business"] == {"count": 2, "amount": "400.00"}
    assert (shown["booked"], shown["bank"]["amount"]) == ("400.00", "200.00")
    assert (shown["difference"], shown["unexplained"]) == ("200.00", "0.00")


def test_another_agency_is_shown_nothing(client: Client) -> None:
    batch = pay.sealed()
    other = builders.agency(code="34080002", name="演示医保局")
    client.force_login(builders.member(role="FINANCE", at=other).staff)

    for what in ("totals", "review", "held", "interim"):
        assert client.get(f"/api/v1/batches/{batch.pk}/{what}/").status_code == 404
