"""Who is refused a benefit is told so on paper: why, by which rule, how to apply again, remedy."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.access.models import Agency
from backend.cases.decide import decide, review
from backend.cases.kinds import kinds
from backend.cases.models import Case
from backend.kernel.dated import load_dated_toml
from backend.papers.figures import spoken_day
from backend.people.models import Person
from insurance.benefits.refusal_grounds import FILE
from insurance.issuing.models import IssuedPaper
from insurance.issuing.office import tell
from tests import builders
from tests.insurance.issuing import issuing_builders as ours
from tests.insurance.issuing.issuing_builders import text
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension import survivor_builders as s

pytestmark = pytest.mark.django_db
UNKNOWN = 987_654
WHY = "缴费月数不足15年，缺2001年至2003年的缴费凭证（演示）"


@pytest.fixture(autouse=True)
def _configured() -> None:
    ours.configured()


def refused(
    kind: str = "PENSION_AWARD",
    *,
    of: Person | None = None,
    scheme: str = "110",
    two: bool = True,
    role: str = "APPROVER",
    **more: object,
) -> Case:
    """Wang applies; of two who sign the second says no."""
    content = {"scheme": scheme, **more}
    case = (reviewed if two else received)(kind, of, content)
    return signed(case, role, approve=False)


def received(kind: str, of: Person | None, content: Mapping[str, object]) -> Case:
    return builders.case(kind=kind, party=of, content=content)


def reviewed(kind: str, of: Person | None, content: Mapping[str, object]) -> Case:
    case = received(kind, of, content)
    first = builders.member(role="REVIEWER", of=builders.zhao())
    return review(case_id=case.pk, key=first.key, role="REVIEWER", now=builders.NOW)


def signed(case: Case, role: str, *, approve: bool, at: Agency | None = None) -> Case:
    by = builders.member(role=role, of=builders.chen(), at=at)
    return decide(
        case_id=case.pk,
        approve=approve,
        reason=WHY,
        key=by.key,
        role=role,
        now=builders.NOW,
        acts={case.kind: lambda _: 0},
    )


def answer(case: Case) -> Any:
    client = Client()
    client.force_login(ours.printer(at=case.agency).staff)
    return client.get(f"/api/v1/cases/{case.pk}/refusal.pdf")


def printed(case: Case) -> str:
    return text(answer(case).content)


def test_who_is_refused_is_told_why_by_which_rule_and_how_to_apply_again() -> None:
    case = refused()

    said = printed(case)

    for one in ("不予核定告知书", "王秀英", "“企业职工基本养老金”", WHY):
        assert one in said
    for one in (
        f"业务件{case.pk}申请日期",
        "中华人民共和国社会保险法第十六条",
        "补齐以后，可以重新申请",
    ):
        assert one in said
    assert f"申请日期{spoken_day(day=timezone.localdate(case.received_at))}" in said


def test_the_notice_names_the_three_remedies_and_who_handled_it() -> None:
    said = printed(refused())

    for one in ("不服本决定怎么办", "一、异议", "二、行政复议", "三、行政诉讼"):
        assert one in said
    for one in ("经办人：石玉兰", "复核人：赵志强", "审批人：陈桂芳", "本告知书已收到"):
        assert one in said


def test_an_application_refused_at_the_first_look_names_two_hands() -> None:
    said = printed(refused(two=False))

    assert "复核人：陈桂芳" in said
    assert "审批人" not in said


def test_the_notice_is_registered_once_and_known_to_strangers(client: Client) -> None:
    case = refused()
    first, second = answer(case), answer(case)
    paper = IssuedPaper.objects.get()

    known = client.get(f"/api/v1/public/papers/{paper.number}/{paper.check_code}").json()

    assert first.content == second.content
    assert paper.number == "34080001-BYHD-2026-000001"
    assert (known["genuine"], known["kind"], known["demo"]) == (True, "不予核定告知书", True)


@pytest.mark.parametrize(
    ("kind", "scheme", "applied", "law", "doubted"),
    [
        ("RESIDENT_AWARD", "170", "城乡居民基本养老金", "国发〔2014〕8号", False),
        ("UNEMPLOYMENT_CLAIM", "210", "失业保险金", "社会保险法第四十五条", False),
        ("SKILL_SUBSIDY", "210", "技能提升补贴", "人社部发〔2017〕40号", True),
        ("CHILDBIRTH_SUM", "210", "生育一次性补助", "依据的文件未核实", True),
        ("ACCOUNT_LUMP_SUM", "110", "个人账户一次性支付", "人力资源和社会保障部令第13号", False),
        ("ACCOUNT_LUMP_SUM", "310", "个人账户一次性支付", "依据的文件未核实", True),
    ],
)
def test_each_benefit_is_refused_by_its_own_rule(
    kind: str, scheme: str, applied: str, law: str, doubted: bool
) -> None:
    said = printed(refused(kind, scheme=scheme))

    assert f"{applied}”" in said
    assert law in said
    assert ("所用政策数字有的没有核对过原文" in said) is doubted


@pytest.mark.parametrize(
    ("kind", "said_of", "verdict", "law"),
    [
        ("PENSION_SWITCH", "城乡养老保险制度衔接", "不予办理", "人社部发〔2014〕17号"),
        ("RECOVERY_PAY_BACK", "退还多退的追回款", "不予退还", "民法典第九百八十五条"),
    ],
)
def test_who_asked_for_something_else_than_an_award_is_told_how_it_is_refused(
    kind: str, said_of: str, verdict: str, law: str
) -> None:
    said = printed(refused(kind))

    assert f"“{said_of}”，经审核，{verdict}。" in said
    assert f"{verdict}的理由{WHY}" in said
    assert law in said
    assert "一、异议" in said


def test_whom_the_department_does_not_let_retire_is_told_so_on_its_own_paper() -> None:
    department = p.department()
    tell(agency=department, facts=ours.FACTS)
    case = builders.case(kind="RETIREMENT_APPROVAL", at=department)
    first = builders.member(role="REVIEWER", of=builders.zhao(), at=department)
    review(case_id=case.pk, key=first.key, role="REVIEWER", now=builders.NOW)

    said = printed(signed(case, "APPROVER", approve=False, at=department))

    for one in ("演示市人社局", "“企业职工退休审批”，经审核，不予批准。", f"不予批准的理由{WHY}"):
        assert one in said
    for one in ("渐进式延迟法定退休年龄的办法", "缴费年限不够的，够了以后再申请", "一、异议"):
        assert one in said


@pytest.mark.parametrize(
    ("kind", "scheme", "applied"),
    [
        ("SURVIVOR_GRANT", "110", "企业职工基本养老保险的丧葬补助金和抚恤金"),
        ("SURVIVOR_GRANT", "170", "城乡居民基本养老保险的丧葬补助金"),
        ("SURVIVOR_GRANT", "210", "领取失业保险金期间死亡的丧葬补助金和抚恤金"),
        ("DUE_INHERITANCE", "310", "死亡前应发未发的待遇"),
        ("ACCOUNT_INHERITANCE", "170", "城乡居民基本养老保险个人账户余额继承"),
    ],
)
def test_heirs_who_are_refused_are_addressed_and_the_dead_is_named(
    kind: str, scheme: str, applied: str
) -> None:
    daughter = builders.person(name="汪志远")
    said = printed(refused(kind, scheme=scheme, heirs=s.heirs(builders.li(), daughter)))

    assert "李建国、汪志远：" in said
    assert f"为逝者王秀英申请的“{applied}”" in said
    assert "逝者姓名王秀英" in said


def test_an_heir_who_is_not_on_record_is_not_addressed() -> None:
    unknown = {"payee": UNKNOWN, "weight": 1, "relation": "CHILD"}

    said = printed(refused("SURVIVOR_GRANT", heirs=[*s.heirs(builders.li()), unknown]))

    assert "李建国：" in said


def test_heirs_none_of_whom_is_on_record_are_told_nothing() -> None:
    unknown = {"payee": UNKNOWN, "weight": 1, "relation": "CHILD"}

    case = refused("SURVIVOR_GRANT", heirs=[unknown])

    assert answer(case).json()["code"] == "refusal_nobody_to_tell"


def test_rare_names_are_printed_and_copied_as_they_were_written() -> None:
    said = printed(refused(of=builders.person(name="䶮㛃𠮷𬎆")))

    assert said.count("䶮㛃𠮷𬎆") >= 2


@pytest.mark.parametrize("decided", [False, True])
def test_what_was_approved_or_waits_has_no_notice_of_refusal(decided: bool) -> None:
    case = reviewed("PENSION_AWARD", None, {"scheme": "110"})
    if decided:
        signed(case, "APPROVER", approve=True)

    assert answer(case).json()["code"] == "refusal_nothing_refused"


def test_what_is_no_application_for_a_benefit_has_no_notice_of_refusal() -> None:
    assert (
        answer(refused("HOLD_RELEASE", two=False, role="REVIEWER")).json()["code"]
        == "refusal_nothing_refused"
    )


def test_a_correction_that_is_refused_applied_for_nothing() -> None:
    assert answer(refused(corrects=1)).json()["code"] == "refusal_nothing_refused"


def test_every_rule_is_one_of_a_kind_of_case() -> None:
    known = {kind.code for kind in kinds(on=builders.TODAY)}
    told = [row.text("code") for row in load_dated_toml(FILE).rows["ground"]]

    assert {code.split("_", 1)[1] if code[0].isdigit() else code for code in told} <= known
