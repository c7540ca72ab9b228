"""A fee stands at the tax bureau's figure once two people settled it (确定滞纳金)."""

from dataclasses import replace
from datetime import date

import pytest

from backend.access.models import Agency
from backend.cases.authority import authority
from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.models import Alias
from insurance.collection.cases import suspense
from insurance.collection.cases.late_fee_case import (
    ComputedDiffers,
    FeeBelowReceived,
    FeeStillGrows,
    NoSuchDebt,
    SeveralDebts,
    check,
    decide,
    weigh,
)
from insurance.collection.debts.deregistration import open_of
from insurance.collection.debts.late_fees import FeeSettled, charge_late_fees
from insurance.collection.match_invariants import broken_promises
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import BillLine, BillRun, BillRunKind, LinePart, Suspense
from tests import builders
from tests.insurance.collection import case_builders as cases
from tests.insurance.collection import debt_city
from tests.insurance.collection import match_city as city
from tests.insurance.collection.match_city import Came, Owing, P

pytestmark = pytest.mark.django_db
DEC, TODAY = Month(2026, 12), date(2026, 12, 31)
COMPANY, OTHER = city.FIRST_PAYER, city.FIRST_PAYER + 1
LATE = Came(COMPANY, "110", 1_000_00, date(2026, 12, 14), month=city.NOV)
FEE = replace(LATE, fen=9_50, late_fee=True)  # 19 days of 0.05 %


@pytest.fixture(autouse=True)
def debt() -> Owing:
    """The company was late with a thousand yuan; ours is a fee of 9.50."""
    city.write_parties(payers=2)
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")
    return debt_city.owe(1_000_00, part=P.EMPLOYER)


def arrive(*receipts: Came) -> None:
    work_off(file_id=city.write_file(receipts=receipts).pk, period=DEC, today=TODAY)


def asked(**changes: object) -> Case:
    content: dict[str, object] = {
        "scheme": "110",
        "month": "2026-11",
        "amount": "9.49",
        "computed": "9.50",
        "document": "税收完税证明 演示1号",
        "received_date": TODAY.isoformat(),
    }
    return cases.decided(
        kind="COLLECTION_LATE_FEE", party_id=COMPANY, content={**content, **changes}
    )


def fee() -> int:
    return sum(BillLine.objects.filter(part=LinePart.LATE_FEE).values_list("fen", flat=True))


def charged_again() -> int:
    return charge_late_fees(period=DEC, today=TODAY)


def test_a_fen_that_nobody_asks_for_is_owed_no_more() -> None:
    arrive(LATE, replace(FEE, fen=9_49))
    assert open_of(payers=[COMPANY], today=TODAY) == 1

    assert check(asked()) == 0
    assert decide(asked()) > 0

    assert open_of(payers=[COMPANY], today=TODAY) == 0
    assert (charged_again(), fee()) == (0, 9_49)
    assert broken_promises() == []


def test_a_fen_that_was_charged_more_finds_its_line() -> None:
    arrive(LATE, replace(FEE, fen=9_51))
    decide(asked(amount="9.51"))
    content = {
        "suspense": Suspense.objects.get().pk, "decision": "MATCH", "evidence": "税票",
        "month": "2026-11", "person": None, "part": None,
    }  # fmt: skip

    suspense.decide(cases.decided(kind="COLLECTION_SUSPENSE", party_id=COMPANY, content=content))

    assert not Suspense.objects.filter(closed_at=None).exists()
    assert open_of(payers=[COMPANY], today=TODAY) == 0
    assert (charged_again(), fee()) == (0, 9_51)


def test_a_fee_that_was_not_charged_yet_is_settled_too() -> None:
    arrive(LATE)

    decide(asked(amount="0.00"))

    assert (charged_again(), fee()) == (0, 0)
    assert open_of(payers=[COMPANY], today=TODAY) == 0


