"""A man of Anqing retires in July 2026: listed, recognised, let go, awarded, paid, computed again.

The base of 2026 is published late: from August to November he is paid by that of 2025, 4,886.94
yuan a month, and in December what the new base is more for each of these months.
"""

from datetime import date

import pytest

from backend.city.promises import broken_promises
from backend.kernel.months import Month
from insurance.benefits.models import Due, Entitlement
from insurance.enrolment.models import Enrolment, RetiredStatus
from insurance.pension.check_sheet import Look
from insurance.pension.check_sheet_of import check_sheet_of
from insurance.pension.models import Award
from insurance.pension.pre_retirement import preview_window, upcoming
from payments.models import Attempt, Batch
from tests import builders
from tests.insurance.benefits import month_builders as month
from tests.insurance.benefits.month_builders import DECEMBER, NOVEMBER
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.pension import pension_builders as p

AUGUST = Month(2026, 8)
BY_2025, BY_2026 = 488_694, 498_749
REGULAR, DIFFERENCE = 1, 2


def paid_in(period: Month) -> list[tuple[Month, int, int]]:
    """Month, kind and amount of every line that a period's batches hold for him."""
    batches = Batch.objects.filter(period=period.first_day)
    lines = Attempt.objects.filter(payee_id=p.man().pk, batch_id__in=batches.values("pk"))
    dues = Due.objects.filter(due_ref__in=lines.values("due_ref")).order_by("for_month")
    return [(Month.of(due.for_month), due.kind, due.fen) for due in dues]


@pytest.mark.django_db
def test_the_story_of_a_man_who_retires(monkeypatch: pytest.MonkeyPatch) -> None:
    month.office()
    man = p.man()
    for scheme in ("110", "210", "310"):
        of.enrolment(person_id=man.pk, scheme=scheme, valid=of.months("2010-01"))
    p.with_account()
    month.account(of=man.pk)

    # In spring his archive says that he is two months older than his ID card, and he is listed.
    p.through_hands(kind="ARCHIVE_FACTS", content=p.archive())
    window = preview_window(month=Month(2026, 3), region="340800")
    (soon,) = upcoming(window=window, on=date(2026, 3, 10), most=10, payer_id=of.employer().pk)
    assert (soon.month, soon.missing, soon.approved) == (Month(2026, 7), (), False)
    sheet = check_sheet_of(person=man, region="340800", now=builders.NOW)
    assert [item.code for item in sheet if item.look is not Look.THERE] == ["MONTHS", "APPROVAL"]

    # The department lets him retire, the agency awards: two papers of two bodies.
    p.through_hands(kind="RETIREMENT_APPROVAL", content=p.retirement(), at=p.department())
    p.through_hands(kind="PENSION_AWARD", content=p.award())
    award = Award.objects.get()
    assert (award.interim, award.total_fen) == (True, BY_2025)
    assert {row.valid.upper for row in Enrolment.objects.filter(superseded_at=None)} == {
        AUGUST.first_day
    }
    assert RetiredStatus.objects.get().valid.lower == AUGUST.first_day

    # November pays its own month and, back, those since August.
    month.sealed(NOVEMBER)
    assert paid_in(NOVEMBER) == [
        (AUGUST, DIFFERENCE, BY_2025),
        (AUGUST.plus(1), DIFFERENCE, BY_2025),
        (AUGUST.plus(2), DIFFERENCE, BY_2025),
        (NOVEMBER, REGULAR, BY_2025),
    ]

    # The base of the year is published: what was interim is computed again, once.
    p.publish_base(monkeypatch, issued=date(2026, 11, 20))
    p.recalculated(known_on=date(2026, 12, 5))
    again = Award.objects.get(previous=award)
    assert (again.interim, again.total_fen) == (False, BY_2026)

    # December pays by the new base, and for four months what it is more.
    month.sealed(DECEMBER)
    more = BY_2026 - BY_2025
    assert paid_in(DECEMBER) == [
        *((AUGUST.plus(place), DIFFERENCE, more) for place in range(4)),
        (DECEMBER, REGULAR, BY_2026),
    ]
    entitlement = Entitlement.objects.get(person=man.pk)
    everything = sum(Due.objects.filter(entitlement=entitlement).values_list("fen", flat=True))
    assert everything == 5 * BY_2026
    assert [one for one in broken_promises() if "养老" in one.promise] == []
