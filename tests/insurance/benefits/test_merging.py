"""Two entries of one person are merged once it is decided which benefit goes on (合并)."""

from collections.abc import Sequence
from datetime import date

import pytest

from backend.cases.models import Case
from backend.people.models import Alias, Death, Person
from insurance.benefits import invariants, merging, stop_withdrawal
from insurance.benefits.double_draws import MergedInPayment, MergeDrawnTwice, MergeMoneyOpen
from insurance.benefits.models import Entitlement, Overpaid
from insurance.benefits.recovery.standing import owed_of
from insurance.benefits.stop_withdrawal import NothingToWithdraw
from payments.ledger.models import MemoEntry
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY, NOVEMBER, PENSION_FEN
from tests.insurance.benefits.recovery import recovery_builders as recovery
from tests.insurance.unemployment import claim_builders as z

pytestmark = pytest.mark.django_db
PAID = 8


@pytest.fixture
def pensions() -> tuple[Entitlement, Entitlement]:
    """Wang's pension, and another that Chen draws from November on; Chen is Wang again."""
    return m.entitlement(), second_entry()


def second_entry(scheme: str = "170") -> Entitlement:
    return m.entitlement(
        of=builders.chen(), scheme=scheme, components={"BASIC": PENSION_FEN}, start=NOVEMBER
    )


def merge_case(*, goes: Person | None = None, stays: Person | None = None) -> Case:
    content = {"survivor_id": (stays or builders.wang()).pk}
    return builders.case(kind="MERGE", party=goes or builders.chen(), content=content)


def merged(**who: Person) -> int:
    case = merge_case(**who)
    merging.check(case)
    return merging.merge_persons(case)


def stopped(pension: Entitlement, *, since: str = "2026-11") -> Case:
    content = {
        "entitlement": pension.pk,
        "reason": "重复领取",
        "from_month": since,
        "evidence": "同一人核对表 演示1号",
    }
    person = Person.objects.get(pk=pension.person_id)
    return z.through_hands(kind="STOP", content=content, person=person, roles=("REVIEWER",))


def paid(pensions: Sequence[Entitlement]) -> None:
    m.sealed(NOVEMBER)
    for pension in pensions:
        m.answered(m.line(pension), PAID)


def whole() -> bool:
    return invariants.broken_promises() == []


def test_both_draw_and_it_is_not_decided_which_goes_on(
    pensions: tuple[Entitlement, Entitlement],
) -> None:
    with pytest.raises(MergedInPayment, match="先由两人办理待遇停发"):
        merged()
    with pytest.raises(MergedInPayment, match="请保留这一方"):
        merged(goes=builders.wang(), stays=builders.chen())

    assert not Alias.objects.exists()


def test_the_entry_without_a_benefit_goes() -> None:
    m.entitlement()
    chen = builders.chen()

    merged(goes=chen)

    assert Alias.objects.get(party_id=chen.pk).survivor_id == builders.wang().pk
    assert whole()


def test_what_was_drawn_twice_is_owed_by_the_entry_that_stays(
    pensions: tuple[Entitlement, Entitlement],
) -> None:
    goes_on, ends = pensions
    paid(pensions)
    stopped(ends)
    assert whole()

    merged()
    m.sealed(DECEMBER)

    assert whole()
    assert m.dues(ends, DECEMBER) == []
    assert m.dues(goes_on, DECEMBER) == [(DECEMBER, 1, PENSION_FEN)]
    assert Overpaid.objects.get().payee_id == builders.wang().pk
    assert recovery.owed_back() == PENSION_FEN
    recovery.noticed(amount="251.50")


def test_what_was_found_before_goes_over_to_the_entry_that_stays(
    pensions: tuple[Entitlement, Entitlement],
) -> None:
    chen = builders.chen()
    paid(pensions)
    stopped(pensions[1])
    m.sealed(DECEMBER)
    assert recovery.owed_back(chen) == PENSION_FEN

    merged(goes=chen)

    assert (recovery.owed_back(chen), recovery.owed_back()) == (0, PENSION_FEN)
    owed, before = owed_of(book_id=pensions[1].book_id, debtor_id=builders.wang().pk)
    assert (sum(one.fen for one in owed), before) == (PENSION_FEN, 0)
    assert MemoEntry.objects.filter(source="benefits.merge").count() == 2
    assert whole()
    recovery.served(amount="251.50")


