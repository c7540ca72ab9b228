"""Who retires in a few months is found by the facts, set-wise (退休预审名单)."""

from datetime import date

import pytest
from django.test import Client

from backend.kernel.identity import Sex
from backend.kernel.months import Month, MonthRange
from backend.people.models import Death, Party, Person
from insurance.accounts.models import Direction, EntryKind
from insurance.enrolment.models import Enrolment, Kind, Source
from insurance.pension.models import ArchiveFacts
from insurance.pension.pre_retirement import Position, Upcoming, preview_window, upcoming
from insurance.policy import parameters
from insurance.policy.retirement import Category, delay_rule, retirement
from tests import builders
from tests.insurance.accounts import account_builders
from tests.insurance.benefits import month_builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension.test_sent_away import moved

pytestmark = pytest.mark.django_db
LIST = "/api/v1/pension/pre-retirements/"
FEBRUARY = date(2026, 2, 10)
WINDOW = MonthRange(Month(2026, 5), Month(2026, 9))
LATER = MonthRange(Month(2026, 10), Month(2026, 11))


def insured(person: Person, *, payer_id: int | None = None) -> Person:
    of.enrolment(person_id=person.pk, payer_id=payer_id, valid=of.months("2010-01"))
    return person


def listed(window: MonthRange = WINDOW, **narrowed: int | str) -> list[Upcoming]:
    return upcoming(window=window, on=FEBRUARY, most=1000, **narrowed)  # type: ignore[arg-type]


def test_three_to_six_months_ahead_are_looked_at() -> None:
    assert preview_window(month=Month(2026, 2), region="340800") == WINDOW


def test_who_is_recognised_is_listed_for_his_month() -> None:
    p.recognise(of=insured(p.man()))

    (row,) = listed()

    assert (row.person_id, row.month, row.categories) == (p.man().pk, Month(2026, 7), ("M60",))
    assert (row.recognised, row.approved, row.missing) == (
        True,
        False,
        ("PAYEE_ACCOUNT", "ACCOUNT"),
    )


SPECIAL = [
    {
        "work": "UNDERGROUND",
        "from_month": "1990-01",
        "last_month": "2000-12",
        "evidence": "特殊工种档案",
    }
]


def test_who_did_special_work_is_listed_ahead_of_that_age_too() -> None:
    """Born in March 1966: fifty-five in March 2021, without any delay."""
    p.recognise(of=insured(p.man()), special=SPECIAL)

    (early,) = listed(MonthRange(Month(2021, 3), Month(2021, 4)))
    (by_law,) = listed()

    assert (early.person_id, early.month, early.categories) == (
        p.man().pk,
        Month(2021, 3),
        ("M60",),
    )
    assert (early.special_work, by_law.special_work) == (True, False)
    assert by_law.month == Month(2026, 7)


def test_who_did_no_special_work_is_not_listed_for_its_age() -> None:
    p.recognise(of=insured(p.man()))

    assert listed(MonthRange(Month(2021, 3), Month(2021, 4))) == []


def test_over_a_long_window_somebody_is_listed_once_for_the_earlier_month() -> None:
    p.recognise(of=insured(p.man()), special=SPECIAL)

    (row,) = listed(MonthRange(Month(2020, 1), Month(2027, 1)))

    assert (row.month, row.categories, row.special_work) == (Month(2021, 3), ("M60",), True)


def test_who_is_past_the_age_and_still_insured_is_listed_for_months_gone_by() -> None:
    p.recognise(of=insured(p.man()))

    rows = upcoming(window=MonthRange(Month(2025, 1), Month(2027, 1)), on=date(2026, 11, 5), most=9)

    assert [(row.person_id, row.month) for row in rows] == [(p.man().pk, Month(2026, 7))]


def test_what_is_missing_is_said() -> None:
    insured(p.man())

    (row,) = listed(LATER)  # by his ID card three months later

    assert row.missing == ("ARCHIVE", "PAYEE_ACCOUNT", "ACCOUNT")
    month_builders.account(of=p.man().pk)
    account_builders.entry(person_id=p.man().pk, kind=EntryKind.OPENING)
    assert listed(LATER)[0].missing == ("ARCHIVE",)


def test_a_woman_of_whom_nothing_is_recognised_is_listed_for_both_ages() -> None:
    born = date(1975, 12, 3)
    woman = insured(builders.person(name="程桂芳", birth_date=born, sex=Sex.FEMALE))

    at_50 = listed(MonthRange(Month(2026, 6), Month(2026, 7)))
    at_55 = listed(MonthRange(Month(2032, 2), Month(2032, 7)))

    assert [(row.person_id, row.month, row.categories) for row in at_50] == [
        (woman.pk, Month(2026, 6), ("F50",))
    ]
    assert [row.categories for row in at_55] == [("F55",)]


def test_who_draws_or_died_is_not_listed() -> None:
    p.recognise(of=insured(p.man()))
    month_builders.entitlement(of=p.man(), scheme="110")
    dead = insured(builders.person(name="汪志强", birth_date=date(1966, 3, 1)))
    Death.objects.create(
        person_id=dead.pk, death_date=date(2026, 1, 5), source="POLICE", evidence="演示"
    )

    assert listed() == []


def lapsed() -> Person:
    """He was insured until January."""
    jobless = builders.person(name="查明德", birth_date=date(1966, 3, 1))
    payer = of.employer().pk
    of.enrolment(person_id=jobless.pk, payer_id=payer, valid=of.months("2010-01", "2026-02"))
    return jobless


