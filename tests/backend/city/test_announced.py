"""Whoever is concerned by a sensitive change is told of it, in the transaction of the decision."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import transaction

from backend.cases import acts
from backend.cases.models import Case
from backend.city.notice_steps import tell_people
from backend.kernel.identity import Sex
from backend.notices.announce import Announced
from backend.notices.models import Notice
from backend.sensitive.kinds import sensitive_kinds, told_kinds
from payments import accounts
from tests import builders
from tests.backend.notices.notice_builders import MOBILE, OTHER_MOBILE, reach, ways
from tests.builders import TODAY
from tests.payments import payment_builders as pay

NEW = "9900011000000000033"


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


def proposed(**changes: Any) -> Case:
    pay.account(builders.wang())
    return accounts.propose(
        **{
            "staff": builders.member(role="CLERK").staff,
            "payee_id": builders.wang().pk,
            "bank": "NSB",
            "account_no": NEW,
            "holder_name": "王秀英",
            "from_date": TODAY,
            "evidence": "新卡(演示)",
            "today": TODAY,
            **changes,
        }
    )


@pytest.mark.parametrize("kind", told_kinds(on=TODAY))
def test_every_sensitive_kind_of_a_person_is_told_of(kind: str) -> None:
    assert isinstance(acts.registered()[kind], Announced)


@pytest.mark.parametrize(
    "kind", ["HOLD_RELEASE", "CHECK_RELEASE", "STOP_WITHDRAWAL", "COMPONENT_CORRECTION"]
)
def test_what_lets_held_money_go_or_alters_an_amount_is_sensitive(kind: str) -> None:
    assert kind in sensitive_kinds(on=TODAY)


@pytest.mark.parametrize(
    "kind",
    [
        *("DEATH_WITHDRAWAL", "UNEMPLOYMENT_STOP_WITHDRAWAL", "LIFE_PROOF", "PRISON", "MISSING"),
        *("MERGE", "RECOVERY_PAY_BACK", "AGENT"),
    ],
)
def test_what_leads_to_back_pay_or_lets_another_act_is_told_of_and_may_be_denied(kind: str) -> None:
    assert kind in told_kinds(on=TODAY)


def test_of_a_list_that_somebody_vouches_for_he_himself_is_not_told() -> None:
    assert "CHECK_RELEASE" not in told_kinds(on=TODAY)


@pytest.mark.django_db
def test_who_is_seen_to_live_is_told_of_it_and_may_deny_it() -> None:
    reach(builders.wang(), phone=MOBILE)
    content = {"method": "WINDOW", "proven_on": "2026-11-05", "evidence": "本人到窗口(演示)"}
    case = pay.decided(builders.case(kind="LIFE_PROOF", content=content))

    dispute = builders.case(
        kind="CHANGE_DISPUTE",
        content={"change": case.pk, "told_by": "WINDOW", "note": "没有来过(演示)"},
    )

    assert ways(case) == [("SMS", MOBILE, False)]
    assert acts.registered()["CHANGE_DISPUTE.RECEIVED"](dispute) == 0


@pytest.mark.django_db
def test_an_account_that_cools_is_told_of_and_asked_about() -> None:
    reach(builders.wang(), phone=MOBILE)

    case = pay.decided(proposed())

    assert ways(case) == [("CALL_BACK", MOBILE, False), ("SMS", MOBILE, False)]
    text = Notice.objects.filter(case=case)[0].text
    assert "尾号0033，自2026年11月12日起启用；此前为冷静期" in text


@pytest.mark.django_db
def test_a_new_telephone_number_is_told_at_the_old_one() -> None:
    reach(builders.wang(), phone=MOBILE)
    content = {"phone": OTHER_MOBILE, "evidence": "本人到窗口(演示)"}

    case = pay.decided(builders.case(kind="CONTACT_CHANGE", content=content))

    assert ways(case) == [
        ("CALL_BACK", MOBILE, True),
        ("CALL_BACK", OTHER_MOBILE, False),
        ("SMS", MOBILE, True),
        ("SMS", OTHER_MOBILE, False),
        ("WINDOW", "", False),
    ]


@pytest.mark.django_db
def test_a_refused_change_is_not_told_of() -> None:
    pay.decided(proposed(), approve=False)

    assert not Notice.objects.exists()


@pytest.mark.django_db
def test_a_decision_that_is_rolled_back_tells_nobody() -> None:
    case = proposed()

    with transaction.atomic():
        pay.decided(case)
        told = Notice.objects.count()
        transaction.set_rollback(True)

    assert told == 1
    assert not Notice.objects.exists()
    assert Case.objects.get(pk=case.pk).state == "RECEIVED"


@pytest.mark.django_db
def test_no_number_of_a_person_comes_into_texts_messages_or_logs(
    var: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    wang = builders.wang()
    number = builders.id_number(birth_date=wang.birth_date, sex=Sex.FEMALE, serial=301)
    reach(wang, phone=MOBILE)
    pay.decided(proposed(evidence=f"证件{number}"))

    tell_people(tell=print)

    told = "".join(Notice.objects.values_list("text", flat=True))
    sent = "".join(path.read_text(encoding="utf-8") for path in (var / "notices").rglob("*.txt"))
    said = capfd.readouterr()
    for canary in (NEW, pay.ACCOUNT, number, "王秀英"):
        assert canary not in told
        assert canary not in sent
        assert canary not in caplog.text + said.out + said.err
    assert MOBILE not in told + caplog.text + said.out + said.err
