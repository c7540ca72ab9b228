"""Two at once: a code unlocks once, a case is decided once, an origin is received once."""

from collections.abc import Callable

import pytest

from backend.access import keys
from backend.access.credentials import CredentialsWrong
from backend.access.keys import UnlockedKey
from backend.cases.decide import WrongState, decide
from backend.cases.models import Approval, Case
from backend.cases.receive import receive_case
from tests import builders
from tests.at_once import at_once
from tests.builders import NOW, PASSWORD, Member

pytestmark = pytest.mark.usefixtures("own_database")


def test_one_code_unlocks_once_also_when_used_twice_at_once() -> None:
    clerk = builders.staff_with_password(role="CLERK", username="jingban1")

    def unlock() -> UnlockedKey:
        return keys.unlock(staff=clerk, password=PASSWORD, code=builders.code(), now=NOW)

    results = at_once(unlock, unlock, unlock)

    assert sum(isinstance(result, UnlockedKey) for result in results) == 1
    assert sum(isinstance(result, CredentialsWrong) for result in results) == 2


def test_a_case_is_decided_once_by_two_reviewers_at_once() -> None:
    case = builders.case()
    reviewers = [builders.member(role="REVIEWER") for _ in range(2)]

    def deciding(by: Member) -> Callable[[], Case]:
        return lambda: decide(
            case_id=case.pk,
            approve=True,
            reason="",
            key=by.key,
            role="REVIEWER",
            now=NOW,
            acts={case.kind: lambda _: 0},
        )

    results = at_once(*(deciding(reviewer) for reviewer in reviewers))

    assert {type(result) for result in results} == {Case, WrongState}
    assert Approval.objects.count() == 1


def test_an_origin_is_received_once_by_two_at_once() -> None:
    agency, party = builders.agency(), builders.wang().pk

    def receiving() -> Case:
        return receive_case(
            kind="DEATH",
            agency=agency,
            party_id=party,
            content={"death_date": "2026-11-01"},
            origin="deaths-2026-11:7",
        )

    first, second, third = at_once(receiving, receiving, receiving)

    assert first == second == third == Case.objects.get()
