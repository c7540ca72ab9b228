"""Who puts down that a decision was delivered, and by what it is proven (送达登记)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.access.models import Staff
from backend.cases.models import Case
from insurance.issuing import print_slips, stage_invariants
from insurance.issuing.delivery import Delivered, DeliveryOfOwnCase, deliver
from insurance.issuing.models import Delivery, IssuedPaper
from tests.backend.cases import filing_builders as filing
from tests.backend.cases import material_builders as materials
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


def delivered(paper: IssuedPaper, by: Member | Staff, *, scanned: bool = True) -> Delivery:
    assert paper.case is not None
    told: dict[str, Any] = {"way": "IN_PERSON", "on": timezone.localdate()}
    told |= {"receiver": "赵志强", "relation": "本人", "proof": "送达回证已签名"}
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


@pytest.mark.parametrize("by_signer", [True, False])
def test_a_delivery_put_down_by_sql_is_named(
    clerk: Member, declined: Case, paper: IssuedPaper, by_signer: bool
) -> None:
    signer = declined.decided_by
    assert signer is not None
    Delivery.objects.create(
        paper=paper,
        way="IN_PERSON",
        delivered_on=timezone.localdate(),
        receiver="赵志强",
        relation="本人",
        proof="送达回证",
        material=materials.of(declined) if by_signer else None,
        recorded_by=signer if by_signer else clerk.staff.person_id,
    )

    (broken,) = stage_invariants.broken_promises()

    assert broken.found == paper.number
