"""A paper is numbered once and without gaps; what is printed again is counted."""

from datetime import date

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, IntegrityError, transaction

from backend.audit.models import Act
from backend.papers.fonts import CharacterMissing
from insurance.issuing.issue import Filing, NotDecided, issue
from insurance.issuing.models import IssuedPaper, OfficeFacts, PaperKind, Printing
from insurance.issuing.office import OfficeNotConfigured, office_on
from tests import builders
from tests.insurance.issuing import issuing_builders as ours

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _configured() -> None:
    ours.configured()


def test_papers_of_a_kind_and_year_are_numbered_one_by_one() -> None:
    case = ours.decided()

    first, second = ours.printed(case), ours.printed(case, said="另一内容")

    year = first.paper.issued_on.year
    assert [first.paper.number, second.paper.number] == [
        f"34080001-ZTGZ-{year}-000001",
        f"34080001-ZTGZ-{year}-000002",
    ]


def test_each_kind_is_numbered_apart() -> None:
    case, by = ours.decided(), ours.printer().staff
    ours.printed(case)

    out = issue(order=ours.ordered(case, kind=PaperKind.STOP_NOTICE), by=by)

    assert out.paper.ordinal == 1


def test_printed_again_it_is_the_same_paper() -> None:
    case, by = ours.decided(), ours.printer()

    first, again = ours.printed(case, by=by), ours.printed(case, by=by)

    assert (again.paper, again.pdf) == (first.paper, first.pdf)
    assert Printing.objects.filter(paper=first.paper, person_id=by.staff.person_id).count() == 2
    assert list(Act.objects.filter(name="issuing.printed").values_list("rows", flat=True)) == [2, 1]


def test_under_a_new_key_it_keeps_its_check(settings: LazySettings) -> None:
    case, by = ours.decided(), ours.printer()
    first = ours.printed(case, by=by)
    settings.PAPER_KEY = b"another"

    assert ours.printed(case, by=by).pdf == first.pdf


def test_a_paper_that_cannot_be_printed_takes_no_number() -> None:
    case = ours.decided()
    with pytest.raises(CharacterMissing), transaction.atomic():
        ours.printed(case, said="\U0003134b\U00103456")

    assert ours.printed(case).paper.ordinal == 1


def test_a_gap_cannot_be_made() -> None:
    row = ours.printed(ours.decided()).paper
    row.pk, row.ordinal, row.number, row.digest = None, 3, "34080001-ZTGZ-2026-000003", "0" * 64

    with pytest.raises(IntegrityError, match="does not follow"), transaction.atomic():
        row.save(force_insert=True)


def test_what_was_issued_is_never_changed() -> None:
    ours.printed(ours.decided())

    with pytest.raises(DatabaseError), transaction.atomic():
        IssuedPaper.objects.update(check_code="A" * 16)


def test_a_paper_says_who_signed_and_what_may_be_done() -> None:
    text = ours.text(ours.printed(ours.decided()).pdf)

    for said in ("经办人：石玉兰", "复核人：陈桂芳", "演示路1号", "安庆市大观区人民法院"):
        assert said in text


def test_in_a_demonstration_it_is_marked() -> None:
    assert "本文书的人员和数字有的是演示用的虚构内容" in ours.text(ours.printed(ours.decided()).pdf)


def test_what_is_not_decided_is_not_put_on_paper() -> None:
    with pytest.raises(NotDecided):
        ours.printed(builders.case())


def test_an_agency_without_its_facts_issues_nothing() -> None:
    day = ours.FACTS.from_date

    with pytest.raises(OfficeNotConfigured, match="未配置"):
        office_on(agency=builders.agency(), day=date(day.year - 1, 12, 31))
    assert office_on(agency=builders.agency(), day=day).place == ours.FACTS.place


def test_the_same_facts_are_told_once() -> None:
    ours.configured()

    assert OfficeFacts.objects.count() == 1


def test_a_paper_of_a_case_shows_all_whom_the_case_names() -> None:
    case = builders.case(content={"heirs": [{"payee": builders.li().pk}]})

    of_case = Filing(PaperKind.CLAIM_AWARD, case.agency, case.party_id, case)
    of_one_of_many = Filing(PaperKind.ADJUSTMENT, case.agency, builders.chen().pk, case)

    assert of_case.seen == {case.party_id, builders.li().pk}
    assert of_one_of_many.seen == {builders.chen().pk}
