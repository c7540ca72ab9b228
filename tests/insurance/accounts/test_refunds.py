"""Doubled months that were cleared: the person's own money goes back, once, without the subsidy."""

import pytest
from django.db.models import QuerySet
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured
from insurance.accounts.entries import balance
from insurance.accounts.invariants import broken_promises
from insurance.accounts.models import AccountEntry, EntryKind, EntrySource, Outgoing, Part
from insurance.accounts.refunds import Owed, owed_refunds, refund_cleared
from insurance.accounts.shares import cleared_share
from insurance.enrolment.models import Cleared, Enrolment, Kind
from tests import builders
from tests.insurance.accounts import account_builders as of
from tests.insurance.collection import bill_builders
from tests.insurance.enrolment import enrolment_builders

database = pytest.mark.django_db
NOVEMBER = Month(2026, 11)
CASE = 77


def cleared(
    *, scheme: str = "170", months: tuple[str, str] = ("2025-01", "2026-01"), case_id: int = CASE
) -> Cleared:
    """Li's resident months of 2025 were doubled by an employer's."""
    enrolment = enrolment_builders.enrolment(scheme="170", kind=Kind.RESIDENT)
    Enrolment.objects.filter(pk=enrolment.pk).update(superseded_at="2026-11-01T00:00:00Z")
    return Cleared.objects.create(
        person_id=builders.li().pk,
        scheme=scheme,
        enrolment=enrolment,
        from_month=of.first(months[0]),
        until_month=of.first(months[1]),
        case_id=case_id,
    )


def credit(
    part: Part, fen: int, *, year: int = 2025, arrival: str = "2025-03", source: int = 1
) -> None:
    """Li's contribution for a year: it stands in January."""
    AccountEntry.objects.create(
        person_id=builders.li().pk,
        scheme="170",
        kind="CREDIT",
        part=part,
        for_month=Month(year, 1).first_day,
        arrival_month=of.first(arrival),
        fen=fen,
        source=EntrySource.ALLOCATION,
        source_id=source,
    )


def given_back() -> list[int]:
    return [-fen for fen in _refunds().values_list("fen", flat=True)]


def _refunds() -> QuerySet[AccountEntry]:
    return AccountEntry.objects.filter(kind="REFUND").order_by("pk")


@database
def test_own_and_collective_money_goes_back_the_subsidy_stays() -> None:
    credit(Part.PERSON, 30_000)
    credit(Part.COLLECTIVE, 5_000)
    credit(Part.SUBSIDY, 4_000)
    credit(Part.PERSON, 20_000, year=2024)
    cleared()

    assert refund_cleared(month=NOVEMBER) == 3

    assert balance(person_id=builders.li().pk, scheme="170") == 24_000
    assert Outgoing.objects.values_list("fen", "payee_id").get() == (35_000, builders.li().pk)


@database
def test_a_refund_is_made_once() -> None:
    credit(Part.PERSON, 30_000)
    cleared()
    refund_cleared(month=NOVEMBER)

    assert refund_cleared(month=NOVEMBER) == 0
    assert refund_cleared(month=NOVEMBER.next) == 0


@database
def test_a_second_instalment_goes_back_at_the_next_reading_of_the_same_month() -> None:
    credit(Part.PERSON, 30_000)
    cleared()
    refund_cleared(month=NOVEMBER)
    credit(Part.PERSON, 7_000, source=2)

    assert refund_cleared(month=NOVEMBER) == 2

    assert given_back() == [30_000, 7_000]
    assert list(Outgoing.objects.order_by("n").values_list("n", "fen")) == [(1, 30_000), (2, 7_000)]


@database
def test_two_years_cleared_and_paid_one_after_the_other_in_one_period() -> None:
    cleared(months=("2025-01", "2027-01"))
    credit(Part.PERSON, 30_000)
    refund_cleared(month=NOVEMBER)
    credit(Part.PERSON, 40_000, year=2026, arrival="2026-11", source=2)

    refund_cleared(month=NOVEMBER)

    assert sum(Outgoing.objects.values_list("fen", flat=True)) == 70_000
    assert balance(person_id=builders.li().pk, scheme="170") == 0


@database
@pytest.mark.parametrize(
    ("months", "fen"),
    [
        (("2025-01", "2026-01"), 30_001),
        (("2025-03", "2026-01"), 25_001),  # ten twelfths: 25000.83
        (("2025-01", "2025-03"), 5_000),  # two twelfths: 5000.17
        (("2025-06", "2025-12"), 15_001),  # six twelfths: 15000.5, half up
        (("2024-12", "2025-02"), 2_500),  # one twelfth: 2500.08
        (("2026-01", "2026-04"), 0),
    ],
)
def test_a_year_s_contribution_goes_back_by_its_cleared_months(
    months: tuple[str, str], fen: int
) -> None:
    credit(Part.PERSON, 30_001)
    cleared(months=months)

    refund_cleared(month=NOVEMBER)

    assert sum(given_back()) == fen


@database
def test_half_a_year_cleared_twice_is_the_whole_year_to_the_fen() -> None:
    credit(Part.PERSON, 30_001)
    for case_id, months in ((77, ("2025-01", "2025-07")), (78, ("2025-07", "2026-01"))):
        cleared(months=months, case_id=case_id)
        refund_cleared(month=NOVEMBER)

    assert given_back() == [15_001, 15_000]


@database
def test_an_account_emptied_since_stops_nobody_and_is_listed() -> None:
    credit(Part.PERSON, 30_000)
    _left(30_000)
    cleared()

    assert refund_cleared(month=NOVEMBER) == 0

    assert owed_refunds() == [Owed(CASE, builders.li().pk, "170", 30_000)]
    assert not Outgoing.objects.exists()


