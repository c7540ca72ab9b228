"""What was paid beyond what is owed goes back, unless a benefit rests on it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest

from backend.access.models import Agency
from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from backend.cases.served import SchemeNotServed
from backend.kernel.months import MonthRange
from backend.people.models import Alias
from insurance.accounts.models import AccountEntry, EntryKind, EntrySource, Part
from insurance.collection.cases import refund
from insurance.collection.cases.refund import (
    AccountShort,
    AmountDiffers,
    BenefitRests,
    ClearedAlready,
    NothingPaidTooMuch,
)
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import Allocation, Match, MatchKind, TreasuryRefund
from payments.ledger.models import Entry, Posting
from tests import builders
from tests.insurance.collection import case_builders as cases
from tests.insurance.collection import match_city as city
from tests.insurance.collection.match_city import Came, Owing, P

pytestmark = pytest.mark.django_db
PAYER, LI, CHEN = city.FIRST_PAYER, city.FIRST_PERSON, city.FIRST_PERSON + 1
check, decide = (partial(act, blockers=()) for act in (refund.check, refund.decide))


@pytest.fixture(autouse=True)
def _parties() -> None:
    city.write_parties(payers=2)
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")


def paid() -> tuple[Owing, Owing]:
    """Li's own share and the employer's of November, billed and paid."""
    own = city.owing(
        payer_id=PAYER, person_id=LI, scheme="110", month=city.NOV, part=P.PERSON, fen=80_00,
        account_fen=80_00,
    )  # fmt: skip
    of_employer = replace(own, key_id=own.key_id + 500, part=P.EMPLOYER, fen=160_00, account_fen=0)
    city.write_lines(run=city.open_run(), lines=[own, of_employer])
    receipt = Came(PAYER, "110", 240_00, date(2026, 11, 20), month=city.NOV)
    file = city.write_file(receipts=[receipt])
    work_off(file_id=file.pk, period=city.NOV, today=date(2026, 11, 25))
    return own, of_employer


def wrongly_enrolled() -> None:
    """It was paid, and then the month was billed again: nothing is owed."""
    own, of_employer = paid()
    changes = [(own, -80_00, -80_00), (of_employer, -160_00, 0)]
    city.write_differences(run=city.open_run(), changes=changes)


def asked(**changes: object) -> Case:
    amount = changes.get("amount", "240.00")
    content: dict[str, object] = {
        "payer": PAYER,
        "person": LI,
        "scheme": "110",
        "from_month": "2026-11",
        "last_month": "2026-11",
        "amount": amount,
        "whole": amount,
        "reason": "WRONGLY_ENROLLED",
        "evidence": "退费申请 演示1号",
    }
    return cases.decided(kind="COLLECTION_REFUND", party_id=LI, content={**content, **changes})


def balances() -> Counter[str]:
    found: Counter[str] = Counter()
    for one in Posting.objects.select_related("account"):
        found[one.account.code] += one.dr_fen - one.cr_fen
    return Counter({code: fen for code, fen in found.items() if fen})


def test_what_was_paid_too_much_is_owed_until_the_treasury_has_paid() -> None:
    wrongly_enrolled()

    case = asked()
    assert check(case) == 0
    decide(case)

    match = Match.objects.get(kind=MatchKind.REFUND)
    assert sorted(a.fen for a in Allocation.objects.filter(match=match)) == [-160_00, -80_00]
    entry = AccountEntry.objects.get(kind=EntryKind.REFUND)
    assert (entry.person_id, entry.part, entry.fen) == (LI, Part.PERSON, -80_00)
    owed = TreasuryRefund.objects.filter(match=match).values_list("fen", "state")
    assert sorted(owed) == [(80_00, "DECIDED"), (160_00, "DECIDED")]
    assert balances() == {"1005": 240_00, "4001": -240_00}


def test_only_the_excess_goes_back() -> None:
    own, _ = paid()
    city.write_differences(run=city.open_run(), changes=[(own, -10_00, -10_00)])

    decide(asked(reason="CREDIT_LEFT", amount="10.00"))

    match = Match.objects.get(kind=MatchKind.REFUND)
    assert [a.fen for a in Allocation.objects.filter(match=match)] == [-10_00]
    assert sum(AccountEntry.objects.values_list("fen", flat=True)) == 70_00


@pytest.mark.parametrize("amount", ["239.99", "240.01"])
def test_neither_more_nor_less_goes_back_than_was_signed(amount: str) -> None:
    wrongly_enrolled()

    for act in (check, decide):
        with pytest.raises(AmountDiffers, match=r"240\.00"):
            act(asked(amount=amount))


def test_what_is_still_owed_does_not_go_back() -> None:
    paid()

    for act in (check, decide):
        with pytest.raises(NothingPaidTooMuch):
            act(asked())


@pytest.mark.parametrize(
    "changes",
    [{"person": CHEN}, {"scheme": "310"}, {"from_month": "2026-12", "last_month": "2026-12"}],
)
def test_only_what_is_named_goes_back(changes: dict[str, Any]) -> None:
    wrongly_enrolled()

    with pytest.raises(NothingPaidTooMuch):
        decide(asked(**changes))


def test_a_benefit_that_rests_on_it_forbids_it() -> None:
    wrongly_enrolled()

    def blocker(*, person_id: int, scheme: str, months: MonthRange) -> Sequence[str]:
        return [f"{person_id} {scheme} {months.start}"]

    for act in (refund.check, refund.decide):
        with pytest.raises(BenefitRests, match=f"{LI} 110 2026-11"):
            act(asked(), blockers=(blocker,))


def test_an_account_gives_back_no_more_than_it_holds() -> None:
    wrongly_enrolled()
    AccountEntry.objects.create(
        person_id=LI, scheme="110", kind=EntryKind.LUMP_SUM, part=Part.WHOLE, fen=-50_00,
        for_month=date(2026, 12, 1), arrival_month=date(2026, 12, 1), source=EntrySource.CASE,
        source_id=1,
    )  # fmt: skip

    with pytest.raises(AccountShort, match=r"30\.00"):
        decide(asked())


def test_what_the_accounts_gave_back_is_not_given_back_again() -> None:
    wrongly_enrolled()
    AccountEntry.objects.create(
        person_id=LI, scheme="110", kind=EntryKind.REFUND, part=Part.PERSON, fen=-80_00,
        for_month=date(2026, 11, 1), arrival_month=date(2026, 12, 1), source=EntrySource.CASE,
        source_id=1,
    )  # fmt: skip

    for act in (check, decide):
        with pytest.raises(ClearedAlready):
            act(asked())


def test_done_again_nothing_happens() -> None:
    wrongly_enrolled()
    case = asked()
    decide(case)
    before = [model.objects.count() for model in (Allocation, Match, Entry, AccountEntry)]

    assert decide(case) == 0
    with pytest.raises(NothingPaidTooMuch):
        decide(asked())

    assert before == [m.objects.count() for m in (Allocation, Match, Entry, AccountEntry)]


@pytest.mark.parametrize(
    "changes",
    [{"payer": None}, {"reason": "BECAUSE"}, {"evidence": ""}, {"last_month": "2026-10"},
     {"amount": "0.00"}],
)  # fmt: skip
def test_a_case_that_says_too_little_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ContentInvalid):
        check(asked(**changes))


def test_a_scheme_that_nobody_serves_is_not_received() -> None:
    with pytest.raises(SchemeNotServed):
        asked(scheme="120")


def test_of_a_merged_entry_s_line_its_own_account_gives_back() -> None:
    wrongly_enrolled()
    Alias.objects.create(party_id=LI, survivor_id=CHEN, case_id=1)  # Chen's account is empty

    decide(asked(person=CHEN))

    entry = AccountEntry.objects.get(kind=EntryKind.REFUND)
    assert (entry.person_id, entry.fen) == (LI, -80_00)


def test_the_survivor_s_account_does_not_stand_in_for_a_merged_one() -> None:
    wrongly_enrolled()
    Alias.objects.create(party_id=LI, survivor_id=CHEN, case_id=1)
    for person_id, kind, fen in (
        (LI, EntryKind.LUMP_SUM, -80_00),
        (CHEN, EntryKind.CREDIT, 900_00),
    ):
        AccountEntry.objects.create(
            person_id=person_id, scheme="110", kind=kind, part=Part.WHOLE, fen=fen,
            for_month=date(2026, 12, 1), arrival_month=date(2026, 12, 1), source=EntrySource.CASE,
            source_id=1,
        )  # fmt: skip

    with pytest.raises(AccountShort):
        decide(asked(person=CHEN))
