"""A line that needs people is laid side by side: what was due, the file, the bank's own words."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from payments import discrepancies
from payments.comparison import Comparison, compare
from payments.models import Discrepancy
from tests import builders
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import CLOSED_ACCOUNT, PAID, UNKNOWN, Line, Said

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def only() -> Comparison:
    return compare(row=Discrepancy.objects.get())


def test_what_the_bank_paid_otherwise_stands_beside_what_was_due() -> None:
    batch = pay.sent(Line(builders.wang()))
    (line,) = pay.lines_of(batch)
    pay.answer(batch, Said(line, fen=25_400))

    found = only()

    assert (found.business.fen, found.instruction.fen, found.bank.fen) == (20_000, 20_000, 25_400)
    assert found.business.holder == found.bank.holder == "王*英"
    assert found.instruction.where.endswith("第 1 笔")


def test_the_banks_own_line_is_shown_with_account_and_name_masked() -> None:
    pay.answered(PAID, UNKNOWN)

    (raw,) = only().raw

    assert (raw.number, raw.separator) == (3, "|")
    assert {piece.field: piece.text for piece in raw.pieces} == {
        "seq": "00000002",
        "ref": Discrepancy.objects.get().ref,
        "account": "9900***********0017",
        "name": "王*英",
        "amount": "200.00",
        "code": "3044",
    }


def test_a_line_that_is_not_ours_has_no_sides_of_ours() -> None:
    batch = pay.sent(Line(builders.wang()))
    (line,) = pay.lines_of(batch)
    pay.answer(batch)
    row = Discrepancy.objects.create(
        batch=batch,
        return_file=batch.returnfile_set.get(),
        kind="EXTRA",
        ref="999-1",
        bank_fen=1,
        proposal="QUERY_BANK",
        owner_role="FINANCE",
    )

    found = compare(row=row)

    assert (found.business.fen, found.instruction.where) == (None, "没有报过")
    assert (found.raw, found.bank.where) == ((), "没有这一笔")
    assert line.due_ref != row.due_ref


def test_only_what_its_kind_allows_can_be_proposed() -> None:
    pay.answered(UNKNOWN, CLOSED_ACCOUNT)
    unknown, returned = (Discrepancy.objects.get(kind=kind) for kind in ("UNKNOWN", "RETURNED"))

    assert [way.decision for way in compare(row=unknown).ways] == ["PAID", "RETURNED"]
    assert compare(row=returned).ways == ()


def test_a_proposal_that_waits_is_shown(client: Client) -> None:
    pay.answered(UNKNOWN)
    row = Discrepancy.objects.get()
    case = discrepancies.propose(
        discrepancy_id=row.pk,
        decision="PAID",
        evidence="查复书 演示-1",
        agency=builders.agency(),
        received_by=builders.chen().pk,
    )
    client.force_login(builders.member(role="REVIEWER").staff)

    shown = client.get(f"/api/v1/discrepancies/{row.pk}/").json()

    assert (shown["proposed"]["id"], shown["proposed"]["decision"]) == (case.pk, "PAID")
    assert (shown["business"]["amount"], shown["row"]["reason_label"]) == ("200.00", "结果不明")


def test_another_agencys_line_is_not_shown(client: Client) -> None:
    pay.answered(UNKNOWN)
    other = builders.agency(code="34080002", name="演示医保局")
    client.force_login(builders.member(role="FINANCE", at=other).staff)

    answer = client.get(f"/api/v1/discrepancies/{Discrepancy.objects.get().pk}/")

    assert answer.status_code == 404
