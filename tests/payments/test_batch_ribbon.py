"""The ribbon names who took each stage, and when; what is missing to settle is said."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from payments.batch_ribbon import passages, place
from payments.returns import receive_return
from payments.signing import CHECK
from payments.stages import Mark, Stage
from tests import builders
from tests.builders import NOW
from tests.payments import bank_builders
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import CLOSED_ACCOUNT, PAID, UNKNOWN

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def test_who_signed_stands_at_his_stage_with_the_time() -> None:
    fang = builders.person(name="方立")
    batch = pay.sign(pay.sealed(), CHECK, by=builders.member(role="REVIEWER", of=fang))

    made, checked, waiting, *_ = passages(batch=batch)

    assert (made.by, made.note, made.at) == ("", "月度发放", NOW)
    assert (checked.stage, checked.by, checked.at) == (Stage.CHECK, "方立", NOW)
    assert (waiting.stage, waiting.mark, waiting.by) == (Stage.APPROVE, Mark.WAITING, "")


def test_handed_over_and_not_recorded_as_sent_is_in_doubt() -> None:
    office = bank_builders.office()
    batch = bank_builders.sending(by=office, of=bank_builders.lines())

    sent = passages(batch=batch)[3]

    assert (sent.mark, sent.by, sent.note) == (Mark.DOUBT, "殷放款", "结果未知，不得重发")


def test_what_is_settled_and_what_is_missing_is_counted() -> None:
    batch = pay.answered(PAID, CLOSED_ACCOUNT, UNKNOWN)

    by_stage = {one.stage: one for one in passages(batch=batch)}

    assert by_stage[Stage.RETURN].note == "1 份"
    assert by_stage[Stage.COMPARE].note == "0 / 2 条已了结"
    assert by_stage[Stage.SETTLE].note == "还差 2 条"


def test_a_line_of_which_the_bank_said_nothing_keeps_the_batch_at_the_return(
    tmp_path: Path,
) -> None:
    batch = pay.sent(pay.Line(builders.wang()), pay.Line(builders.li()))
    first, _ = pay.lines_of(batch)
    path = tmp_path / "answer.txt"
    path.write_bytes(pay.return_bytes(batch=batch, said=[pay.Said(first)]))

    assert receive_return(bank="NSB", path=path).accepted
    batch.refresh_from_db()

    assert place(batch).stage == Stage.RETURN


def test_a_list_and_one_batch_tell_the_same_stage(client: Client) -> None:
    batch = pay.answered(PAID, UNKNOWN)
    client.force_login(builders.member(role="FINANCE").staff)

    (row,) = client.get("/api/v1/batches/", {"state": "RETURNED"}).json()["results"]
    one = client.get(f"/api/v1/batches/{batch.pk}/").json()

    assert (
        row["place"]
        == one["place"]
        == {
            "stage": "COMPARE",
            "stage_label": "对账",
            "mark": "CURRENT",
            "mark_label": "正在办",
        }
    )
    assert (row["open"], row["scheme"], len(one["ribbon"])) == (1, "170", 8)
