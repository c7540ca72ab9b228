"""What is listed for many people is what each one's facts say, also when they change (双算)."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from random import Random

import pytest
from django.db.models import Sum

from backend.kernel.months import Month
from backend.people.models import Death
from backend.people.supersede import end_from
from insurance.benefits.models import Component, Entitlement, Hold, Stop
from insurance.collection.models import FundLine
from insurance.enrolment.models import Enrolment
from insurance.unemployment.models import Claim
from payments.ledger.models import Book
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.unemployment import claim_builders as z
from tests.insurance.unemployment import contribution_builders as c
from tests.insurance.unemployment.contribution_builders import DEC, JAN, NOV

pytestmark = pytest.mark.django_db
PEOPLE, SEED = 90, 20261201
FEB = JAN.next
MONTHS = (NOV, DEC, JAN)
AMOUNTS = {"310": c.MEDICAL, "110": c.PENSION}
Key = tuple[int, str, Month]


@dataclass
class Drawer:
    """Somebody who draws from a month on, and what else is known of him."""

    person_id: int
    entitlement: Entitlement
    start: Month
    end: Month
    near: tuple[Month, Month] | None
    stopped: set[Month] = field(default_factory=set)
    held: tuple[Month, Month | None] | None = None
    insured: set[tuple[str, Month]] = field(default_factory=set)
    died: date | None = None

    def wanted(self, period: Month) -> Counter[Key]:
        """The rule, month by month."""
        return Counter(
            {
                (self.person_id, scheme, month): AMOUNTS[scheme]
                for month in MONTHS
                for scheme in AMOUNTS
                if month <= period and self._paid(scheme, month, period)
            }
        )

    def _paid(self, scheme: str, month: Month, period: Month) -> bool:
        due = self.start <= month < self.end and month not in self.stopped
        due = due and not (self._held(month) and self._held(period))
        alive = self.died is None or self.died >= month.first_day
        near = scheme == "310" or (self.near is not None and self.near[0] <= month < self.near[1])
        return due and alive and near and (scheme, month) not in self.insured

    def _held(self, month: Month) -> bool:
        if self.held is None:
            return False
        since, until = self.held
        return since <= month and (until is None or month < until)


def test_lists_come_to_what_the_facts_say_each_month() -> None:
    random = Random(SEED)
    drawers = _people(random)

    for period in (NOV, DEC, JAN):
        for one in random.sample(drawers, PEOPLE // 2):
            _happens(one, random)
        c.listed(period)

        wanted = sum((one.wanted(period) for one in drawers), Counter[Key]())
        assert _listed() == wanted
        assert len(wanted) > PEOPLE // 2


def _listed() -> Counter[Key]:
    rows = FundLine.objects.values_list("person_id", "scheme", "month").annotate(fen=Sum("fen"))
    return Counter({(p, scheme, Month.of(day)): fen for p, scheme, day, fen in rows if fen})


def _people(random: Random) -> list[Drawer]:
    m.office()
    report = z.certificate()
    book = Book.objects.get(scheme="210")
    return [_drawer(random, book, report.pk, n) for n in range(PEOPLE)]


def _drawer(random: Random, book: Book, job_end: int, n: int) -> Drawer:
    person = builders.person(name="演示人员").pk
    start = random.choice((NOV, NOV, DEC))
    end = start.plus(random.choice((1, 2, 3)))
    near_from = random.choice((NOV, DEC, JAN))
    near = (near_from, random.choice((JAN, FEB))) if random.random() < 0.4 else None
    near = near if near and near[0] < near[1] else None
    made = Entitlement.objects.create(
        person_id=person, scheme="210", book=book, start_month=start.first_day, case_id=n + 1
    )
    Component.objects.create(
        entitlement=made,
        component="UNEMPLOYMENT",
        fen=173_700,
        standing="DEMO",
        valid=m.months(start, end),
        case_id=n + 1,
    )
    Claim.objects.create(
        person_id=person,
        entitlement=made,
        job_end_id=job_end,
        registered_on=start.first_day,
        region="340800",
        paid_months=70,
        unused_months=0,
        regular_months=3,
        granted_months=3,
        pension_months=m.months(*near) if near else None,
        birth_month=date(1970, 1, 1),
        monthly_fen=173_700,
        figures={},
        steps=[],
        policy_version="0" * 64,
        standing="demo",
        conditions_standing="demo",
        case_id=n + 1,
    )
    return Drawer(person, made, start, end, near)


def _happens(one: Drawer, random: Random) -> None:
    """Something becomes known, often of a month that is over; or what was known is withdrawn."""
    month = random.choice(MONTHS)
    what = random.choice(("stop", "hold", "hold", "release", "job", "death", "undone"))
    if what == "undone":
        _undo(one)
    elif what == "stop" and not one.stopped:
        m.stop(of=one.entitlement, since=month)
        one.stopped = {later for later in MONTHS if later >= month}
    elif what == "hold" and not one.held:
        m.hold(of=one.entitlement, since=month)
        one.held = (month, None)
    elif what == "release" and one.held and one.held[1] is None and month > one.held[0]:
        current = Hold.objects.filter(entitlement=one.entitlement, superseded_at=None)
        end_from(current=current, from_date=month.first_day, case_id=None)
        one.held = (one.held[0], month)
    elif what == "job" and not one.insured:
        scheme = random.choice(("110", "310"))
        valid = m.months(month, month.next)
        of.enrolment(person_id=one.person_id, scheme=scheme, valid=valid)
        one.insured = {(scheme, month)}
    elif what == "death" and one.died is None:
        one.died = random.choice((month.first_day, month.last_day, month.previous.last_day))
        Death.objects.create(
            person_id=one.person_id, death_date=one.died, source="演示", evidence="演示"
        )


def _undo(one: Drawer) -> None:
    """Stop, hold, job and death were all wrong."""
    for model in (Stop, Hold):
        for row in model.objects.filter(entitlement=one.entitlement, superseded_at=None):
            m.supersede(row)
    of_person = {"person_id": one.person_id, "superseded_at": None}
    Enrolment.objects.filter(**of_person).update(superseded_at=builders.NOW)
    Death.objects.filter(**of_person).update(superseded_at=builders.NOW)
    one.stopped, one.held, one.insured, one.died = set(), None, set(), None
