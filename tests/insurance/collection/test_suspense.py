"""What came in and pays nothing yet is matched as named, or given back, by two persons."""

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from backend.access.models import Agency, Level
from backend.cases import weights
from backend.cases.content import ContentInvalid, ProposalWaits
from backend.cases.models import Case
from insurance.accounts.models import AccountEntry
from insurance.collection.cases.suspense import (
    NothingToMatch,
    SuspenseClosed,
    SuspenseDiffers,
    SuspenseMissing,
    assign,
    check,
    decide,
)
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import (
    Allocation,
    LinePart,
    Match,
    MatchKind,
    Suspense,
    TreasuryRefund,
)
from payments.ledger.models import Entry, Posting
from tests import builders
from tests.insurance.collection import case_builders as cases
from tests.insurance.collection import match_city as city
from tests.insurance.collection.match_city import Came, P

pytestmark = pytest.mark.django_db
PAYER, OTHER, LI, CHEN = (
    *(city.FIRST_PAYER, city.FIRST_PAYER + 1, city.FIRST_PERSON, city.FIRST_PERSON + 1),
)
UNKNOWN = Came(None, "110", 100_00, date(2026, 11, 20), month=city.NOV)


@pytest.fixture(autouse=True)
def _parties() -> None:
    city.write_parties(payers=3)
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")


def owe(fen: int = 80_00, *, payer_id: int = PAYER, part: LinePart = P.PERSON) -> None:
    person = None if part is P.LATE_FEE else LI
    account = fen if part is P.PERSON else 0
    one = city.owing(
        payer_id=payer_id, person_id=person, scheme="110", month=city.NOV, part=part, fen=fen,
        account_fen=account,
    )  # fmt: skip
    city.write_lines(run=city.open_run(), lines=[one])


def wait(receipt: Came = UNKNOWN) -> Suspense:
    """A receipt that nobody owes, in suspense."""
    file = city.write_file(receipts=[receipt])
    work_off(file_id=file.pk, period=city.NOV, today=date(2026, 11, 25))
    return Suspense.objects.get(closed_at__isnull=True)


def proposal(row: Suspense, *, party_id: int = PAYER, **changes: object) -> Case:
    content: dict[str, object] = {
        "suspense": row.pk,
        "decision": "MATCH",
        "evidence": "单位来函 演示1号",
        "month": "2026-11",
        "person": None,
        "part": None,
    }
    return cases.decided(
        kind="COLLECTION_SUSPENSE", party_id=party_id, content={**content, **changes}
    )


def balances() -> Counter[str]:
    found: Counter[str] = Counter()
    for one in Posting.objects.select_related("account"):
        found[one.account.code] += one.dr_fen - one.cr_fen
    return Counter({code: fen for code, fen in found.items() if fen})


def test_it_pays_what_is_named_and_the_rest_waits_again() -> None:
    owe()
    row = wait()

    rows = decide(proposal(row))

    row.refresh_from_db()
    assert (rows, row.decision, row.closed_at) == (1, "MATCH", cases.DECIDED_AT)
    assert [a.fen for a in Allocation.objects.all()] == [80_00]
    again = Suspense.objects.get(closed_at__isnull=True)
    assert (again.fen, again.reason, again.opened_on) == (20_00, "OVERPAID", date(2026, 11, 20))
    assert balances() == {"1005": 100_00, "4001": -80_00, "2001": -20_00}
    entry = AccountEntry.objects.get()
    assert (entry.person_id, entry.fen) == (LI, 80_00)


def test_only_this_receipt_is_matched() -> None:
    wait(replace(UNKNOWN, fen=30_00))
    Suspense.objects.get()
    owe()
    file = city.write_file(receipts=[replace(UNKNOWN, fen=50_00)])
    work_off(file_id=file.pk, period=city.NOV, today=date(2026, 11, 26))
    first, second = Suspense.objects.order_by("pk")

    decide(proposal(second))

    first.refresh_from_db()
    assert first.closed_at is None
    assert [a.fen for a in Allocation.objects.all()] == [50_00]


def test_it_goes_back_by_the_treasury() -> None:
    row = wait()

    decide(proposal(row, decision="REFUND", amount="100.00"))

    row.refresh_from_db()
    assert (row.decision, row.closed_at) == ("REFUND", cases.DECIDED_AT)
    owed = TreasuryRefund.objects.get(suspense=row)
    assert (owed.fen, owed.state, owed.channel) == (100_00, "DECIDED", "TAX")
    assert balances() == {"1005": 100_00, "2001": -100_00}  # until the treasury has paid
    assert not Match.objects.filter(kind=MatchKind.SUSPENSE).exists()


