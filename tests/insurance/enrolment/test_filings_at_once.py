"""Of two clerks who take one filing at once one does; rows handed in twice are one filing."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.access.models import Staff
from insurance.enrolment.filing_models import EmployerFiling
from insurance.enrolment.hand_in import Change, hand_in_roster
from insurance.enrolment.models import EnrolmentFile
from insurance.enrolment.take_filing import FilingDecided, decline, take
from tests import builders
from tests.at_once import at_once
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment import filing_builders as filed
from tests.insurance.enrolment.feed_files import number_of

pytestmark = pytest.mark.usefixtures("own_database")
TODAY = date(2026, 11, 5)


def clerk(name: str) -> Staff:
    return builders.member(role="CLERK", of=builders.person(name=name)).staff


def test_two_clerks_at_once_take_a_filing_once(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    of.employer()
    of.enrolment()
    filing, one, other = filed.waiting(), clerk("方卫东"), clerk("操慧敏")

    found = at_once(
        lambda: take(
            filing_id=filing.pk, by=one, today=TODAY, blockers=(), pensions=of.nobody_draws
        ),
        lambda: decline(filing_id=filing.pk, reason="演示", by=other),
        lambda: take(
            filing_id=filing.pk, by=other, today=TODAY, blockers=(), pensions=of.nobody_draws
        ),
    )

    assert sum(isinstance(answer, FilingDecided) for answer in found) == 2
    filing.refresh_from_db()
    assert (filing.state == "TAKEN") is EnrolmentFile.objects.filter(accepted=True).exists()
    assert filing.state in ("TAKEN", "DECLINED")


def test_the_same_rows_handed_in_at_once_are_one_filing() -> None:
    agent = builders.member(role="EMPLOYER_AGENT").staff
    row = Change("LEAVE", "CITIZEN", number_of(builders.li().pk), "李建国", ("110",), "2026-11")

    found = at_once(*[lambda: hand_in_roster(changes=[row], by=agent, today=TODAY)] * 3)

    assert {filing.pk for filing in found} == {EmployerFiling.objects.get().pk}
