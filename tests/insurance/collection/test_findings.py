"""A finding of the comparison is settled once, in a way that its kind allows, by two persons."""

import pytest

from backend.cases.content import ContentInvalid, ProposalWaits
from backend.cases.models import Case
from insurance.collection.cases.findings import (
    DECISIONS,
    FindingClosed,
    FindingDecisionInvalid,
    FindingMissing,
    assign,
    check,
    decide,
)
from insurance.collection.models import Finding, FindingKind
from tests import builders
from tests.insurance.collection import case_builders as cases
from tests.insurance.collection import match_city as city

pytestmark = pytest.mark.django_db


def finding(kind: FindingKind = FindingKind.OTHER_AMOUNT) -> Finding:
    return Finding.objects.create(
        period=city.NOV.first_day,
        kind=kind,
        payer_id=1,
        scheme="110",
        month=city.NOV.first_day,
        person_id=builders.li().pk,
        declared_fen=100_00,
        registered_fen=80_00,
        owner_role="CLERK",
    )


def proposal(
    row: Finding, *, decision: str = "TAX_RIGHT", follow_up: str = "工资更正表 1号"
) -> Case:
    content = {"finding": row.pk, "decision": decision, "follow_up": follow_up}
    return cases.decided(kind="COLLECTION_FINDING", party_id=builders.li().pk, content=content)


def test_it_is_closed_with_decision_and_case() -> None:
    row = finding()
    case = proposal(row)

    assert check(case) == 0
    assert decide(case) == 1

    row.refresh_from_db()
    assert (row.decision, row.case_id, row.closed_at) == ("TAX_RIGHT", case.pk, cases.DECIDED_AT)


def test_done_again_nothing_happens_and_nobody_decides_otherwise() -> None:
    row = finding()
    case = proposal(row)
    decide(case)

    assert decide(case) == 0
    for act in (check, decide):
        with pytest.raises(FindingClosed):
            act(proposal(row, decision="REGISTER_RIGHT"))


@pytest.mark.parametrize(
    ("kind", "decision"),
    [
        (FindingKind.DUPLICATE, "TAX_RIGHT"),
        (FindingKind.OTHER_AMOUNT, "REFUND_AT_TAX"),
        (FindingKind.PAID_WITHOUT_REGISTER, "REGISTER_RIGHT"),
    ],
)
def test_each_kind_has_its_own_ways(kind: FindingKind, decision: str) -> None:
    with pytest.raises(FindingDecisionInvalid):
        check(proposal(finding(kind), decision=decision))


def test_every_kind_can_be_decided() -> None:
    assert set(DECISIONS) == set(FindingKind)


def test_what_follows_is_named() -> None:
    with pytest.raises(ContentInvalid, match="后续更正"):
        check(proposal(finding(), follow_up=" "))


def test_there_must_be_such_a_finding() -> None:
    with pytest.raises(FindingMissing):
        check(proposal(Finding(pk=987654321)))


def test_two_proposals_about_one_finding_do_not_wait_at_once() -> None:
    row = finding()
    check(proposal(row))

    with pytest.raises(ProposalWaits):
        check(proposal(row, decision="REGISTER_RIGHT"))


def test_open_findings_are_given_to_an_owner() -> None:
    row = finding()
    owner = builders.member(role="CLERK").staff

    assert assign(finding_ids=[row.pk], staff_id=owner.pk, by=owner.person_id) == 1

    row.refresh_from_db()
    assert row.owner_staff_id == owner.pk
