"""A relation moves in four steps, each with its term, in order, by its own person."""

from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from insurance.accounts import transfers
from insurance.accounts.models import (
    Direction,
    Transfer,
    TransferStage,
    TransferStep,
)
from insurance.accounts.settling import LeavingInvalid
from insurance.accounts.transfers import StepOutOfOrder, TransferInvalid, TransferNotThere
from tests import builders
from tests.insurance.accounts.transfer_builders import (
    HANGZHOU,
    HEFEI,
    OCTOBER_9,
    TODAY,
    at_the_letter,
    begun,
    insured,
    last_step,
    receive,
    send,
)

database = pytest.mark.django_db
API = "/api/v1/transfers/"


@database
def test_each_step_says_until_when_the_next_is_due() -> None:
    transfer = at_the_letter()

    steps = TransferStep.objects.filter(transfer=transfer).order_by("stage")
    assert list(steps.values_list("stage", "done_on", "next_due_on")) == [
        (1, OCTOBER_9, date(2026, 10, 29)),
        (2, date(2026, 10, 12), date(2026, 11, 2)),
        (3, date(2026, 10, 20), date(2026, 11, 10)),
    ]


@database
def test_nobody_moves_in_the_future_to_himself_or_without_having_been_here() -> None:
    begin = partial(
        transfers.begin,
        person_id=builders.wang().pk,
        scheme="110",
        direction=Direction.OUT,
        own_region="340800",
        other_agency="演示",
        certificate_no="PZ-9",
        today=TODAY,
    )

    with pytest.raises(TransferInvalid, match="没有这个险种"):
        begin(other_region=HANGZHOU, on=TODAY)
    insured()
    with pytest.raises(TransferInvalid, match="不能晚于"):
        begin(other_region=HANGZHOU, on=date(2026, 11, 6))
    with pytest.raises(TransferInvalid, match="相同"):
        begin(other_region="340800", on=TODAY)
    begin(other_region=HANGZHOU, on=TODAY)
    with pytest.raises(TransferInvalid, match="另一地"):
        begin(other_region=HEFEI, on=TODAY)


@database
def test_unemployment_insurance_does_not_come_in_and_is_told_what_to_do(client: Client) -> None:
    client.force_login(builders.member(role="CLERK").staff)
    content = {
        "person": builders.wang().pk,
        "scheme": "210",
        "direction": "IN",
        "other_region": HANGZHOU,
        "other_agency": "演示市失业保险经办机构",
        "certificate_no": "PZ-2",
        "on": "2026-10-09",
    }

    refused = asked(client, API, content, key="1")

    assert (refused.status_code, refused.json()["code"]) == (
        422,
        "transfer_unemployment_not_handled",
    )
    assert "填作以前缴费月数" in refused.json()["detail"]
    assert not Transfer.objects.exists()


@database
def test_no_step_lies_in_the_future() -> None:
    transfer = begun()

    with pytest.raises(StepOutOfOrder, match="不能晚于"):
        transfers.go_on(
            transfer_id=transfer.pk,
            stage=TransferStage.APPLICATION,
            on=date(2026, 11, 6),
            document_no="",
            today=TODAY,
        )
    with pytest.raises(LeavingInvalid, match="不能晚于"):
        send(last_step(at_the_letter(), on="2026-11-06"))


@database
def test_a_clerk_takes_the_first_three_steps(client: Client) -> None:
    insured()
    client.force_login(builders.member(role="CLERK").staff)
    content = {
        "person": builders.wang().pk,
        "scheme": "110",
        "direction": "OUT",
        "other_region": HANGZHOU,
        "other_agency": "演示市社保中心",
        "certificate_no": "PZ-1",
        "on": "2026-10-09",
    }

    made = asked(client, API, content, key="1")
    assert (made.status_code, made.json()["with_money"]) == (201, True)
    for key, stage in (("2", 2), ("3", 3)):
        step = {"stage": stage, "on": "2026-10-12", "document_no": "LX-1"}
        made = asked(client, f"{API}{made.json()['id']}/steps/", step, key=key)

    assert [step["stage"] for step in made.json()["steps"]] == [1, 2, 3]
    assert made.json()["steps"][0]["next_due_on"] == "2026-10-29"
    assert made.json()["steps"][0]["term_standing"] == "未核实"
    assert asked(client, f"{API}0/steps/", step, key="4").json()["code"] == "transfer_not_found"


@database
@pytest.mark.parametrize(
    ("today", "expected"), [(date(2026, 11, 10), ["PZ-2"]), (date(2026, 11, 11), ["PZ-2", "PZ-1"])]
)
def test_what_waits_is_listed_by_its_day_and_apart_what_is_late(
    client: Client, monkeypatch: pytest.MonkeyPatch, today: date, expected: list[str]
) -> None:
    at_the_letter(certificate="PZ-1")
    begun(certificate="PZ-2")
    send(last_step(at_the_letter(certificate="PZ-3")))
    client.force_login(builders.member(role="CLERK").staff)
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: today)

    def listed(query: str) -> list[str]:
        rows = client.get(f"{API}?{query}").json()["results"]
        return [row["certificate_no"] for row in rows]

    assert listed("") == ["PZ-3", "PZ-2", "PZ-1"]
    assert listed("open=true") == ["PZ-2", "PZ-1"]
    assert listed("open=true&overdue=true") == listed("overdue=1") == expected


def asked(client: Client, address: str, content: object, *, key: str) -> Any:
    return client.post(
        address, content, content_type="application/json", headers={"Idempotency-Key": key}
    )


@database
def test_steps_follow_each_other() -> None:
    transfer = begun()

    for stage in (TransferStage.LETTER, TransferStage.SETTLED):
        with pytest.raises(StepOutOfOrder):
            transfers.go_on(
                transfer_id=transfer.pk, stage=stage, on=OCTOBER_9, document_no="", today=TODAY
            )
    with pytest.raises(StepOutOfOrder):
        send(last_step(transfer))


@database
def test_no_step_is_earlier_than_the_one_before() -> None:
    transfer = begun()

    with pytest.raises(StepOutOfOrder):
        transfers.go_on(
            transfer_id=transfer.pk,
            stage=TransferStage.APPLICATION,
            on=date(2026, 10, 8),
            document_no="",
            today=TODAY,
        )


@database
def test_the_database_keeps_the_order_too() -> None:
    transfer = begun()

    with pytest.raises(DatabaseError, match="follow each other"):
        TransferStep.objects.create(transfer=transfer, stage=4, done_on=OCTOBER_9)


@database
def test_a_step_or_certificate_put_down_twice_is_one() -> None:
    transfer = at_the_letter()

    assert at_the_letter().pk == transfer.pk
    assert TransferStep.objects.count() == 3


@database
def test_a_case_moves_only_its_own_person_s_transfer() -> None:
    transfer = at_the_letter(direction=Direction.IN)

    with pytest.raises(TransferNotThere):
        send(last_step(transfer))
    with pytest.raises(TransferNotThere):
        receive(last_step(transfer, scheme="310"))
    with pytest.raises(TransferNotThere):
        transfers.go_on(
            transfer_id=0, stage=TransferStage.LETTER, on=OCTOBER_9, document_no="", today=TODAY
        )