def test_who_is_insured_no_more_is_listed_where_he_was_last() -> None:
    """She draws unemployment benefit, or stopped paying: she retires all the same."""
    jobless = lapsed()

    (row,) = listed()

    assert (row.person_id, row.insured, row.payer_id, row.district) == (
        jobless.pk,
        False,
        None,
        "340802",
    )
    assert [one.person_id for one in listed(district="340802")] == [jobless.pk]
    assert listed(payer_id=of.employer().pk) == listed(district="340803") == []


def test_whose_account_was_paid_out_or_went_away_is_not_listed() -> None:
    jobless = lapsed()
    account_builders.entry(person_id=jobless.pk, kind=EntryKind.OPENING, fen=9_000_00)
    account_builders.entry(person_id=jobless.pk, kind=EntryKind.TRANSFER_OUT, fen=-9_000_00)
    assert listed() == []

    account_builders.entry(person_id=jobless.pk, kind=EntryKind.TRANSFER_IN, fen=9_000_00)
    assert len(listed()) == 1


def test_whose_relation_is_elsewhere_is_not_listed_until_it_comes_back() -> None:
    jobless = lapsed()
    moved(jobless.pk, date(2026, 1, 6))
    assert listed() == []

    moved(jobless.pk, date(2026, 2, 6), direction=Direction.IN)
    assert len(listed()) == 1


def test_an_employer_or_a_district_narrows_the_list() -> None:
    other = of.employer(serial=2)
    p.recognise(of=insured(p.man(), payer_id=other.pk))

    assert len(listed(payer_id=other.pk)) == 1
    assert listed(payer_id=of.employer().pk) == []
    assert len(listed(district="340802")) == 1
    assert listed(district="340803") == []


def test_pages_follow_each_other() -> None:
    people = [
        insured(builders.person(name="石玉兰", birth_date=date(1966, 3, day))) for day in (1, 2, 3)
    ]

    first = upcoming(window=WINDOW, on=FEBRUARY, most=2)
    after = Position(first[-1].month, first[-1].person_id)
    rest = upcoming(window=WINDOW, on=FEBRUARY, most=2, after=after)

    assert [row.person_id for row in first + rest] == sorted(person.pk for person in people)


def test_the_list_is_what_the_rule_says_one_by_one() -> None:
    """Every birth month around the reform, the steps and the most of each category."""
    rules = {
        category: delay_rule(tree=parameters.load(), category=category) for category in Category
    }
    wanted: dict[int, Month] = {}
    for category in Category:
        for year in range(1963, 1988):
            for month in (1, 2, 4, 5, 8, 9, 11, 12):
                birth = Month(year, month)
                person = known(category, birth)
                wanted[person] = retirement(birth_month=birth, rule=rules[category]).month

    rows = listed(MonthRange(Month(2010, 1), Month(2060, 1)))

    assert {row.person_id: row.month for row in rows} == wanted


def known(category: Category, birth: Month) -> int:
    """Somebody insured and recognised, straight into the tables."""
    party = Party.objects.create(kind="PERSON")
    Person.objects.create(
        party=party,
        birth_date=birth.first_day,
        sex=1 if category is Category.M60 else 2,
        nation="01",
        district="340802",
    )
    Enrolment.objects.create(
        person=party,
        scheme="110",
        kind=Kind.FLEXIBLE,
        district="340802",
        valid=of.months("2020-01"),
        source=Source.DESK,
    )
    ArchiveFacts.objects.create(
        person=party,
        case_id=party.pk,
        birth_month=birth.first_day,
        id_birth_month=birth.first_day,
        records=[],
        category=category.name,
        category_evidence="演示",
        first_work_month=birth.plus(240).first_day,
        first_work_evidence="演示",
        deemed_months=0,
    )
    return party.pk


@pytest.fixture
def clerk() -> Client:
    client = Client()
    client.force_login(builders.member(role="CLERK").staff)
    return client


def test_the_list_is_shown_page_by_page(clerk: Client) -> None:
    for day in (1, 2, 3):
        insured(builders.person(name="石玉兰", birth_date=date(1966, 3, day)))
    path = f"{LIST}?from_month=2026-05&last_month=2026-08&page_size=2"

    first = clerk.get(path).json()
    rest = clerk.get(first["next"]).json()

    assert [len(page["results"]) for page in (first, rest)] == [2, 1]
    assert rest["next"] is None
    row = first["results"][0]
    assert (row["person_name"], row["payer_name"]) == ("石*兰", "演示商贸1号有限公司")
    assert row["retirement_month"] == "2026-07"


def test_the_list_shows_no_number_beside_the_month(clerk: Client) -> None:
    """Month, region and check digit leave few numbers."""
    insured(p.man())

    (row,) = clerk.get(f"{LIST}?from_month=2026-07&last_month=2026-12").json()["results"]

    assert row["person"] == p.man().pk
    assert all(str(value).count("*") < 2 for value in row.values())
    assert not {"id_number", "number", "birth_month"} & set(row)


@pytest.mark.parametrize("wrong", ["payer=x", "cursor=x", "from_month=2026", "last_month=1900-01"])
def test_a_wrong_question_is_refused(clerk: Client, wrong: str) -> None:
    assert clerk.get(f"{LIST}?{wrong}").status_code in (400, 422)