def test_what_the_treasury_paid_in_goes_back_to_it() -> None:
    row = wait(replace(UNKNOWN, fiscal=True))

    decide(proposal(row, decision="REFUND", amount="100.00"))

    assert TreasuryRefund.objects.get(suspense=row).channel == "FISCAL"


def test_done_again_nothing_happens() -> None:
    owe()
    case = proposal(wait())
    decide(case)
    before = [model.objects.count() for model in (Allocation, Suspense, Entry, AccountEntry)]

    assert decide(case) == 0

    assert before == [m.objects.count() for m in (Allocation, Suspense, Entry, AccountEntry)]


def test_what_is_closed_is_not_decided_again() -> None:
    row = wait()
    decide(proposal(row, decision="REFUND", amount="100.00"))

    for act in (check, decide):
        with pytest.raises(SuspenseClosed):
            act(proposal(row))


@pytest.mark.parametrize("changes", [{}, {"person": CHEN}, {"month": "2026-10"}])
def test_where_nothing_is_open_nothing_is_matched(changes: dict[str, Any]) -> None:
    owe(payer_id=PAYER if changes else OTHER)
    row = wait()

    with pytest.raises(NothingToMatch):
        decide(proposal(row, **changes))


def test_a_subsidy_pays_no_contribution() -> None:
    owe()
    row = wait(replace(UNKNOWN, fiscal=True))

    with pytest.raises(NothingToMatch):
        decide(proposal(row))


def test_a_late_fee_stays_a_late_fee() -> None:
    owe()
    owe(5_00, part=P.LATE_FEE)
    row = wait(replace(UNKNOWN, fen=5_00, late_fee=True))

    decide(proposal(row))

    assert balances() == {"1005": 5_00, "4501": -5_00}


@pytest.mark.parametrize(
    "changes",
    [
        {"decision": "KEEP"},
        {"evidence": " "},
        {"person": 987654321},
        {"person": "李建国"},
        {"part": "LATE_FEE"},
        {"suspense": None},
    ],
)
def test_a_case_that_says_too_little_is_refused(changes: dict[str, Any]) -> None:
    row = wait()

    with pytest.raises(ContentInvalid):
        check(proposal(row, **changes))


def test_there_must_be_such_a_suspense() -> None:
    row = Suspense(pk=987654321)

    with pytest.raises(SuspenseMissing):
        check(proposal(row))


@pytest.mark.parametrize("amount", ["99.99", "100.01"])
def test_all_of_it_goes_back_and_the_case_says_how_much_that_is(amount: str) -> None:
    row = wait()

    with pytest.raises(SuspenseDiffers, match=r"100\.00"):
        check(proposal(row, decision="REFUND", amount=amount))
    with pytest.raises(SuspenseDiffers):
        decide(proposal(row, decision="REFUND", amount=amount))

    row.refresh_from_db()
    assert row.closed_at is None


@pytest.mark.parametrize(
    ("amount", "roles", "level", "collective"),
    [
        ("49999.99", {"REVIEWER", "APPROVER"}, "", False),
        ("50000.00", {"APPROVER"}, Level.LEADER, False),
        ("199999.99", {"APPROVER"}, Level.LEADER, False),
        ("200000.00", {"APPROVER"}, Level.LEADER, True),
    ],
)
def test_by_how_much_goes_back_it_is_decided_who_lets_it_go(
    amount: str, roles: set[str], level: str, collective: bool
) -> None:
    case = cases.decided(
        kind="COLLECTION_SUSPENSE", party_id=PAYER,
        content={
            "suspense": 1, "decision": "REFUND", "amount": amount, "evidence": "来函",
            **builders.minutes(),
        },
    )  # fmt: skip

    who = weights.authority_over(case, step=weights.DECIDE, on=date(2026, 11, 25), demo=True)

    assert (set(who.roles), who.level, who.collective) == (roles, level, collective)


@pytest.mark.parametrize("demo", [True, False])
def test_what_is_matched_stays_in_the_fund_and_weighs_nothing(demo: bool) -> None:
    case = proposal(wait(replace(UNKNOWN, fen=900_000_00)))

    who = weights.authority_over(case, step=weights.DECIDE, on=date(2026, 11, 25), demo=demo)

    assert (set(who.roles), who.collective) == ({"REVIEWER", "APPROVER"}, False)


def test_two_proposals_about_one_suspense_do_not_wait_at_once() -> None:
    row = wait()
    assert check(proposal(row)) == 0

    with pytest.raises(ProposalWaits):
        check(proposal(row, decision="REFUND", amount="100.00"))


def test_open_suspense_is_given_to_an_owner() -> None:
    row = wait()
    owner = builders.member(role="FINANCE").staff

    assert assign(suspense_ids=[row.pk], staff_id=owner.pk, by=owner.person_id) == 1

    row.refresh_from_db()
    assert row.owner_staff_id == owner.pk
