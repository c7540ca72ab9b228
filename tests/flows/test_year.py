"""A small city lives a year: deaths, awards of 110 and 170, the adjustment of July, unemployment;
false death, prison and recovery, objections, an account inherited, subsidy, refund, life checks.

As ``manage.py demo_year`` does it: files of each month, staff at the API, the month, its promises.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django.plugin import DjangoDbBlocker

from backend.cases.models import Objection
from backend.city import demo_year, month_steps
from backend.city.demo_year import NotADemo, YearMonth, live, year_summary
from backend.kernel.months import Month
from backend.people.models import Death, PartyIdentifier
from insurance.accounts.models import (
    AccountEntry,
    InterestRun,
    InterestRunState,
    Outgoing,
)
from insurance.benefits.checks.models import CheckStep
from insurance.benefits.claims.models import Claim as Grant
from insurance.benefits.claims.models import ClaimDue
from insurance.benefits.models import Due, DueKind, Entitlement, Hold, HoldReason, Stop
from insurance.benefits.recovery.models import Recovery, RecoveryStep
from insurance.benefits.recovery.standing import Standing, standing_of
from insurance.collection.models import FundLine, FundList, FundPayment
from insurance.enrolment.models import Enrolment, Kind
from insurance.pension.adjusting.models import Run
from insurance.pension.models import Award, AwardKind
from insurance.unemployment.models import Claim, EndReason, Registration
from insurance.unemployment.refund_models import RefundDue, RefundEntry, RefundGrant, RefundList
from payments.ledger.models import LedgerMonth
from payments.ledger.year_end import not_carried
from payments.models import Attempt, Batch, Outcome, OutcomeState
from tests.conftest import clone, pointed_at
from tests.flows.flow_city import identities, take_city_over
from tests.quick_codes import quick_codes

PEOPLE, SEED = 300, 13  # the least that has boundary persons; somebody meets all told below
FIRST, LAST = Month(2026, 11), Month(2027, 10)


@dataclass(frozen=True)
class Year:
    """The months that were lived; by name, what each of them counted."""

    months: list[YearMonth]

    files: Path

    def case(self, key: str) -> int:
        """The number of a boundary person of the city."""
        people = {row["old_id"]: row["id_number"] for row in self.rows("baseline/persons.csv")}
        city = json.loads((self.files / "city.json").read_text(encoding="utf-8"))
        return party_of(people[city["cases"][key]])

    def story(self, name: str, column: str = "id_number") -> int:
        """The number of whom a file of the window tells first."""
        (path, *_) = [
            path
            for path in sorted(self.files.glob(f"months/*/window/{name}.csv"))
            if self.rows(str(path.relative_to(self.files)))
        ]
        return party_of(self.rows(str(path.relative_to(self.files)))[0][column])

    def rows(self, path: str) -> list[dict[str, str]]:
        """The rows of one of the city's files."""
        with (self.files / path).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def when(self, name: str) -> list[tuple[str, int]]:
        """In which months something happened, and how often."""
        summaries = [month.summary for month in self.months]
        return [(one["period"], one[name]) for one in summaries if one[name]]


