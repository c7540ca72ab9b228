"""Who settles what is due to heirs takes the locks in one order: none waits for the other."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from insurance.benefits.claims.models import Claim
from insurance.benefits.recovery import set_off
from insurance.pension import locks as pension
from insurance.pension import survivor_grant
from insurance.unemployment import locks as unemployment
from insurance.unemployment import skill_case
from payments.locks import hold_reissues
from tests import builders
from tests.insurance.benefits.claims import test_correcting as correcting
from tests.insurance.benefits.claims import test_inherited_singles as singles
from tests.insurance.benefits.recovery import recovery_builders as recovery
from tests.insurance.benefits.recovery.test_set_off import survivors_of_one_who_owes
from tests.insurance.pension import survivor_builders as s
from tests.insurance.unemployment import test_granted_once as once
from tests.side_by_side import side_by_side

LOCK = re.compile(r"pg_advisory_xact_lock\(hashtext(?:extended)?\('([a-z_.]+)")
ORDER = [
    *("payments.reissue", "benefits.run", "accounts.outgoing", "benefits.grants"),
    *("benefits.recovery", "unemployment.person", "pension.person", "ledger_memo"),
]
BEFORE_PERSONS = {"payments.reissue", "benefits.grants"}


@pytest.fixture(autouse=True)
def _var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def inheritance() -> None:
    s.died_too(builders.li())
    singles.inherits()


def correction() -> None:
    correcting.corrected(Claim.objects.get(), heirs=s.heirs(builders.li(), builders.zhao()))


def taken_by(act: Callable[[], object]) -> list[str]:
    """Which of the locks that have an order, as they were taken."""
    with CaptureQueriesContext(connection) as queries:
        act()
    said = " ".join(query["sql"] for query in queries.captured_queries)
    return [name for name in dict.fromkeys(LOCK.findall(said)) if name in ORDER]


@pytest.mark.django_db
@pytest.mark.parametrize("act", [inheritance, correction, correcting.alive_again])
def test_the_reissues_are_held_before_the_batches(act: Callable[[], None]) -> None:
    singles.granted()

    taken = taken_by(act)

    assert taken == sorted(taken, key=ORDER.index)
    assert set(taken) >= BEFORE_PERSONS


@pytest.mark.django_db
def test_a_single_amount_is_corrected_in_the_order_of_the_locks() -> None:
    once.granted_level_5()

    taken = taken_by(lambda: skill_case.decide(once.correction_of_the_level()))

    assert taken == sorted(taken, key=ORDER.index)
    assert set(taken) >= {*BEFORE_PERSONS, "unemployment.person"}


@pytest.mark.django_db
def test_a_share_is_set_off_in_the_order_of_the_locks() -> None:
    share, _ = survivors_of_one_who_owes()
    case = recovery.case("RECOVERY_SET_OFF", share=share, amount="300.00")

    taken = taken_by(lambda: set_off.decide(case))

    assert taken == sorted(taken, key=ORDER.index)
    assert set(taken) >= {*BEFORE_PERSONS, "benefits.recovery"}


@pytest.mark.usefixtures("own_database")
def test_a_corrected_grant_beside_whoever_holds_the_reissues_first() -> None:
    singles.granted()
    wang, before = builders.wang().pk, Claim.objects.get()
    heirs = s.heirs(builders.li(), builders.zhao())
    case = s.case(corrects=before.pk, **correcting.WHY, heirs=heirs)

    side_by_side(
        [hold_reissues, lambda: pension.lock_person(person_id=wang)],
        [lambda: survivor_grant.decide(case)],
    )

    assert Claim.objects.filter(superseded_at=None, case_id=case.pk).exists()


@pytest.mark.usefixtures("own_database")
def test_a_corrected_single_amount_beside_whoever_holds_the_reissues_first() -> None:
    once.granted_level_5()
    case, li = once.correction_of_the_level(), builders.li().pk

    side_by_side(
        [hold_reissues, lambda: unemployment.lock_person(person_id=li)],
        [lambda: skill_case.decide(case)],
    )

    assert Claim.objects.filter(superseded_at=None, case_id=case.pk).exists()


@pytest.mark.usefixtures("own_database")
def test_a_set_off_of_a_share_beside_whoever_holds_the_reissues_first() -> None:
    share, _ = survivors_of_one_who_owes()
    case = recovery.case("RECOVERY_SET_OFF", share=share, amount="200.00")

    side_by_side([hold_reissues, lambda: set_off.check(case)], [lambda: set_off.decide(case)])

    assert recovery.owed_back() == 10_000
