"""The day on which a case counts as decided (业务日期)."""

from datetime import UTC, date, datetime

import pytest

from backend import deployment
from backend.cases import content
from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from tests import builders

pytestmark = pytest.mark.django_db
DECIDED = datetime(2026, 11, 5, 2, tzinfo=UTC)


def decided(**asked: object) -> Case:
    case = builders.case(content={"note": "演示", **asked})
    case.decided_at = DECIDED
    return case


def test_a_case_counts_on_the_day_of_its_decision() -> None:
    assert content.day_of(decided()) == date(2026, 11, 5)


@pytest.mark.parametrize("day", ["2027-03-03", "2026-01-01"])
def test_a_demonstration_lives_by_the_day_that_is_told(day: str) -> None:
    assert content.day_of(decided(received_date=day)) == date.fromisoformat(day)


def test_elsewhere_the_clock_counts_whatever_a_case_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment, "is_demo", lambda: False)

    assert content.day_of(decided(received_date="2027-03-03")) == date(2026, 11, 5)


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(ContentInvalid):
        content.day_of(decided(received_date="明年"))
