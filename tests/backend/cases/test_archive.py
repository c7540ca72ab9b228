"""Ended cases go into volumes without gaps; volumes are lent on record and nothing is taken out."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from backend.cases import kinds
from backend.cases.archive import volumes
from backend.cases.archive.catalogue import (
    CategoryUnknown,
    categories,
    category_of,
    kept_until,
)
from backend.cases.archive.volumes import AlreadyArchived, NotEnded, put_away
from backend.cases.models import Archived, Case, Loan, Volume
from backend.cases.receive import OtherBody
from backend.kernel.dated import Standing
from insurance.issuing import stage_invariants
from tests import builders
from tests.backend.cases import filing_builders as filing
from tests.backend.cases import objection_builders as objections
from tests.builders import NOW, TODAY, Member

database = pytest.mark.django_db
Ended = Callable[..., Case]


@pytest.fixture
def clerk() -> Member:
    return filing.clerk()


@pytest.fixture
def desk(client: Client, clerk: Member) -> Client:
    client.force_login(clerk.staff)
    return client


@pytest.fixture
def ended() -> Ended:
    """Makes decided cases of a kind that ends with its decision."""
    decider = builders.member(role="REVIEWER", of=builders.chen())
    return lambda kind="DEATH": objections.decided(decider, kind=kind)


def archived(clerk: Member, *cases: Case) -> list[Archived]:
    return put_away(case_ids=[case.pk for case in cases], staff=clerk.staff, now=NOW)


def post(client: Client, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(
        f"/api/v1/archive/{path}",
        body or {},
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )


def lent(client: Client, of: Volume, **changes: Any) -> Any:
    due = timezone.localdate() + timedelta(days=10)
    body = {"volume": of.pk, "borrower": "市审计局", "purpose": "年度审计", "due_on": due}
    return post(client, "loans/", {**body, **changes})


def test_each_kind_has_its_one_place_in_the_catalogue() -> None:
    known = [kind.code for kind in kinds.kinds(on=TODAY)]
    listed = [kind for category in categories(on=TODAY) for kind in category.kinds]

    assert sorted(listed) == sorted(set(listed))
    assert set(known) - set(listed) == set()
    assert set(listed) - set(known) == set()


def test_retention_says_where_it_comes_from() -> None:
    unemployment = category_of(kind="UNEMPLOYMENT_CLAIM", on=TODAY)

    assert (unemployment.code, unemployment.years) == ("SY", 10)
    assert unemployment.standing is Standing.CITED
    assert all("第3号" in category.said_by for category in categories(on=TODAY))
    assert all(category.standing is not Standing.PUBLISHED for category in categories(on=TODAY))


def test_what_the_catalogue_does_not_know_is_not_filed_somewhere() -> None:
    with pytest.raises(CategoryUnknown):
        category_of(kind="GIFT", on=TODAY)


@pytest.mark.parametrize(
    ("years", "last"), [(10, date(2036, 12, 31)), (100, date(2126, 12, 31)), (None, None)]
)
def test_it_is_kept_from_the_first_of_january_after_its_year(
    years: int | None, last: date | None
) -> None:
    assert kept_until(year=2026, years=years) == last


@database
def test_cases_of_a_year_and_category_stand_in_one_volume_in_order(
    ended: Ended, clerk: Member
) -> None:
    first, second = archived(clerk, ended(), ended())

    year = timezone.localdate().year
    assert first.volume.number == f"34080001-GL-HY-{year}-0001"
    assert [(one.volume_id, one.place) for one in (first, second)] == [
        (first.volume_id, 1),
        (first.volume_id, 2),
    ]
    assert (first.volume.years_kept, first.volume.standing) == (50, "cited")
    assert stage_invariants.broken_promises() == []


@database
def test_a_full_volume_is_followed_by_the_next(
    ended: Ended, clerk: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(volumes, "VOLUME_MAX", 2)

    placed = archived(clerk, ended(), ended(), ended())

    assert [(one.volume.ordinal, one.place) for one in placed] == [(1, 1), (1, 2), (2, 1)]
    assert stage_invariants.broken_promises() == []


@database
def test_each_category_is_numbered_apart(ended: Ended, clerk: Member) -> None:
    placed = archived(clerk, ended(), ended("ACCOUNT_CHANGE"))

    assert {one.volume.ordinal for one in placed} == {1}
    assert len({one.volume_id for one in placed}) == 2


@database
def test_only_what_has_ended_is_archived_and_only_once(ended: Ended, clerk: Member) -> None:
    open_case, done = builders.case(), ended()
    archived(clerk, done)

    with pytest.raises(NotEnded):
        archived(clerk, open_case)
    with pytest.raises(NotEnded):
        put_away(case_ids=[987654321], staff=clerk.staff, now=NOW)
    with pytest.raises(AlreadyArchived):
        archived(clerk, done)


@database
def test_what_must_be_delivered_is_not_archived_before(clerk: Member) -> None:
    declined = filing.declined(filing.filed(clerk), filing.reviewer())

    with pytest.raises(NotEnded):
        archived(clerk, declined)


@database
def test_one_case_that_cannot_be_archived_leaves_all_where_they_are(
    ended: Ended, clerk: Member
) -> None:
    with pytest.raises(NotEnded), transaction.atomic():
        archived(clerk, ended(), builders.case())

    assert (Archived.objects.count(), Volume.objects.count()) == (0, 0)


@database
def test_another_agency_archives_nothing_of_ours(ended: Ended, clerk: Member) -> None:
    other = builders.agency(code="34080008", name="演示区社保中心")
    stranger = builders.member(role="CLERK", of=builders.li(), at=other)

    with pytest.raises(OtherBody):
        archived(stranger, ended())


@database
def test_neither_a_gap_nor_a_removal_can_be_made(ended: Ended, clerk: Member) -> None:
    (one,) = archived(clerk, ended())
    volume = one.volume
    volume.pk, volume.ordinal, volume.number = None, 3, "34080001-GL-HY-2026-0003"

    with pytest.raises(DatabaseError, match="does not follow"), transaction.atomic():
        volume.save(force_insert=True)
    with pytest.raises(DatabaseError, match="no next place"), transaction.atomic():
        Archived.objects.create(
            case=ended(), volume_id=one.volume_id, place=5, archived_by=clerk.staff.person_id
        )
    for change in (
        lambda: Archived.objects.all().delete(),
        lambda: Archived.objects.update(place=7),
        lambda: Volume.objects.update(years_kept=1),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@database
def test_a_volume_is_lent_and_comes_back(ended: Ended, desk: Client, clerk: Member) -> None:
    volume = archived(clerk, ended())[0].volume

    loan = lent(desk, volume).json()
    out = desk.get("/api/v1/archive/volumes/").json()["results"][0]
    back = post(desk, f"loans/{loan['id']}/return")

    assert (loan["number"], loan["borrower"], loan["purpose"]) == (
        volume.number,
        "市审计局",
        "年度审计",
    )
    assert (out["on_loan"], out["cases"]) == (True, 1)
    assert back.json()["returned_by"] == clerk.staff.person_id
    assert desk.get("/api/v1/archive/loans/", {"open": "true"}).json()["results"] == []
    assert desk.get("/api/v1/archive/volumes/").json()["results"][0]["on_loan"] is False


@database
def test_what_is_lent_is_not_lent_again_until_it_is_back(
    ended: Ended, desk: Client, clerk: Member
) -> None:
    volume = archived(clerk, ended())[0].volume
    first = lent(desk, volume).json()["id"]

    again = lent(desk, volume)
    post(desk, f"loans/{first}/return")
    twice = post(desk, f"loans/{first}/return")

    assert (again.status_code, again.json()["code"]) == (409, "archive_on_loan")
    assert (twice.status_code, twice.json()["code"]) == (409, "archive_not_on_loan")
    assert lent(desk, volume).status_code == 201


@database
@pytest.mark.parametrize(
    "wrong",
    [
        {"borrower": "局"},
        {"purpose": " "},
        {"purpose": "阅"},
        {"due_on": (TODAY - timedelta(days=9999)).isoformat()},
        {"due_on": "9999-01-01"},
        {"due_on": "明天"},
        {"volume": 987654321},
    ],
)
def test_a_loan_says_who_why_and_until_when(
    ended: Ended, desk: Client, clerk: Member, wrong: dict[str, Any]
) -> None:
    volume = archived(clerk, ended())[0].volume

    assert lent(desk, volume, **wrong).status_code in (400, 422)
    assert not Loan.objects.exists()


@database
def test_no_loan_without_a_purpose_by_sql_either(ended: Ended, clerk: Member) -> None:
    day, volume = timezone.localdate(), archived(clerk, ended())[0].volume

    with pytest.raises(IntegrityError, match="says_who_and_why"), transaction.atomic():
        Loan.objects.create(
            volume=volume,
            borrower="市审计局",
            lent_on=day,
            due_on=day,
            lent_by=clerk.staff.person_id,
        )


@database
def test_overdue_loans_are_listed(ended: Ended, desk: Client, clerk: Member) -> None:
    first, second = archived(clerk, ended(), ended("ACCOUNT_CHANGE"))
    yesterday = timezone.localdate() - timedelta(days=1)
    late = Loan.objects.create(
        volume=first.volume,
        borrower="市审计局",
        purpose="年度审计",
        lent_on=yesterday - timedelta(days=3),
        due_on=yesterday,
        lent_by=clerk.staff.person_id,
    )
    lent(desk, second.volume, due_on=timezone.localdate())

    (row,) = desk.get("/api/v1/archive/loans/", {"overdue": "true"}).json()["results"]

    assert (row["id"], row["days_overdue"]) == (late.pk, 1)


@database
def test_a_loan_is_never_erased(ended: Ended, desk: Client, clerk: Member) -> None:
    volume = archived(clerk, ended())[0].volume
    post(desk, f"loans/{lent(desk, volume).json()['id']}/return")

    for change in (
        lambda: Loan.objects.all().delete(),
        lambda: Loan.objects.update(borrower="别人"),
        lambda: Loan.objects.update(returned_at=None),
    ):
        with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
            change()


@database
def test_cases_are_archived_over_the_api(ended: Ended, desk: Client) -> None:
    case = ended()

    answer = post(desk, "cases/", {"cases": [case.pk]})

    assert answer.status_code == 201, answer.json()
    (row,) = desk.get("/api/v1/archive/cases/", {"case": case.pk}).json()["results"]
    assert (row["kind"], row["place"]) == ("DEATH", 1)
    assert post(desk, "cases/", {"cases": []}).status_code == 400
    assert {one["code"] for one in desk.get("/api/v1/archive/categories/").json()} >= {"SY", "YL"}