@pytest.fixture(scope="module")
def year(
    template_database: str,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Year]:
    """Two calls: the second goes on where the first ended."""
    var, told = tmp_path_factory.mktemp("year"), list[str]()
    with (
        django_db_blocker.unblock(),
        clone(template_database) as name,
        pointed_at(name),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(settings, "VAR_DIR", var)
        patch.setattr(month_steps, "PATIENCE_SECONDS", 0.0)
        quick_codes(patch)
        take_city_over(files=var / "city", people=PEOPLE, seed=SEED)
        months = [*live(months=11, tell=told.append), *live(months=1, tell=told.append)]
        yield Year(months, var / "city")


def paid_for(*, entitlement: int) -> list[tuple[str, int, int]]:
    """Month, kind and amount of everything that an entitlement came to."""
    dues = Due.objects.filter(entitlement=entitlement).order_by("for_month", "kind", "run_period")
    return [(f"{due.for_month:%Y-%m}", due.kind, due.fen) for due in dues]


def party_of(number: str) -> int:
    """Whose number it is."""
    return PartyIdentifier.objects.get(number=number, superseded_at=None).party_id


def drawn_by(*, person: int) -> Entitlement:
    """What a boundary person draws."""
    return Entitlement.objects.get(person=person)


def runs_of(*, entitlement: Entitlement) -> dict[str, list[tuple[str, int]]]:
    """Month and amount of what the bank paid, by the run that paid it."""
    paid = Outcome.objects.filter(state=OutcomeState.PAID).values("due_ref")
    dues = Due.objects.filter(entitlement=entitlement, due_ref__in=paid).order_by("for_month")
    found: dict[str, list[tuple[str, int]]] = {}
    for due in dues.exclude(kind=DueKind.SET_OFF):
        batch = Batch.objects.get(pk=Attempt.objects.get(due_ref=due.due_ref).batch_id)
        found.setdefault(f"{batch.period:%Y-%m}", []).append((f"{due.for_month:%Y-%m}", due.fen))
    return found


def had(*, due_refs: Iterable[int]) -> list[int]:
    """What of some dues the bank paid, in their order."""
    paid = Outcome.objects.filter(due_ref__in=list(due_refs), state=OutcomeState.PAID)
    attempts = Attempt.objects.filter(due_ref__in=paid.values("due_ref"))
    return list(attempts.order_by("due_ref").values_list("fen", flat=True))


def test_each_month_is_lived_once(year: Year) -> None:
    periods = [month.summary["period"] for month in year.months]

    assert periods == [str(month) for month in FIRST.until(LAST.next)]


def test_each_month_ends_and_its_promises_hold(year: Year) -> None:
    for month in year.months:
        assert (month.summary["gate"], month.broken) == (None, ())
        assert all(identities(month.summary).values())


def test_deaths_are_confirmed_and_survivors_granted(year: Year) -> None:
    granted = Grant.objects.filter(kind="SURVIVOR").count()

    assert year.when("deaths_confirmed")
    assert sum(count for _, count in year.when("survivor_grants")) == granted > 0


def test_who_retired_is_paid_an_interim_pension_and_what_the_new_base_is_more(year: Year) -> None:
    """人社厅: the base of 2027 is published at the end of August (演示)."""
    first = Award.objects.filter(scheme="110", kind=AwardKind.AWARD).earliest("retirement_month")
    again = Award.objects.get(previous=first)
    paid = paid_for(entitlement=first.entitlement_id)

    assert (first.interim, again.interim) == (True, False)
    march = [(kind, fen) for month, kind, fen in paid if month == "2027-03"]
    assert march[0] == (DueKind.REGULAR, first.total_fen)
    assert sum(fen for _, fen in march) == again.total_fen > first.total_fen
    assert dict(year.when("recalculated"))["2027-09"] > 0


def test_who_retired_is_insured_by_nobody(year: Year) -> None:
    award = Award.objects.filter(scheme="110").earliest("retirement_month")

    working = Enrolment.objects.filter(
        person=award.person_id,
        kind__in=[Kind.EMPLOYED, Kind.FLEXIBLE],
        superseded_at=None,
        valid__contains=date(2027, 3, 1),
    )
    assert not working.exists()


def test_residents_of_age_are_awarded_and_paid(year: Year) -> None:
    awards = Award.objects.filter(scheme="170")

    assert sum(count for _, count in year.when("resident_awards")) == awards.count() > 0
    for award in awards:
        first_month = Month.of(award.retirement_month).next
        regular = (str(first_month), DueKind.REGULAR, award.total_fen)
        assert regular in paid_for(entitlement=award.entitlement_id)


def test_both_adjustments_are_decided_in_july_and_paid_back_to_january(year: Year) -> None:
    differences = Due.objects.filter(run_period=date(2027, 7, 1), kind=DueKind.DIFFERENCE)

    assert year.when("adjustments") == [("2027-07", 2)]
    assert set(Run.objects.values_list("since", flat=True)) == {date(2027, 1, 1)}
    months = set(differences.values_list("for_month", flat=True))
    assert {date(2027, month, 1) for month in range(1, 7)} <= months


def test_who_lost_a_job_draws_until_there_is_another(year: Year) -> None:
    stop = Stop.objects.filter(reason=EndReason.REEMPLOYED).earliest("pk")
    claim = Claim.objects.get(entitlement=stop.entitlement_id)
    months = Month.of(claim.registered_on).until(Month.of(stop.valid.lower))

    assert sum(count for _, count in year.when("claims")) == Claim.objects.count() > 1
    paid = paid_for(entitlement=claim.entitlement_id)
    regular = [(str(month), DueKind.REGULAR, claim.monthly_fen) for month in months]
    assert [one for one in paid if one[0] < str(Month.of(stop.valid.lower))] == regular
    ended = Registration.objects.get(
        person=claim.person_id, end_reason=EndReason.REEMPLOYED, superseded_at=None
    )
    assert Month.of(ended.valid.upper) == Month.of(stop.valid.lower)


def test_the_fund_insures_whoever_draws_and_pays_each_list(year: Year) -> None:
    lines = FundLine.objects.filter(scheme="310", fen__gt=0)

    assert {line.source_id for line in lines} <= set(
        Claim.objects.values_list("entitlement_id", flat=True)
    )
    assert lines.exists()
    assert not FundList.objects.filter(fundpayment__isnull=True).exists()
    assert not FundPayment.objects.filter(receipt=None).exists()


def test_who_was_detained_and_missing_is_paid_back_when_acquitted_and_found(year: Year) -> None:
    open_ended = Hold.objects.filter(
        reason__in=[HoldReason.IN_PRISON, HoldReason.MISSING],
        superseded_at=None,
        valid__endswith=None,
        case_id__isnull=False,
    )

    assert dict(year.when("life_events")).keys() >= {"2027-03", "2027-04", "2027-05", "2027-07"}
    assert not open_ended.exists()


def test_accounts_get_the_interest_of_the_year_that_is_over(year: Year) -> None:
    runs = InterestRun.objects.filter(year=2026, state=InterestRunState.DONE)

    assert year.when("interest") == [("2027-01", 3)]
    assert set(runs.values_list("scheme", flat=True)) == {"110", "170", "310"}


def test_the_year_that_is_over_is_carried_over_in_every_book_that_moved(year: Year) -> None:
    ends = LedgerMonth.objects.filter(month=date(2026, 12, 31))

    assert not_carried(year=2026) == []
    assert {end.book.scheme for end in ends} >= {"110", "170", "310"}
    assert all(end.closed_at for end in ends)


def test_who_was_taken_for_dead_is_paid_back_once_the_report_is_undone(year: Year) -> None:
    """查𠮷㛃: reported in February; comes in March."""
    pension = drawn_by(person=year.case("name_two_rare"))
    runs = runs_of(entitlement=pension)
    (month,) = runs["2027-01"]

    assert year.when("false_deaths") == [("2027-03", 1)]
    assert "2027-02" not in runs
    assert runs["2027-03"] == [("2027-02", month[1]), ("2027-03", month[1])]
    assert not Death.objects.filter(person=pension.person_id, superseded_at=None).exists()


def test_a_prisoner_gives_back_what_came_before_it_was_known(year: Year) -> None:
    """䶮志明: in prison since January, as is told in March; free in July, without a raise."""
    pension = drawn_by(person=year.case("name_rare_surname"))
    runs = runs_of(entitlement=pension)
    ((_, month_fen),) = runs["2026-12"]
    recovery = Recovery.objects.get(debtor=pension.person_id)
    stages = RecoveryStep.objects.filter(recovery=recovery).order_by("pk")

    assert [*runs] == [f"{month}" for month in FIRST.until(Month(2027, 3))] + [
        f"2027-{month:02d}" for month in (7, 8, 9, 10)
    ]
    assert list(stages.values_list("stage", flat=True)) == [1, 2, 3, 4, 5]
    assert standing_of(recovery=recovery) == Standing(2 * month_fen, month_fen, 4 * 100_00)
    assert runs["2027-10"] == [("2027-10", month_fen - 100_00)]


def test_an_objection_to_an_order_is_answered_in_writing(year: Year) -> None:
    (objection,) = Objection.objects.filter(decided__kind="RECOVERY_ORDER")
    hands = {objection.decided.received_by, objection.decided.reviewed_by}

    assert year.when("objections_upheld") == [("2027-05", 1)]
    assert (objection.outcome, objection.correction) == ("UPHELD", None)
    assert "原决定维持" in objection.case.reason
    assert not hands & {objection.case.reviewed_by, objection.case.decided_by}


def test_an_objection_to_a_subsidy_leads_to_a_corrected_one(year: Year) -> None:
    """A certificate of the third level was read as one of the fourth: 2000 instead of 1500."""
    person = year.story("skills")
    wrong, right = Grant.objects.filter(person=person, kind="SKILL").order_by("pk")
    (objection,) = Objection.objects.filter(decided__kind="SKILL_SUBSIDY")
    dues = ClaimDue.objects.filter(share__claim__in=[wrong, right]).values_list("due_ref")

    assert year.when("skill_subsidies") == [("2027-03", 1)]
    assert (wrong.fen, right.fen, wrong.superseded_at is None) == (150_000, 200_000, False)
    assert had(due_refs=[ref for (ref,) in dues]) == [150_000, 50_000]
    assert (objection.outcome, objection.correction_id) == ("CORRECTED", right.case_id)


def test_the_account_of_who_died_in_service_goes_to_the_heir(year: Year) -> None:
    person, heir = year.story("inheritances"), year.story("inheritances", "heir")
    out = Outgoing.objects.get(person=person, kind="INHERITED")
    (left,) = AccountEntry.objects.filter(person=person, kind="INHERITED")
    held = AccountEntry.objects.filter(person=person, scheme="110", pk__lt=left.pk)

    assert year.when("accounts_inherited") == [("2027-04", 1)]
    assert (out.payee_id, out.fen) == (heir, -left.fen)
    assert out.fen == sum(held.values_list("fen", flat=True)) > 0


def test_employers_that_kept_their_staff_are_refunded_after_the_notice(year: Year) -> None:
    listed = RefundList.objects.get()
    grant = RefundGrant.objects.get()
    paid = RefundEntry.objects.filter(list=listed, fen__gt=0)
    dues = RefundDue.objects.filter(entry__in=paid).values_list("due_ref", flat=True)

    assert (year.when("refund_lists"), year.when("refunds")) == ([("2027-05", 1)], [("2027-06", 1)])
    assert (listed.published_on, listed.notice_until) == (date(2027, 5, 3), date(2027, 5, 10))
    assert [entry.fen for entry in paid] == [(entry.paid_fen * 9 + 5) // 10 for entry in paid]
    assert grant.fen == sum(entry.fen for entry in paid) == sum(had(due_refs=dues)) > 0


def test_who_was_not_found_is_held_and_paid_back_once_seen(year: Year) -> None:
    """Born in 1923: no data, no answer, nobody at home; she comes in April."""
    pension = drawn_by(person=year.case("older_than_100"))
    runs = runs_of(entitlement=pension)
    steps = CheckStep.objects.filter(person=pension.person_id).order_by("stage")
    month_fen = runs["2027-01"][0][1]

    assert year.when("checks_held") == [("2027-02", 1)]
    assert list(steps.values_list("stage", flat=True)) == [1, 2, 3, 4]
    assert not runs.keys() & {"2027-02", "2027-03"}
    assert [fen for _, fen in runs["2027-04"]] == [month_fen] * 3


def test_the_last_line_adds_the_months_up(year: Year) -> None:
    total = year_summary(months=year.months)

    assert (total["months"], total["from"], total["until"]) == (12, "2026-11", "2027-10")
    assert total["awards"] == sum(count for _, count in year.when("awards"))
    assert (total["gate"], total["broken"]) == (None, [])


def test_nobody_lives_a_year_in_a_live_database(
    year: Year, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_year, "is_demo", lambda: False)

    with pytest.raises(NotADemo):
        next(live(months=1, tell=print))