@database
def test_people_see_what_could_not_go_back(client: Client) -> None:
    credit(Part.PERSON, 30_000)
    _left(30_000)
    cleared()

    client.force_login(builders.member(role="CLERK").staff)
    found = client.get("/api/v1/account-refunds-owed/").json()["results"]

    assert found == [
        {"case_id": CASE, "person_id": builders.li().pk, "scheme": "170", "amount": "300.00"}
    ]


@database
def test_what_the_account_still_holds_goes_back_and_the_rest_is_listed() -> None:
    credit(Part.PERSON, 30_000)
    credit(Part.COLLECTIVE, 5_000)
    _left(25_000)
    cleared()

    refund_cleared(month=NOVEMBER)

    assert sum(given_back()) == Outgoing.objects.get().fen == 10_000
    assert [owed.fen for owed in owed_refunds()] == [25_000]
    assert refund_cleared(month=NOVEMBER) == 0


@database
def test_one_case_that_the_database_refuses_does_not_stop_the_others() -> None:
    li, chen = builders.li().pk, builders.chen().pk
    of.entry(person_id=chen, scheme="170", month="2025-01", fen=9_000)
    credit(Part.PERSON, 30_000)
    cleared()
    other = cleared(case_id=78)
    Cleared.objects.create(
        person_id=chen,
        scheme="170",
        enrolment=other.enrolment,
        from_month=of.first("2025-02"),
        until_month=of.first("2026-01"),
        case_id=79,
    )
    Outgoing.objects.create(  # stands in the way of Li's
        person_id=li,
        scheme="170",
        kind="REFUND",
        payee_id=li,
        month=NOVEMBER.first_day,
        fen=1,
        case_id=CASE,
        n=1,
    )

    refund_cleared(month=NOVEMBER)

    assert balance(person_id=li, scheme="170") == 30_000
    assert balance(person_id=chen, scheme="170") == 750


@database
def test_nothing_leaves_in_a_year_that_is_closed() -> None:
    credit(Part.PERSON, 30_000)
    cleared()
    of.open_run(scheme="170", year=2026)

    refund_cleared(month=Month(2026, 12))

    assert [row.arrival_month for row in _refunds()] == [of.first("2027-01")]


@database
def test_nothing_leaves_before_it_came_in() -> None:
    credit(Part.PERSON, 30_000, arrival="2027-01")
    cleared()

    refund_cleared(month=Month(2026, 12))

    assert [row.arrival_month for row in _refunds()] == [of.first("2027-01")]
    assert Outgoing.objects.get().month == of.first("2027-01")


@database
def test_what_goes_back_and_what_is_to_be_paid_agree() -> None:
    credit(Part.PERSON, 30_000)
    credit(Part.COLLECTIVE, 5_001)
    cleared(months=("2025-02", "2025-09"))
    refund_cleared(month=NOVEMBER)
    credit(Part.PERSON, 7_003, source=2)
    refund_cleared(month=NOVEMBER)

    assert "支付去向" not in str([row.promise for row in broken_promises()])


@database
def test_doubled_months_of_one_scheme_are_left_to_collection() -> None:
    credit(Part.PERSON, 30_000)
    cleared()
    enrolment_builders.enrolment(scheme="170", kind=Kind.RESIDENT)

    assert refund_cleared(month=NOVEMBER) == 0


@database
def test_a_rule_of_years_that_is_missing_stops_no_month_in_which_none_goes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bill_builders.without(monkeypatch, "resident_pension.cleared_share")
    credit(Part.PERSON, 30_000)

    assert refund_cleared(month=NOVEMBER) == 0

    cleared()
    with pytest.raises(NotConfigured):
        refund_cleared(month=NOVEMBER)


@database
def test_schemes_without_accounts_have_nothing_to_give_back() -> None:
    cleared(scheme="390")

    assert refund_cleared(month=NOVEMBER) == 0


@given(st.integers(0, 10**12), st.lists(st.integers(1, 12), max_size=12))
def test_shares_of_months_add_up_to_the_contribution(fen: int, months: list[int]) -> None:
    given, before = 0, 0
    for more in months:
        share = cleared_share(fen=fen, before=before, months=more, whole=12)
        given, before = given + share, before + more
        assert 0 <= share <= fen

    assert abs(12 * given - fen * min(before, 12)) <= 6
    assert before < 12 or given == fen


@database
def test_the_statement_gives_the_same_fen_as_the_rule() -> None:
    amounts = [1, 2, 5, 6, 7, 11, 30_001, 99_999, 1_200_006, 7 * 10**9 + 1]
    for year, fen in enumerate(amounts, start=2005):
        credit(Part.PERSON, fen, year=year, source=year)
    for case_id, (months, first) in enumerate(((1, 1), (5, 2), (6, 7)), start=CASE):
        for year in range(2005, 2005 + len(amounts)):
            start = Month(year, first)
            cleared(months=(str(start), str(start.plus(months))), case_id=case_id)
        refund_cleared(month=NOVEMBER)

    before = 0
    for n, months in enumerate((1, 5, 6)):
        rows = AccountEntry.objects.filter(kind="REFUND", source_id=CASE + n)
        found = {row.for_month.year: -row.fen for row in rows}
        for year, fen in enumerate(amounts, start=2005):
            rule = cleared_share(fen=fen, before=before, months=months, whole=12)
            assert found.get(year, 0) == rule
        before += months


def _left(fen: int) -> None:
    of.entry(scheme="170", kind=EntryKind.LUMP_SUM, month="2026-05", fen=-fen)