def test_what_becomes_known_later_still_changes_it(debt: Owing) -> None:
    arrive(LATE, replace(FEE, fen=9_49))
    decide(asked())
    run = city.open_run(kind=BillRunKind.TOP_UP)
    city.write_differences(run=run, changes=[(debt, -500_00, 0)])
    debt_city.write_bills(run, [(debt, -500_00, date(2026, 12, 25))])

    charged_again()

    assert fee() == 4_74  # half of 9.50, and the fen less


def test_a_later_case_takes_the_place_of_an_earlier_one() -> None:
    arrive(LATE)
    decide(asked(amount="0.00"))
    decide(asked(amount="9.60"))

    assert (charged_again(), fee()) == (0, 9_60)


def test_a_case_settles_once_and_its_run_names_it() -> None:
    arrive(LATE)
    case = asked()

    assert decide(case) > 0
    assert decide(case) == 0

    run = BillRun.objects.get(case_id=case.pk)
    assert (run.kind, run.state, run.reason) == ("LATE_FEE", "DONE", "税收完税证明 演示1号")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"amount": "-0.01"}, ContentInvalid),
        ({"document": ""}, ContentInvalid),
        ({"scheme": "170"}, ContentInvalid),
        ({"month": "2026-12"}, NoSuchDebt),
        ({"payer": OTHER}, NoSuchDebt),
        ({"amount": "9.50"}, FeeSettled),
        ({"amount": "9.49"}, FeeBelowReceived),
        ({"amount": "9.60", "computed": "9.60"}, ComputedDiffers),
    ],
)
def test_what_can_not_be_is_refused(changes: dict[str, object], refusal: type[Refusal]) -> None:
    arrive(LATE, FEE)

    with pytest.raises(refusal):
        decide(asked(**changes))


def test_what_waits_in_suspense_was_received_too() -> None:
    arrive(LATE, replace(FEE, fen=9_60))
    assert Suspense.objects.get().fen == 10

    with pytest.raises(FeeBelowReceived, match=r"9\.60"):
        decide(asked(amount="9.59"))
    assert decide(asked(amount="9.60")) > 0


@pytest.mark.parametrize(
    ("amount", "roles", "level", "collective"),
    [
        ("1999.99", {"REVIEWER", "APPROVER"}, "", False),
        ("2000.00", {"APPROVER"}, "", False),
        ("51000.00", {"APPROVER"}, "LEADER", False),
        ("201000.00", {"APPROVER"}, "LEADER", True),
    ],
)
def test_the_more_it_departs_from_ours_the_more_decide(
    amount: str, roles: set[str], level: str, collective: bool
) -> None:
    for ours, theirs in ((amount, "1000.00"), ("1000.00", amount)):
        weight = weigh(Case(content={"amount": theirs, "computed": ours}))
        found = authority(
            subject_kind="cases.case", case_kind="COLLECTION_LATE_FEE", step="DECIDE", on=TODAY,
            weight=weight, demo=True,
        )  # fmt: skip

        assert (set(found.roles), found.level, found.collective) == (roles, level, collective)


def test_while_principal_is_open_the_fee_grows() -> None:
    arrive(replace(LATE, fen=999_99), FEE)

    with pytest.raises(FeeStillGrows):
        check(asked())


def test_of_several_entries_the_billed_one_is_named() -> None:
    debt_city.owe(500_00, payer_id=OTHER)
    arrive(LATE, FEE, replace(LATE, payer_id=OTHER, fen=500_00))
    Alias.objects.create(party_id=OTHER, survivor_id=COMPANY, case_id=1)

    with pytest.raises(SeveralDebts):
        decide(asked())
    decide(asked(payer=OTHER, amount="4.76", computed="4.75"))

    of_other = BillLine.objects.filter(part=LinePart.LATE_FEE, payer_id=OTHER)
    assert sum(of_other.values_list("fen", flat=True)) == 4_76
