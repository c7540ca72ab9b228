"""An award takes enrolment before accounts, as a transfer does: neither waits for the other."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from insurance.accounts import entries
from insurance.enrolment import locks as enrolment
from tests.insurance.accounts.test_transfer_locks import locked
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension import test_resident_award as residents
from tests.side_by_side import side_by_side


def employees_award() -> Callable[[], object]:
    p.recognise()
    p.approve()
    p.with_account()
    return p.awarded


def residents_award() -> Callable[[], object]:
    residents.cheng()
    return residents.awarded


@pytest.mark.django_db
@pytest.mark.parametrize("prepared", [employees_award, residents_award])
def test_enrolment_is_locked_before_accounts(
    prepared: Callable[[], Callable[[], object]],
) -> None:
    award = prepared()

    with CaptureQueriesContext(connection) as queries:
        award()

    assert locked(queries)[:2] == ["enrolment", "accounts"]


@pytest.mark.usefixtures("own_database")
def test_an_award_beside_whoever_holds_the_enrolment_first() -> None:
    award, man = employees_award(), p.man().pk

    side_by_side(
        [
            lambda: enrolment.lock_person(person_id=man),
            lambda: entries.lock(person_ids=[man]),
        ],
        [award],
    )
