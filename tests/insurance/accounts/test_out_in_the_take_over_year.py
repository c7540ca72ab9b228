"""Out twice in the year that was taken over (接管年度两次转出): of its months not all are known."""

from datetime import date
from typing import Any

import pytest

from backend.access.models import Agency
from insurance.accounts.models import Outgoing
from insurance.accounts.sent_away import BasesSentAway
from insurance.accounts.transfer_bases import BasesDiffer
from tests import builders
from tests.insurance.accounts.test_twice_out_in_a_year import pays, send, sheet, works
from tests.insurance.collection.bill_builders import DEC, NOV
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
CEILING_2026 = 21_772_00
REASON: dict[str, Any] = {"difference_reason": "接管前的缴费，原系统缴费记录 演示"}


@pytest.fixture(autouse=True)
def li() -> None:
    """The first month billed here is November; what Li paid before, the old system knows."""
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")
    of.wage(person_id=builders.li().pk)


def test_a_month_from_before_that_was_paid_after_the_first_transfer_goes_with_the_second() -> None:
    """Ten months of the old system went on 2 December, November was not paid yet."""
    works("2026-01", "2026-12")
    send(sheet("60000.00", on=date(2026, 12, 2)))
    works("2026-12", "2027-01")
    pays(NOV)
    pays(DEC)

    with pytest.raises(BasesDiffer, match="写明原因和依据"):
        send(sheet("12000.00"))
    with pytest.raises(BasesSentAway, match=r"合计 12000\.00 元，不能多转。.*先补记入库"):
        send(sheet("12000.01", **REASON))
    send(sheet("12000.00", **REASON))

    parts = Outgoing.objects.order_by("id").values_list("pooled_fen", flat=True)
    assert list(parts) == [7_200_00, 1_440_00]


def test_a_month_that_the_old_system_billed_after_the_first_transfer_goes_with_the_second() -> None:
    """Nine months went on 15 October, before anything was billed here."""
    works("2026-01", "2026-10")
    send(sheet("54000.00", on=date(2026, 10, 15)))
    works("2026-10", "2027-01")
    pays(NOV)
    pays(DEC)

    with pytest.raises(BasesDiffer, match=r"本系统已缴 2 个月、基数合计 12000\.00 元"):
        send(sheet("18000.00"))
    most = f"{(12_000_00 + CEILING_2026) // 100}.01"
    with pytest.raises(BasesSentAway, match=r"33772\.00 元，不能多转"):
        send(sheet(most, **REASON))

    assert send(sheet("18000.00", **REASON))


def test_where_all_of_the_year_was_billed_here_no_reason_brings_more() -> None:
    works("2026-11", "2026-12")
    pays(NOV)
    send(sheet("12000.00", on=date(2026, 12, 2), **REASON))
    works("2026-12", "2027-01")
    pays(DEC)

    with pytest.raises(BasesSentAway, match=r"合计 6000\.00 元"):
        send(sheet("6000.01", **REASON))
