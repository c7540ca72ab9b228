"""Who asked for a refund that is withdrawn has the account of one who never asked, to the fen."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.audit.models import Act
from backend.kernel.months import Month
from insurance.accounts import yearly_interest
from insurance.accounts.come_back import still_missed
from insurance.accounts.entries import balance
from insurance.accounts.invariants import MADE_UP, broken_promises
from insurance.accounts.models import AccountEntry, CameBack, EntryKind, EntrySource, Part
from insurance.accounts.statement import statement_of
from insurance.collection import match_invariants, refund_invariants
from insurance.collection.cases import treasury_refund
from insurance.collection.models import LinePart, TreasuryRefund
from tests.insurance.accounts.account_facts import rate
from tests.insurance.collection import match_city as city
from tests.insurance.collection import refund_builders as r
from tests.insurance.collection.match_city import Came
from tests.insurance.collection.test_taken_back_interest import close

pytestmark = pytest.mark.django_db
LI, CHEN = city.FIRST_PERSON, city.FIRST_PERSON + 1
NOV, DEC = city.NOV, city.NOV.next
ASKED = {
    "payer": r.PAYER, "scheme": "110", "amount": "1000.00", "reason": "CREDIT_LEFT",
    "evidence": "演示1号",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _world(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    r.world()
    for person in (LI, CHEN):
        paid(person, NOV)


def paid(person_id: int, month: Month) -> None:
    """A thousand yuan of a month came in, and nothing of it is owed any more."""
    one = city.owing(
        payer_id=r.PAYER, person_id=person_id, scheme="110", month=month, part=LinePart.PERSON,
        fen=1000_00, account_fen=1000_00,
    )  # fmt: skip
    city.write_lines(run=city.open_run(), lines=[one])
    r.arrive(Came(r.PAYER, "110", 1000_00, date(2026, 11, 20), month=month, person_id=person_id))
    city.write_differences(run=city.open_run(), changes=[(one, -1000_00, -1000_00)])


def asked_back(month: Month = NOV) -> list[TreasuryRefund]:
    """Li's month is to go back, by a decision of the first of December."""
    content = {**ASKED, "person": LI, "from_month": str(month), "last_month": str(month)}
    case = r.give_back(content)
    return list(TreasuryRefund.objects.filter(case_id=case.pk))


def withdrawn(rows: list[TreasuryRefund]) -> None:
    """The money stays, by a decision of two."""
    r.decide("WITHDRAW", rows)


def equal() -> bool:
    """Whether Li's account holds what Chen's does, and every promise about it is kept."""
    broken = [one.promise for one in broken_promises()]
    assert MADE_UP not in broken
    assert refund_invariants.broken_promises() == []
    assert not [one for one in match_invariants.broken_promises() if "账户" in one.promise]
    return balance(person_id=LI, scheme="110") == balance(person_id=CHEN, scheme="110")


def test_in_an_open_year_the_money_comes_back_where_it_left() -> None:
    rows = asked_back()

    withdrawn(rows)

    entries = AccountEntry.objects.filter(person=LI).order_by("pk")
    assert [(one.kind, one.arrival_month, one.fen) for one in entries] == [
        ("CREDIT", NOV.first_day, 1000_00),
        ("REFUND", DEC.first_day, -1000_00),
        ("CREDIT", DEC.first_day, 1000_00),
    ]
    assert not CameBack.objects.exists()
    products = close(2026)
    assert products[LI] == products[CHEN]
    assert equal()


def test_what_a_closed_year_would_have_borne_is_made_up() -> None:
    rows = asked_back()
    close(2026)

    withdrawn(rows)

    made_up = AccountEntry.objects.get(kind=EntryKind.MADE_UP)
    assert (made_up.fen, made_up.arrival_month, made_up.source) == (1_25, date(2027, 1, 1), "CASE")
    assert equal()
    shown = statement_of(person_id=LI, scheme="110", year=2027)
    assert (shown.paid_out_fen, shown.closing_fen) == (0, balance(person_id=LI, scheme="110"))


