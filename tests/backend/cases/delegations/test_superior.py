"""Where an agency has too few people, its superior takes the missing step, by two signatures."""

from datetime import date, datetime

import pytest
from django.db import DatabaseError, transaction

from backend.access.models import Agency, Delegation, Staff
from backend.cases import delegations
from backend.cases.approvals import OtherAgency
from backend.cases.decide import SamePerson, decide
from backend.cases.decided import truly_decided
from backend.cases.delegations import (
    DelegationExists,
    DelegationInvalid,
    NotToAppoint,
)
from backend.cases.models import Approval, Case
from backend.kernel.months import DateRange
from tests import builders
from tests.backend.cases.delegations.delegation_builders import (
    LATER,
    UNTIL,
    terms,
)
from tests.builders import NOW, TODAY, Member

pytestmark = pytest.mark.django_db


@pytest.fixture
def county() -> Agency:
    city = builders.agency()
    return Agency.objects.create(
        code="34082801", name="演示县社保中心", region="340828", parent=city
    )


@pytest.fixture
def helped(county: Agency, leader: Member, security: Member) -> Delegation:
    row = delegations.appoint_superior(
        agency=county,
        terms=terms(role="REVIEWER", level="", valid=DateRange(TODAY, date(2027, 11, 5))),
        key=leader.key,
        now=NOW,
    )
    return delegations.confirm(delegation_id=row.pk, key=security.key, now=NOW)


def of_county(county: Agency, received_by: Staff) -> Case:
    return builders.case(kind="STOP", at=county, received_by=received_by.person_id)


def answered(case: Case, by: Member, *, now: datetime = NOW) -> Case:
    return decide(
        case_id=case.pk, approve=True, reason="", key=by.key, role="REVIEWER", now=now,
        acts={case.kind: lambda _: 0},
    )  # fmt: skip


def test_a_superior_is_asked_once_at_a_time_for_a_role(
    county: Agency, helped: Delegation, leader: Member, security: Member
) -> None:
    again = delegations.appoint_superior(
        agency=county, terms=terms(role="REVIEWER", level=""), key=leader.key, now=NOW
    )

    with pytest.raises(DelegationExists):
        delegations.confirm(delegation_id=again.pk, key=security.key, now=NOW)


def test_staff_of_the_superior_take_the_missing_step(county: Agency, helped: Delegation) -> None:
    clerk = builders.member(role="CLERK", at=county).staff
    reviewer = builders.member(role="REVIEWER")

    case = answered(of_county(county, clerk), reviewer)

    signed = Approval.objects.get(step="DECIDE", subject_id=case.pk)
    assert (signed.delegation_id, signed.acting_for) == (helped.pk, None)
    assert truly_decided(case_ids=[case.pk])


def test_without_an_arrangement_the_superior_signs_nothing(county: Agency) -> None:
    clerk = builders.member(role="CLERK", at=county).staff

    with pytest.raises(OtherAgency):
        answered(of_county(county, clerk), builders.member(role="REVIEWER"))


def test_the_arrangement_is_for_that_agency_role_and_time(
    county: Agency, helped: Delegation, leader: Member
) -> None:
    clerk = builders.member(role="CLERK", at=county).staff
    other = Agency.objects.create(
        code="34082802", name="演示县二中心", region="340828", parent=builders.agency()
    )
    stranger = builders.member(role="REVIEWER", at=other)
    reviewer = builders.member(role="REVIEWER")
    delegations.revoke(delegation_id=helped.pk, by=leader.staff, reason="县里已补人", now=LATER)

    with pytest.raises(OtherAgency):
        answered(of_county(county, clerk), stranger)
    with pytest.raises(OtherAgency):
        answered(of_county(other, clerk), reviewer)
    with pytest.raises(OtherAgency):
        answered(of_county(county, clerk), reviewer, now=LATER)


def test_who_received_it_in_the_county_does_not_review_it_for_the_city(
    county: Agency, helped: Delegation
) -> None:
    natural = builders.person(name="石玉兰")
    reviewer = builders.member(role="REVIEWER", of=natural)

    with pytest.raises(SamePerson):
        answered(builders.case(kind="STOP", at=county, received_by=natural.pk), reviewer)


def test_only_the_superior_s_leader_arranges_it_and_only_for_steps_that_are_signed(
    county: Agency, leader: Member
) -> None:
    own = builders.member(role="APPROVER", at=county)
    valid = DateRange(TODAY, UNTIL)

    with pytest.raises(NotToAppoint):
        delegations.appoint_superior(
            agency=county, terms=terms(role="REVIEWER", level=""), key=own.key, now=NOW
        )
    for role in ("CLERK", "FINANCE", "SECURITY_ADMIN"):
        with pytest.raises(DelegationInvalid):
            delegations.appoint_superior(
                agency=county,
                terms=terms(role=role, level="", valid=valid),
                key=leader.key,
                now=NOW,
            )
    with pytest.raises(DelegationInvalid, match="没有登记上级经办机构"):
        delegations.appoint_superior(
            agency=builders.agency(),
            terms=terms(role="REVIEWER", level=""),
            key=leader.key,
            now=NOW,
        )


def test_an_account_does_not_change_its_agency(county: Agency) -> None:
    staff = builders.member(role="REVIEWER").staff

    with pytest.raises(DatabaseError, match="stays with"), transaction.atomic():
        Staff.objects.filter(pk=staff.pk).update(agency=county)
