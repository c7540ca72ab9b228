"""Who goes over takes the account along; only months of 110 count (制度衔接)."""

from collections.abc import Mapping

import pytest

from backend.cases import acts
from insurance.accounts.entries import balance
from insurance.accounts.invariants import broken_promises
from insurance.accounts.models import AccountEntry, EntryKind, Outgoing, SchemeSwitch
from insurance.accounts.scheme_switch import counted_months
from insurance.enrolment.models import Kind
from insurance.pension import scheme_switch as act
from insurance.pension.approval import ArchiveMissing
from insurance.pension.in_payment import AlreadyAwarded
from insurance.pension.scheme_switch import StillInsured
from insurance.pension.switching import EnoughMonths, SwitchTooEarly, TooFewMonths
from tests.insurance.accounts import account_builders
from tests.insurance.benefits import month_builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.pension import pension_builders as p

pytestmark = pytest.mark.django_db
KIND = "PENSION_SWITCH"
INTEREST = 60_00  # 12,000 yuan for four months at 1.5 %


def asked(to_scheme: str = "170", **changes: object) -> dict[str, object]:
    content: dict[str, object] = {
        "scheme": "110" if to_scheme == "170" else "170",
        "to_scheme": to_scheme,
        "month": "2026-07",
        "employee_months": 100 if to_scheme == "170" else 200,
        "evidence": "缴费明细 演示4号",
    }
    return {**content, **changes}


def switched(content: Mapping[str, object]) -> SchemeSwitch:
    case = p.decided(kind=KIND, content=content)
    act.decide(case)
    return SchemeSwitch.objects.get(case_id=case.pk)


def account(scheme: str, fen: int = 12_000_00) -> None:
    account_builders.entry(
        person_id=p.man().pk, scheme=scheme, kind=EntryKind.OPENING, month="2026-02",
        arrival="2026-03", fen=fen,
    )  # fmt: skip


def test_employees_with_too_few_months_go_over_with_account_and_months() -> None:
    p.recognise()
    account("110")
    account("170", 500_00)

    found = switched(asked())

    man = p.man().pk
    assert (found.fen, found.counted_months) == (12_000_00 + INTEREST, 100)
    assert balance(person_id=man, scheme="110") == 0
    assert balance(person_id=man, scheme="170") == 500_00 + found.fen
    assert counted_months(person_id=man, scheme="170") == 100
    (arrived,) = AccountEntry.objects.filter(kind="TRANSFER_IN")
    assert (arrived.scheme, arrived.fen) == ("170", found.fen)


def test_the_money_follows_by_a_remittance_to_the_other_fund() -> None:
    p.recognise()
    account("110")

    found = switched(asked())

    outgoing = Outgoing.objects.get(case_id=found.case_id)
    assert (outgoing.scheme, outgoing.fen) == ("110", found.fen)
    assert outgoing.to_agency == "本机构城乡居民基本养老保险基金"


def test_residents_go_over_with_the_account_alone() -> None:
    p.recognise()
    account("170", 3_000_00)

    found = switched(asked("110"))

    assert found.fen > 3_000_00
    assert (found.counted_months, counted_months(person_id=p.man().pk, scheme="110")) == (0, 0)
    assert balance(person_id=p.man().pk, scheme="110") == found.fen


def test_months_count_without_any_account() -> None:
    p.recognise()

    found = switched(asked())

    assert (found.fen, found.counted_months) == (0, 100)
    assert not AccountEntry.objects.exists()


def test_nobody_goes_over_before_the_age() -> None:
    p.recognise()

    with pytest.raises(SwitchTooEarly, match="2026-07"):
        switched(asked(month="2026-06"))


def test_the_least_months_decide_which_way() -> None:
    p.recognise()

    with pytest.raises(EnoughMonths):
        switched(asked(employee_months=180))
    with pytest.raises(TooFewMonths):
        switched(asked("110", employee_months=179))

    assert switched(asked(employee_months=179)).counted_months == 179


def test_the_archive_is_recognised_first() -> None:
    with pytest.raises(ArchiveMissing):
        switched(asked())


def test_who_is_insured_or_draws_stays() -> None:
    p.recognise()
    of.enrolment(person_id=p.man().pk, scheme="110", valid=of.months("2026-01"))
    with pytest.raises(StillInsured):
        switched(asked())

    month_builders.entitlement(of=p.man())
    with pytest.raises(AlreadyAwarded):
        switched(asked())


def test_a_resident_leaves_the_roll_first() -> None:
    p.recognise()
    of.enrolment(
        person_id=p.man().pk, scheme="170", kind=Kind.RESIDENT,
        valid=of.months("2026-01", "2027-01"),
    )  # fmt: skip

    with pytest.raises(StillInsured):
        switched(asked("110"))


def test_what_three_people_decided_holds_in_the_accounts() -> None:
    p.through_hands(kind="ARCHIVE_FACTS", content=p.archive())
    account("110")

    p.through_hands(kind=KIND, content=asked())

    assert [
        one for one in broken_promises() if "制度衔接" in one.promise or "转" in one.promise
    ] == []


def test_an_account_that_went_nowhere_is_found() -> None:
    SchemeSwitch.objects.create(
        person_id=p.man().pk,
        from_scheme="110",
        to_scheme="170",
        month=month_builders.NOVEMBER.first_day,
        fen=1,
        counted_months=0,
        case_id=1,
    )

    assert "个人账户:制度衔接的转入等于转出,同一人同一业务件" in [
        one.promise for one in broken_promises()
    ]


def test_the_city_knows_the_act() -> None:
    assert acts.registered()[KIND] is act.decide
    assert acts.registered()[f"{KIND}.RECEIVED"] is act.check