def test_the_pension_that_goes_on_is_paid_and_nothing_twice(
    pensions: tuple[Entitlement, Entitlement],
) -> None:
    paid(pensions)
    stopped(pensions[1])
    merged()

    m.sealed(DECEMBER)
    m.sealed(JANUARY)

    assert m.dues(pensions[0], JANUARY) == [(JANUARY, 1, PENSION_FEN)]
    assert m.dues(pensions[1], JANUARY) == []
    assert Overpaid.objects.count() == 1


def test_a_stop_that_leaves_a_month_drawn_twice_is_too_late(
    pensions: tuple[Entitlement, Entitlement],
) -> None:
    paid(pensions)
    stopped(pensions[1], since="2026-12")

    with pytest.raises(MergeDrawnTwice, match="2026-11重复领取"):
        merged()

    stopped(pensions[1])
    assert merged() > 0


def test_a_stop_of_a_later_month_leaves_the_benefit_in_payment() -> None:
    pensions = (m.entitlement(), second_entry())
    paid(pensions)
    stopped(pensions[0], since="2026-11")
    stopped(pensions[1], since="2027-02")

    with pytest.raises(MergedInPayment, match="自 2026-12 或更早起"):
        merged()


def test_what_is_not_paid_out_yet_is_paid_before() -> None:
    pension = second_entry()
    m.sealed(NOVEMBER)
    stopped(pension, since="2026-12")

    with pytest.raises(MergeMoneyOpen, match="还有应发没有付到"):
        merged()

    m.answered(m.line(pension), PAID)
    assert merged() > 0


def test_nobody_is_merged_while_a_month_is_computed(
    pensions: tuple[Entitlement, Entitlement],
) -> None:
    paid(pensions)
    stopped(pensions[1])
    m.opened(DECEMBER)

    with pytest.raises(MergeMoneyOpen, match="封存以后再合并"):
        merged()


def test_a_benefit_ends_with_the_death_that_is_known_of_the_other_entry() -> None:
    pension = second_entry()
    paid([pension])
    told = {"source": "POLICE", "evidence": "演示"}
    Death.objects.create(person_id=builders.wang().pk, death_date=date(2026, 10, 3), **told)
    stopped(pension, since="2026-12")

    with pytest.raises(MergedInPayment, match="自 2026-11 或更早起"):
        merged()


def test_what_is_asked_back_of_the_entry_that_goes_is_ended_before() -> None:
    recovery.overpaid()
    recovery.noticed()

    with pytest.raises(MergeMoneyOpen, match="没有终结的追回"):
        merged(goes=builders.wang(), stays=builders.chen())


def test_a_stop_on_which_a_merge_rests_is_not_withdrawn(
    pensions: tuple[Entitlement, Entitlement],
) -> None:
    paid(pensions)
    stop = stopped(pensions[1])
    merged()
    content = {
        "stop_case": stop.pk,
        "evidence": "核对表 演示2号",
        "error": "不是同一人（演示）",
        "error_evidence": "核对表 演示2号",
    }

    with pytest.raises(NothingToWithdraw, match="已合并到另一登记"):
        stop_withdrawal.check(
            builders.case(kind="STOP_WITHDRAWAL", party=builders.chen(), content=content)
        )


def test_unemployment_benefit_does_not_go() -> None:
    office = m.office()
    made = Entitlement.objects.create(
        person_id=builders.chen().pk,
        scheme="210",
        book=office.book("110"),
        start_month=NOVEMBER.first_day,
        baseline=office.baseline,
    )
    m.component(of=made, name="BASIC", fen=100_000, start=NOVEMBER)

    with pytest.raises(MergedInPayment, match="失业保险金"):
        merged()


def test_a_merge_that_leaves_both_in_payment_breaks_a_promise(
    pensions: tuple[Entitlement, Entitlement],
) -> None:
    Alias.objects.create(party=builders.chen().party, survivor=builders.wang().party, case_id=1)

    (broken,) = invariants.broken_promises()

    assert broken.promise.startswith("合并:")