@pytest.mark.parametrize("ratio", ["0.0397", "0.0101"])
def test_later_years_and_other_rates_follow_by_difference(
    monkeypatch: pytest.MonkeyPatch, ratio: str
) -> None:
    rows = asked_back()
    close(2026)
    withdrawn(rows)

    own = rate(ratio, year=2026)
    known = {2026: own, 2027: rate(ratio, year=2027, of_year=2026)}
    monkeypatch.setattr(yearly_interest, "rate_of_year", lambda *, year, **_: known[year])
    close(2026)  # now by its own rate
    assert equal()
    close(2027)

    assert equal()
    assert AccountEntry.objects.filter(kind=EntryKind.MADE_UP).count() == 2


def lower_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rate of 2026 turns out lower than was assumed."""
    known = {
        2026: rate("0.0101", year=2026),
        2027: rate("0.0101", year=2027, of_year=2026),
    }
    monkeypatch.setattr(yearly_interest, "rate_of_year", lambda *, year, **_: known[year])


def entered(person_id: int, kind: EntryKind, fen: int, n: int) -> None:
    """Something of 2027 that nobody here looks at closer."""
    AccountEntry.objects.create(
        person_id=person_id, scheme="110", kind=kind, part=Part.WHOLE, for_month=date(2027, 2, 1),
        arrival_month=date(2027, 2, 1), fen=fen, source=EntrySource.CASE, source_id=1, n=n,
    )  # fmt: skip


def test_what_an_empty_account_owes_is_left_until_a_year_is_closed_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = asked_back()
    close(2026)
    withdrawn(rows)
    entered(LI, EntryKind.LUMP_SUM, -balance(person_id=LI, scheme="110"), 1)
    lower_rates(monkeypatch)
    close(2026)
    owed = still_missed(person_id=LI, scheme="110")
    assert owed < 0

    entered(LI, EntryKind.CREDIT, 1000_00, 2)

    assert MADE_UP not in {one.promise for one in broken_promises()}
    close(2027)
    assert AccountEntry.objects.filter(kind=EntryKind.MADE_UP).latest("pk").fen <= owed
    assert MADE_UP not in {one.promise for one in broken_promises()}


def test_what_a_full_account_owes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = asked_back()
    close(2026)
    withdrawn(rows)
    lower_rates(monkeypatch)
    monkeypatch.setattr(yearly_interest, "make_up_again", lambda **_: None)
    close(2026)

    assert MADE_UP in {one.promise for one in broken_promises()}


def test_interest_that_is_made_up_is_counted_once() -> None:
    rows = asked_back()
    close(2026)
    before = set(Act.objects.values_list("pk", flat=True))

    withdrawn(rows)

    acts = Act.objects.exclude(pk__in=before)
    counted = dict(acts.values_list("name", "rows"))
    assert counted["accounts.make_up_interest"] == 2  # the entry, and how it came about
    assert counted["collection.credit_accounts"] == 2  # the entry, and what came back


def test_two_refunds_that_one_decision_withdraws_come_back_each_where_it_left() -> None:
    paid(LI, city.MONTHS[0])
    paid(CHEN, city.MONTHS[0])
    rows = asked_back()
    close(2026)
    rows += asked_back(city.MONTHS[0])

    withdrawn(rows)

    back = CameBack.objects.get()
    assert (back.left_month, back.back_month, back.fen) == (
        DEC.first_day, date(2027, 1, 1), 1000_00,
    )  # fmt: skip
    assert equal()


def test_done_again_nothing_is_made_up_again() -> None:
    rows = asked_back()
    close(2026)
    case = r.decide("WITHDRAW", rows)

    assert treasury_refund.decide(case) == 0

    assert AccountEntry.objects.filter(kind=EntryKind.MADE_UP).count() == 1


def test_what_nobody_withdrew_came_back_for_nothing() -> None:
    close(2026)
    CameBack.objects.create(
        person_id=LI, scheme="110", left_month=DEC.first_day, back_month=date(2027, 1, 1),
        fen=1000_00, case_id=1,
    )  # fmt: skip

    assert MADE_UP in {one.promise for one in broken_promises()}
    assert {one.promise for one in refund_invariants.broken_promises()} == {
        "退库:撤回的账户部分都已转回"
    }
