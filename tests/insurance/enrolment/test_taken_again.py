"""A roster or roll that comes again brings nothing old back: known, or refused when overtaken."""

from collections.abc import Callable
from pathlib import Path

import pytest

from backend.kernel.months import Month, MonthRange
from backend.people.models import Alias
from insurance.enrolment import roll_case
from insurance.enrolment.correct import correct
from insurance.enrolment.files import take_file
from insurance.enrolment.leave import leave
from insurance.enrolment.models import Enrolment, EnrolmentFile, RollEntry, SupportGroup, Wage
from insurance.enrolment.wages import DeclaredWage, declare_wages
from tests import builders
from tests.insurance.collection import case_builders as cases
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.enrolment_builders import NOV
from tests.insurance.enrolment.feed_files import number_of, roll_row, roster_row, write, write_roll

pytestmark = pytest.mark.django_db
TODAY = builders.TODAY


@pytest.fixture(autouse=True)
def _register() -> None:
    builders.li()
    builders.chen()
    of.employer()
    of.village()


def take(path: Path) -> EnrolmentFile:
    return take_file(path=path, today=TODAY, refused=[], blockers=(), pensions=of.nobody_draws)


def rows() -> list[tuple[object, ...]]:
    """All that enrolments, wages and rolls say."""
    models = (Enrolment, Wage, RollEntry, SupportGroup)
    return [row for model in models for row in model.objects.order_by("pk").values_list()]


def overtaken(path: Path) -> str:
    """The sentence by which a file is refused that was taken before; it wrote nothing."""
    before = rows()
    again = take(path)
    assert (again.accepted, again.code) == (False, "enrolment_file_overtaken")
    assert rows() == before
    return again.detail


@pytest.fixture
def joined(tmp_path: Path) -> Path:
    """Li and Zhao join the company."""
    zhao = roster_row(number=number_of(builders.zhao().pk), name="赵志强")
    path = write(tmp_path, [roster_row(), zhao])
    assert take(path).accepted
    return path


def test_a_roster_as_it_was_told_is_known(joined: Path) -> None:
    assert take(joined) == EnrolmentFile.objects.get()


def li_left() -> None:
    leave(
        person_id=builders.li().pk, schemes=["210"], payer_id=of.employer().pk, last_month=NOV,
        today=TODAY, blockers=(),
    )  # fmt: skip


def li_was_never_there() -> None:
    row = Enrolment.objects.get(person=builders.li().pk, scheme="310", superseded_at=None)
    correct(enrolment_id=row.pk, months=None, blockers=(), reason="录错", today=TODAY)


def li_came_a_month_later() -> None:
    row = Enrolment.objects.get(person=builders.li().pk, scheme="310", superseded_at=None)
    correct(
        enrolment_id=row.pk, months=MonthRange(NOV.next), blockers=(), reason="录错", today=TODAY
    )


def li_earns_more() -> None:
    wages_from(NOV, 700_000)


def wages_from(month: Month, fen: int) -> None:
    wage = DeclaredWage(person_id=builders.li().pk, fen=fen, confirmed=True)
    declare_wages(payer_id=of.employer().pk, from_month=month, wages=[wage], today=TODAY)


@pytest.mark.parametrize(
    "since", [li_left, li_was_never_there, li_came_a_month_later, li_earns_more]
)
def test_a_roster_whose_facts_are_otherwise_is_refused_in_words(
    joined: Path, since: Callable[[], None]
) -> None:
    since()

    told = overtaken(joined)

    assert told.startswith("这份增减员文件已于 ")
    assert "其中1行后来又有变动，没有再写入" in told


def test_the_wages_of_a_later_month_overtake_nothing(joined: Path) -> None:
    wages_from(NOV.next, 700_000)

    assert take(joined).accepted


def test_a_person_merged_since_is_the_same(joined: Path) -> None:
    twin = builders.person(name="李建国")
    Alias.objects.create(party_id=builders.li().pk, survivor_id=twin.pk, case_id=1)

    assert take(joined).accepted


def test_a_leaver_who_is_there_again_is_a_changed_fact_and_a_later_return_is_none(
    tmp_path: Path,
) -> None:
    of.enrolment()
    path = write(tmp_path, [roster_row(change="LEAVE", schemes="110", month="2026-10")])
    assert take(path).accepted
    take(write(tmp_path, [roster_row(schemes="110", month="2026-12")], name="december"))

    assert take(path).accepted

    ended = Enrolment.objects.get(valid=of.months("2020-01", "2026-11"), superseded_at=None)
    correct(
        enrolment_id=ended.pk, months=MonthRange(Month(2020, 1), NOV.next), reason="十一月还在",
        today=TODAY, blockers=(),
    )  # fmt: skip
    assert "1行" in overtaken(path)


def test_a_description_that_does_not_fit_any_more_is_refused(joined: Path) -> None:
    joined.write_text("{}")

    assert (file := take(joined)).accepted is False
    assert file.code == "enrolment_description_invalid"


@pytest.fixture
def rolled(tmp_path: Path) -> Path:
    """Chen's year on the roll, with the group that pays for her."""
    row = roll_row(group="SUBSISTENCE")
    path = write_roll(tmp_path, [row, roll_row(scheme="390", group="SUBSISTENCE")])
    assert take(path).accepted
    return path


def put_right(**changes: object) -> None:
    """Two persons put Chen's level, or group, right."""
    entry = RollEntry.objects.get(scheme="170", superseded_at=None)
    content: dict[str, object] = {
        "entry": entry.pk, "keep": True, "level": "1000.00", "collective": "0.00",
        "subsidised": True, "groups": None, "reason": "录错",
    }  # fmt: skip
    asked = cases.decided(
        kind="ENROLMENT_ROLL", party_id=entry.person_id, content={**content, **changes}
    )
    roll_case.decide(asked, blockers=())


def test_a_roll_as_it_was_told_is_known(rolled: Path) -> None:
    assert take(rolled) == EnrolmentFile.objects.get()


@pytest.mark.parametrize(
    ("changes", "lines"), [({"level": "2000.00"}, 1), ({"keep": False}, 1), ({"groups": []}, 2)]
)
def test_a_roll_whose_facts_are_otherwise_is_refused_in_words(
    rolled: Path, changes: dict[str, object], lines: int
) -> None:
    put_right(**changes)

    told = overtaken(rolled)

    assert told.startswith("这份居民缴费名册已于 ")
    assert f"其中{lines}行" in told
