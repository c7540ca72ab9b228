"""Who puts down that a decision was delivered, and by what it is proven (送达登记)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from backend.access.models import Staff
from backend.cases.models import Case
from backend.cases.own_matter import OwnMatter
from insurance.issuing import print_slips, stage_invariants
from insurance.issuing.delivery import Delivered, DeliveryInvalid, DeliveryOfOwnCase, deliver
from insurance.issuing.models import Delivery, IssuedPaper
from tests import builders
from tests.backend.cases import filing_builders as filing
from tests.backend.cases import material_builders as materials
from tests.backend.cases import objection_builders as objections
from tests.builders import Member
from tests.insurance.issuing import issuing_builders as ours

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk() -> Member:
    ours.configured()
    return filing.clerk()


@pytest.fixture
def declined(clerk: Member) -> Case:
    then = timezone.now() - timedelta(days=10)
    return filing.declined(filing.filed(clerk, now=then), filing.reviewer(), now=then)


@pytest.fixture
def paper(clerk: Member, declined: Case) -> IssuedPaper:
    return print_slips.print_declined(case=declined, by=clerk.staff).paper


def delivered(
    paper: IssuedPaper, by: Member | Staff, *, scanned: bool = True, **changes: str
) -> Delivery:
    assert paper.case is not None
    told: dict[str, Any] = {"way": "IN_PERSON", "on": timezone.localdate()}
    told |= {"receiver": "赵志强", "relation": "本人", "proof": "送达回证已签名"}
    told |= changes
    if scanned:
        told["material"] = materials.of(paper.case, title="送达回证").pk
    return deliver(
        paper=paper,
        told=Delivered(**told),
        staff=by.staff if isinstance(by, Member) else by,
        now=timezone.now(),
    )


def test_who_signed_a_decision_does_not_say_that_it_was_delivered(
    declined: Case, paper: IssuedPaper
) -> None:
    assert declined.decided_by is not None
    signer = Staff.objects.get(person_id=declined.decided_by)

    with pytest.raises(DeliveryOfOwnCase):
        delivered(paper, signer)
    assert not Delivery.objects.exists()


def test_who_received_a_case_says_that_its_decision_was_delivered(
    clerk: Member, declined: Case, paper: IssuedPaper
) -> None:
    assert declined.received_by == clerk.staff.person_id

    assert delivered(paper, clerk).recorded_by == clerk.staff.person_id


def test_a_slip_starts_no_term_and_needs_no_scan(clerk: Member) -> None:
    case = filing.filed(clerk)
    filing.asked(case, clerk)
    slip = print_slips.print_correction(case=Case.objects.get(pk=case.pk), by=clerk.staff).paper

    assert delivered(slip, clerk, scanned=False).material is None


def by_sql(paper: IssuedPaper, **changes: object) -> Delivery:
    """Put down past the act."""
    row = {
        "way": "IN_PERSON",
        "delivered_on": timezone.localdate(),
        "receiver": "赵志强",
        "relation": "本人",
        "proof": "送达回证",
        **changes,
    }
    with transaction.atomic():
        return Delivery.objects.create(paper=paper, **row)


def test_a_delivery_without_its_scan_that_sql_put_down_is_named(
    clerk: Member, paper: IssuedPaper
) -> None:
    by_sql(paper, recorded_by=clerk.staff.person_id)

    (broken,) = stage_invariants.broken_promises()

    assert broken.found == paper.number


def test_who_signed_it_puts_down_no_delivery_by_sql(declined: Case, paper: IssuedPaper) -> None:
    scan = materials.of(declined)

    with pytest.raises(DatabaseError, match="signed case"):
        by_sql(paper, material=scan, recorded_by=declined.decided_by)


def test_who_stands_in_the_case_puts_down_no_delivery(clerk: Member) -> None:
    heir = filing.reviewer()
    decider = builders.member(role="REVIEWER", of=builders.chen())
    hold = objections.decided(decider, heirs=[{"payee": heir.staff.person_id}])
    paper = ours.printed(hold, by=clerk).paper

    with pytest.raises(OwnMatter):
        delivered(paper, heir)
    with pytest.raises(DatabaseError, match="stands in it"):
        by_sql(paper, receiver="王秀英", recorded_by=heir.staff.person_id)


def test_who_signs_for_himself_is_whom_it_is_addressed_to(
    clerk: Member, paper: IssuedPaper
) -> None:
    with pytest.raises(DeliveryInvalid, match="受送达人是赵志强"):
        delivered(paper, clerk, receiver="陈桂芳")
    with pytest.raises(DatabaseError, match="addressed to another"):
        by_sql(paper, receiver="陈桂芳", recorded_by=clerk.staff.person_id)

    assert delivered(paper, clerk, receiver=" 赵志强 ").receiver == "赵志强"


def test_another_takes_it_for_him(clerk: Member, paper: IssuedPaper) -> None:
    assert delivered(paper, clerk, receiver="陈桂芳", relation="妻子").receiver == "陈桂芳"
