"""An archive is recognised by a case with its papers, superseded and never changed (档案认定)."""

import pytest
from django.db import DatabaseError

from backend.cases import acts
from backend.cases.content import ContentInvalid, ProposalWaits
from backend.kernel.months import Month
from insurance.pension import models
from insurance.pension.archive import PeriodsOverlap
from insurance.pension.archive_facts import (
    ArchiveInvalid,
    EarlierRecordPrevails,
    check,
    current,
    decide,
)
from insurance.pension.deemed import DeemedGroundMissing
from insurance.pension.models import ArchiveFacts, ArchivePeriod
from insurance.policy import retirement
from tests import builders
from tests.insurance.pension import pension_builders as p

pytestmark = pytest.mark.django_db
KIND = "ARCHIVE_FACTS"


def recognise(**changes: object) -> int:
    return decide(p.decided(kind=KIND, content=p.archive(**changes)))


def test_categories_are_those_of_the_rule() -> None:
    assert [one.value for one in models.Category] == [one.name for one in retirement.Category]


def test_what_is_recognised_stands_with_its_papers() -> None:
    assert recognise() == 2

    facts = current(person_id=p.man().pk)
    assert facts is not None
    assert (Month.of(facts.birth_month), Month.of(facts.id_birth_month)) == (
        Month(1966, 3),
        Month(1966, 5),
    )
    assert [record["paper"] for record in facts.records] == ["招工登记表", "工资审批表"]
    assert facts.deemed_months == 10 * 12 + 10
    assert facts.archiveperiod_set.get().evidence == "工资审批表 演示2号"


def test_a_later_paper_does_not_prevail() -> None:
    with pytest.raises(EarlierRecordPrevails, match="1966-03") as refused:
        recognise(birth_month="1966-05")

    assert refused.value.facts["birth_month"] == "1966-03"


def test_without_papers_the_id_card_counts() -> None:
    recognise(birth_records=[], birth_month="1966-05")

    facts = current(person_id=p.man().pk)
    assert facts is not None
    assert facts.birth_month == facts.id_birth_month


def test_a_new_recognition_takes_the_place_of_the_old_one() -> None:
    recognise()

    rows = recognise(deemed=[])

    old, new = ArchiveFacts.objects.order_by("pk")
    assert (rows, old.superseded_at, new.superseded_at) == (2, new.recorded_at, None)
    assert ArchivePeriod.objects.filter(facts=old).exists()


def test_facts_are_never_changed() -> None:
    recognise()

    with pytest.raises(DatabaseError, match="permission denied"):
        ArchiveFacts.objects.update(deemed_months=300)


def test_special_work_names_the_work() -> None:
    spell = {"from_month": "1990-01", "last_month": "1999-12", "evidence": "岗位工资表"}

    with pytest.raises(ContentInvalid, match="工种"):
        recognise(special=[spell])

    assert recognise(special=[{**spell, "work": "UNDERGROUND"}]) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"category": "F55"},
        {"first_work_month": "1966-03"},
        {"first_work_month": "2026-12"},
        {"deemed": [{"from_month": "1985-02", "last_month": "1990-01", "evidence": "演示"}]},
        {"deemed": [{"from_month": "2026-01", "last_month": "2026-12", "evidence": "演示"}]},
        {"birth_records": [{"paper": "补", "recorded_on": "2027-01-01", "birth_month": "1966-03"}]},
    ],
)
def test_contradictions_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises((ArchiveInvalid, ContentInvalid)):
        recognise(**wrong)


def test_deemed_periods_do_not_overlap() -> None:
    spell = {"from_month": "1985-03", "last_month": "1990-01", "evidence": "演示"}

    with pytest.raises(PeriodsOverlap):
        recognise(deemed=[spell, {**spell, "from_month": "1990-01", "last_month": "1991-01"}])


def test_since_personal_accounts_began_a_month_is_deemed_on_a_named_ground_only() -> None:
    longer = {"from_month": "1985-03", "last_month": "1996-01", "evidence": "工资审批表 演示2号"}

    with pytest.raises(DeemedGroundMissing, match="1996-01"):
        recognise(deemed=[longer])

    recognise(deemed=[{**longer, "ground": "ARMY"}])
    assert ArchivePeriod.objects.get().ground == "ARMY"


def test_years_in_public_bodies_are_deemed_until_those_paid_themselves() -> None:
    years = {"from_month": "1990-01", "evidence": "干部履历表 演示1号", "ground": "PUBLIC_BODY"}

    with pytest.raises(DeemedGroundMissing):
        recognise(deemed=[{**years, "last_month": "2014-10"}])

    assert recognise(deemed=[{**years, "last_month": "2014-09"}]) == 2


def test_one_proposal_of_a_person_waits_at_a_time() -> None:
    p.waiting(kind=KIND, content=p.archive())

    with pytest.raises(ProposalWaits):
        check(p.waiting(kind=KIND, content=p.archive(deemed=[])))


def test_of_nobody_else_anything_is_known() -> None:
    recognise()

    assert current(person_id=builders.chen().pk) is None


def test_the_city_knows_the_act() -> None:
    assert acts.registered()[KIND] is decide
    assert acts.registered()[f"{KIND}.RECEIVED"] is check
