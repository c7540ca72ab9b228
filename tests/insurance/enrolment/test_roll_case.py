"""A wrong entry of a roll, or a wrong group, is put right by two persons: superseded."""

from datetime import date
from functools import partial
from pathlib import Path

import pytest

from backend.cases.models import Case
from backend.kernel.money import MoneyInvalid
from backend.people.supersede import AlreadySuperseded
from insurance.enrolment import roll_case
from insurance.enrolment.correct import OtherPerson, ReasonMissing
from insurance.enrolment.invariants import broken_promises
from insurance.enrolment.models import Enrolment, RollEntry, SupportGroup
from insurance.enrolment.roll import take_roll
from tests import builders
from tests.insurance.collection import case_builders as cases
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.feed_files import roll_row, write_roll

pytestmark = pytest.mark.django_db
check, decide = (partial(act, blockers=()) for act in (roll_case.check, roll_case.decide))
YEAR = of.months("2027-01", "2028-01")


@pytest.fixture(autouse=True)
def on_the_roll(tmp_path: Path) -> None:
    """5,000 yuan were typed for Chen's 500, and a group that is not hers."""
    builders.chen()
    of.village()
    rows = [roll_row(level="5000.00", group="SUBSISTENCE"), roll_row(scheme="390")]
    path = write_roll(tmp_path, rows)
    assert take_roll(path=path, today=builders.TODAY, refused=[], pensions=of.nobody_draws).accepted


def case(*, scheme: str = "170", **changes: object) -> Case:
    entry = RollEntry.objects.get(scheme=scheme, superseded_at__isnull=True)
    content: dict[str, object] = {
        "entry": entry.pk,
        "keep": True,
        "level": "500.00" if scheme == "170" else None,
        "collective": "0.00",
        "subsidised": True,
        "groups": None,
        "reason": "档次录错",
    }
    return cases.decided(
        kind="ENROLMENT_ROLL", party_id=entry.person_id, content={**content, **changes}
    )


def now(model: type[RollEntry] | type[SupportGroup]) -> list[tuple[object, ...]]:
    column = "chosen_fen" if model is RollEntry else "group"
    rows = model.objects.filter(superseded_at__isnull=True)
    return list(rows.order_by("pk").values_list(column, "valid", "source"))


def test_the_level_is_put_right() -> None:
    asked = case()
    before = RollEntry.objects.get(scheme="170")

    assert check(asked) == 0
    assert decide(asked) == 2

    before.refresh_from_db()
    after = RollEntry.objects.get(scheme="170", superseded_at__isnull=True)
    assert (after.chosen_fen, after.case_id) == (500_00, asked.pk)
    assert after.recorded_at == before.superseded_at
    assert now(SupportGroup) == [("SUBSISTENCE", YEAR, "ROLL")]
    with pytest.raises(AlreadySuperseded):
        decide(asked)


def test_the_groups_of_the_year_are_those_told() -> None:
    rows = decide(case(level="5000.00", groups=["EXTREME_POVERTY"]))

    assert rows == 2
    assert now(SupportGroup) == [("EXTREME_POVERTY", YEAR, "CASE")]
    assert RollEntry.objects.filter(superseded_at__isnull=False).count() == 0


def test_a_group_of_other_years_stays() -> None:
    SupportGroup.objects.update(superseded_at=builders.NOW)
    SupportGroup.objects.create(
        person_id=builders.chen().pk, group="EXTREME_POVERTY",
        valid=of.months("2025-01", "2029-01"), source="DESK",
    )  # fmt: skip

    decide(case(groups=[]))

    assert now(SupportGroup) == [
        ("EXTREME_POVERTY", of.months("2025-01", "2027-01"), "CASE"),
        ("EXTREME_POVERTY", of.months("2028-01", "2029-01"), "CASE"),
    ]


def test_a_group_told_for_a_part_holds_for_the_year() -> None:
    SupportGroup.objects.update(superseded_at=builders.NOW)
    SupportGroup.objects.create(
        person_id=builders.chen().pk, group="SUBSISTENCE", valid=of.months("2027-05"),
        source="DESK",
    )  # fmt: skip

    decide(case(groups=["SUBSISTENCE"]))

    assert sorted(row[1].lower for row in now(SupportGroup)) == [  # type: ignore[attr-defined]
        date(2027, 1, 1),
        date(2028, 1, 1),
    ]


def test_who_never_was_on_the_roll_was_not_insured() -> None:
    decide(case(keep=False, groups=[]))

    enrolled = Enrolment.objects.filter(superseded_at__isnull=True)
    assert [row.scheme for row in enrolled] == ["390"]
    assert [row[0] for row in now(RollEntry)] == [None]
    assert now(SupportGroup) == []


def test_what_a_case_wrote_rests_on_its_decision() -> None:
    decide(case(groups=["EXTREME_POVERTY"]))

    assert [one.promise for one in broken_promises()] == [  # its case is not signed here
        "更正的名册和困难群体依据已办结的业务件"
    ] * 2


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"entry": 0}, AlreadySuperseded),
        ({"keep": "no"}, roll_case.RollCaseInvalid),
        ({"subsidised": None}, roll_case.RollCaseInvalid),
        ({"level": "0.00"}, roll_case.RollCaseInvalid),
        ({"level": 500}, MoneyInvalid),
        ({"collective": "-1.00"}, roll_case.RollCaseInvalid),
        ({"groups": ["RICH"]}, roll_case.RollCaseInvalid),
        ({"groups": "SUBSISTENCE"}, roll_case.RollCaseInvalid),
        ({"scheme": "390", "level": "400.00"}, roll_case.RollCaseInvalid),
        ({"reason": ""}, ReasonMissing),
        ({"level": "5000.00"}, roll_case.NothingChanges),
        ({"level": "5000.00", "groups": ["SUBSISTENCE"]}, roll_case.NothingChanges),
    ],
)
def test_a_case_that_says_too_little_is_refused(
    changes: dict[str, object], refusal: type[Exception]
) -> None:
    asked = case(scheme=str(changes.pop("scheme", "170")), **changes)

    with pytest.raises(refusal):
        check(asked)


def test_the_case_is_of_the_person_on_the_roll() -> None:
    asked = case()
    asked.party_id = builders.zhao().pk

    with pytest.raises(OtherPerson):
        check(asked)
