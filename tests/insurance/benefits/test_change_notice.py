"""Who is held or stopped is told so on paper: why, by which law, how it is paid again."""

from datetime import date
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client

from backend.cases.acts import CaseAct
from backend.cases.decide import decide
from backend.cases.models import Case
from backend.people import deaths
from insurance.benefits import holds
from insurance.benefits.models import Entitlement, Stop
from tests import builders
from tests.insurance.benefits import month_builders
from tests.insurance.benefits.life import life_builders as life
from tests.insurance.issuing import issuing_builders as ours
from tests.insurance.issuing.issuing_builders import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def pension() -> Entitlement:
    ours.configured()
    return month_builders.entitlement()


def printed(case: Case, query: str = "") -> Any:
    client = Client()
    client.force_login(ours.printer().staff)
    return client.get(f"/api/v1/cases/{case.pk}/notice.pdf{query}")


def held(of: Entitlement) -> Case:
    content = {
        "entitlement": of.pk,
        "reason": "SUSPENDED",
        "from_month": "2026-11",
        "note": "两地领取，待核实（演示）",
    }
    case = builders.case(kind="HOLD", content=content)
    return decided(case, holds.hold)


def stopped(of: Entitlement) -> Case:
    content = {
        "entitlement": of.pk,
        "reason": "重复领取",
        "from_month": "2026-11",
        "evidence": "外地发放记录（演示）",
    }
    return decided(builders.case(kind="STOP", content=content), holds.stop)


def decided(case: Case, act: CaseAct) -> Case:
    by = builders.member(role="REVIEWER", of=builders.chen())
    return decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=by.key,
        role="REVIEWER",
        now=builders.NOW,
        acts={case.kind: act},
    )


def test_who_is_suspended_is_told_why_and_what_to_do(pension: Entitlement) -> None:
    said = text(printed(held(pension)).content)

    for one in ("暂停养老保险待遇告知书", "王秀英", "2026年11月起暂停发放", "两地领取，待核实"):
        assert one in said
    for one in ("怎样恢复", "不服本决定怎么办", "经办人：石玉兰", "复核人：陈桂芳", "未核实"):
        assert one in said


def test_who_is_stopped_is_told_so(pension: Entitlement) -> None:
    said = text(printed(stopped(pension)).content)

    for one in (
        "停止养老保险待遇告知书",
        "重复领取",
        "社会保险经办条例（国务院令第765号）第二十五条",
    ):
        assert one in said


@pytest.mark.parametrize(
    ("form", "title", "law"),
    [
        ("SENTENCED", "停止养老保险待遇告知书", "劳社厅函〔2001〕44号"),
        ("DETAINED", "暂停养老保险待遇告知书", "劳社厅函〔2001〕44号"),
        ("MISSING", "暂停养老保险待遇告知书", "依据的文件未核实"),
    ],
)
def test_what_follows_from_an_event_is_told(
    pension: Entitlement, form: str, title: str, law: str
) -> None:
    said = text(printed(life.happened(form, "2026-10-20")).content)

    for one in (title, law, "2026年10月20日起", "（2026）演示刑初1号", "起始月份的由来"):
        assert one in said


def test_a_notice_of_what_has_ended_since_is_printed_as_it_was(pension: Entitlement) -> None:
    case = life.happened("DETAINED", "2026-08-20")
    first = printed(case).content
    life.happened("ACQUITTED", "2026-10-20")

    assert printed(case).content == first


def test_of_several_benefits_one_is_named(pension: Entitlement) -> None:
    other = month_builders.entitlement(scheme="110")
    case = life.happened("DETAINED", "2026-10-20")

    assert printed(case).json()["code"] == "notice_several"
    assert "企业职工基本养老金" in text(printed(case, f"?entitlement={other.pk}").content)


def test_a_case_that_held_nothing_has_no_notice(pension: Entitlement) -> None:
    assert printed(ours.decided()).json()["code"] == "notice_nothing_to_tell"


def reported() -> Case:
    """Wang died on 20 October, says the village."""
    content = {"death_date": "2026-10-20", "source": "OFFICE", "evidence": "村委会报告（演示）"}
    case = builders.case(kind="DEATH", content=content)
    deaths.begin(case)
    return case


def test_relatives_are_told_that_a_reported_death_holds_the_pension(pension: Entitlement) -> None:
    said = text(printed(reported()).content)

    for one in ("暂停养老保险待遇告知书", "王秀英（亲属）", "2026年11月起暂停发放"):
        assert one in said
    for one in ("2026年10月20日死亡", "村委会报告", "本人在世", "不服本决定怎么办", "未核实"):
        assert one in said


def test_relatives_are_told_that_a_confirmed_death_ends_the_pension(pension: Entitlement) -> None:
    said = text(printed(decided(reported(), deaths.confirm)).content)

    for one in ("停止养老保险待遇告知书", "王秀英（亲属）", "2026年11月起停止发放"):
        assert one in said
    for one in ("2026年10月20日死亡", "遗属待遇", "第二十五条", "不服本决定怎么办"):
        assert one in said


def test_a_death_ends_each_benefit_that_was_still_drawn(pension: Entitlement) -> None:
    month_builders.entitlement(scheme="110")
    Stop.objects.create(
        entitlement=pension,
        reason="重复领取",
        case_id=4711,
        valid=DateRange(date(2026, 9, 1), None),
    )
    case = decided(reported(), deaths.confirm)

    assert "企业职工基本养老金" in text(printed(case).content)
    assert printed(case, f"?entitlement={pension.pk}").json()["code"] == "notice_nothing_to_tell"


def test_a_death_that_was_reported_and_refused_has_no_notice(pension: Entitlement) -> None:
    case = reported()
    deaths.withdraw(case)

    assert printed(case).json()["code"] == "notice_nothing_to_tell"
