"""Every decision about somebody is told with the way of objection, and an objection to it ends in
a written answer, or in a corrected decision (决定、救济途径、异议的答复)."""

import pytest
from django.test import Client
from django.utils import timezone

from backend.cases import acts, kinds
from backend.cases.decide import decide, review
from backend.cases.kinds import Kind
from backend.cases.models import Case, Objection
from backend.cases.objections import KIND as OBJECTION
from backend.cases.objections import kinds_that_correct
from backend.cases.receive import receive_case
from backend.kernel.dated import load_dated_toml
from backend.papers.figures import spoken_day
from insurance.benefits.refusal_grounds import FILE
from insurance.issuing.models import PaperKind
from insurance.issuing.office import tell
from tests import builders
from tests.insurance.issuing import issuing_builders as ours
from tests.insurance.issuing.amounts_corrected import AMOUNTS, NO_AMOUNT, proof
from tests.insurance.issuing.decision_papers import (
    DECIDES_NOTHING,
    HEAD,
    OF_THE_LEDGER,
    WRITERS,
    writers,
)
from tests.insurance.issuing.objected import put_on_record
from tests.insurance.pension import pension_builders as p

TODAY = timezone.localdate()
KINDS = kinds.kinds(on=TODAY)
TOLD = [kind for kind in KINDS if kind.told_by and kind.code != OBJECTION]
BY_NOTICE = [kind for kind in TOLD if PaperKind.DECISION_NOTICE in kind.told_by]
WAYS = ("一、异议：自知道本决定之日起", "二、行政复议", "三、行政诉讼")


def code(kind: Kind) -> str:
    return kind.code


def decided(kind: Kind, **content: object) -> Case:
    """Decided of Wang by somebody; what it did is tried elsewhere."""
    body = p.department() if kind.agency_kind == "DEPARTMENT" else builders.agency()
    case = builders.case(kind=kind.code, at=body, content={"scheme": "110", **content})
    return put_on_record(case)


def objected(to: Case) -> Case:
    return receive_case(
        kind=OBJECTION,
        agency=to.agency,
        party_id=to.party_id,
        content={
            "decided_case": to.pk,
            "known_on": timezone.localdate().isoformat(),
            "against": "决定的内容",
            "grounds": "同事实不符",
        },
        received_by=builders.person(name="石玉兰").pk,
        acts=acts.registered(),
    )


def answered(objection: Case, *, approve: bool) -> str:
    """By two persons who had no part in it, on paper."""
    names = {"REVIEWER": "操慧敏", "APPROVER": "汪明霞"}
    one, other = (
        builders.member(role=role, of=builders.person(name=name), at=objection.agency)
        for role, name in names.items()
    )
    review(case_id=objection.pk, key=one.key, role="REVIEWER", now=timezone.now())
    decide(
        case_id=objection.pk,
        approve=approve,
        reason="已核对原件",
        key=other.key,
        role="APPROVER",
        now=timezone.now(),
        acts=acts.registered(),
    )
    return ours.text(got(objection, f"objections/{objection.pk}/answer.pdf"))


def got(case: Case, path: str) -> bytes:
    client = Client()
    client.force_login(ours.printer(at=case.agency).staff)
    return bytes(client.get(f"/api/v1/{path}").content)


def configured(case: Case) -> None:
    tell(agency=case.agency, facts=ours.FACTS)


def test_each_kind_says_by_which_papers_it_is_told_or_why_it_decides_about_nobody() -> None:
    unsaid = [kind.code for kind in KINDS if bool(kind.told_by) == bool(kind.tells_nobody)]
    unknown = {one for kind in KINDS for one in kind.told_by} - set(PaperKind.values)
    silent = [kind.code for kind in KINDS for one in kind.told_by if one in DECIDES_NOTHING]

    assert (unsaid, unknown, silent) == ([], set(), [])


def test_each_paper_and_whatever_writes_one_is_known() -> None:
    known = {name for names in WRITERS.values() for name in names}
    known |= {name for name, _ in DECIDES_NOTHING.values()}

    assert {one.name for one in writers()} - {HEAD} == known | OF_THE_LEDGER
    assert set(PaperKind) == set(WRITERS) | set(DECIDES_NOTHING)
    assert not set(WRITERS) & set(DECIDES_NOTHING)


def test_each_paper_that_tells_a_decision_states_the_remedy() -> None:
    states = {one.name for one in writers() if one.states_remedy}

    assert {name for names in WRITERS.values() for name in names} == states


def test_whoever_applies_and_is_refused_is_told_so_on_paper() -> None:
    grounds = {
        row.text("code") for row in load_dated_toml(FILE, key=("code",)).in_force("ground", TODAY)
    }
    filed = {kind.code for kind in KINDS if kind.filed} - {OBJECTION}

    assert {one for one in filed if not any(of.endswith(one) for of in grounds)} == set()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", BY_NOTICE, ids=code)
def test_what_has_no_paper_of_its_own_is_told_by_a_notice(kind: Kind) -> None:
    case = decided(kind, amount="1234.50", month="2026-11", document="演示〔2026〕1号")
    configured(case)

    said = ours.text(got(case, f"cases/{case.pk}/decision.pdf"))

    named = ("1234.50", "2026-11", "演示〔2026〕1号", "企业职工基本养老保险", spoken_day(day=TODAY))
    for one in ("业务决定告知书", f"批准{kind.label}", *named, *WAYS):
        assert one in said


@pytest.mark.django_db
@pytest.mark.parametrize("kind", TOLD, ids=code)
def test_an_objection_that_is_not_right_is_answered_in_writing(kind: Kind) -> None:
    case = decided(kind)
    configured(case)

    said = answered(objected(case), approve=False)

    for one in (f"“{kind.label}”（业务件{case.pk}）", "维持原决定", "已核对原件", "行政复议"):
        assert one in said


@pytest.mark.django_db
@pytest.mark.parametrize("kind", TOLD, ids=code)
def test_an_objection_that_is_right_is_answered_by_what_corrects_such_a_decision(
    kind: Kind,
) -> None:
    case = decided(kind)
    configured(case)
    objection = objected(case)
    by_code = {one.code: one for one in KINDS}
    corrections = [
        decided(by_code[one], objection=objection.pk) for one in kinds_that_correct(decided=case)
    ]

    said = answered(objection, approve=True)

    assert f"异议成立，已经更正，见业务件{corrections[-1].pk}的新决定" in said
    assert Objection.objects.get().correction_id == corrections[-1].pk


@pytest.mark.parametrize("kind", TOLD, ids=code)
def test_each_decision_sets_an_amount_that_can_be_corrected_or_sets_none(kind: Kind) -> None:
    assert (kind.code in AMOUNTS) != (kind.code in NO_AMOUNT)
    if kind.code in AMOUNTS:
        assert proof(AMOUNTS[kind.code]), AMOUNTS[kind.code]


@pytest.mark.django_db
def test_what_decides_about_nobody_or_has_its_own_paper_has_no_such_notice() -> None:
    for kind in KINDS:
        if kind not in BY_NOTICE and kind.code != OBJECTION:
            case = decided(kind)
            configured(case)
            assert b"decision_nothing_to_tell" in got(case, f"cases/{case.pk}/decision.pdf")
