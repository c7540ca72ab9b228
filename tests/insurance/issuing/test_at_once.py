"""A case ends with the papers that are there, also where another is printed at the same time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.cases.models import Closing
from insurance.issuing import stage_invariants
from insurance.issuing.delivery import Delivered, NotDelivered, close, deliver
from insurance.issuing.issue import Out
from tests.at_once import at_once
from tests.backend.cases import filing_builders as filing
from tests.backend.cases import material_builders as materials
from tests.insurance.issuing import issuing_builders as ours


@pytest.mark.usefixtures("own_database")
def test_a_case_ends_before_or_after_another_paper_of_it_but_not_beside_it() -> None:
    ours.configured()
    clerk, case, now = filing.clerk(), ours.decided(kind="HOLD"), timezone.now()
    paper = ours.printed(case, by=clerk).paper
    told = Delivered(
        way="IN_PERSON",
        on=paper.issued_on,
        receiver="王秀英",
        relation="本人",
        proof="送达回证",
        material=materials.of(case, title="送达回证").pk,
    )
    deliver(paper=paper, told=told, staff=clerk.staff, now=now + timedelta(minutes=1))

    ended, printed = at_once(
        lambda: close(case_id=case.pk, staff=clerk.staff, now=timezone.now()),
        lambda: ours.printed(case, said="姓名已更正", by=clerk),
    )

    assert isinstance(printed, Out)
    assert isinstance(ended, Closing | NotDelivered)
    assert stage_invariants.broken_promises() == []
