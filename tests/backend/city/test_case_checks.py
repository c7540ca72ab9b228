"""Whatever comes in at the desk is looked at when it is received (受理即审查).

What makes no sense is refused with a code and a sentence then, for every kind that there is: no
reviewer signs it, and no decision ends in a fault.
"""

from contextlib import suppress
from random import Random
from typing import Any

import pytest
from django.db import transaction

from backend.access.models import Agency
from backend.cases import acts, kinds
from backend.cases.canonical import case_digest
from backend.cases.models import Case
from backend.cases.receive import RECEIVED, receive_case
from backend.kernel.errors import Refusal
from tests import builders

pytestmark = pytest.mark.django_db
KINDS = [kind.code for kind in kinds.kinds(on=builders.TODAY)]
ROW = {"payee": "x", "weight": 0, "part": "1", "fen": "1", "year": None, "amount": True}
WRONG = ["", "abc", "甲" * 300, 0, -1, 10**30, True, None, [], [{}], [ROW]]
PLAUSIBLE = [*WRONG, 1, "110", "170", "2026-11", "2026-11-05", "100.00", "演示材料", "CITIZEN"]
DRAWS = 20


class Says(dict[str, Any]):
    """A content that has an answer to whatever is asked; the same to the same question."""

    def __init__(self, *answers: object) -> None:
        super().__init__()
        self._answers, self._random = answers, Random(340_800)

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> object:
        return self.setdefault(name, self._random.choice(self._answers))

    def get(self, name: str, default: object = None) -> Any:
        return self[name]


def agency_of(kind: str) -> Agency:
    wanted = kinds.kind_of(code=kind, on=builders.TODAY).agency_kind
    if wanted in ("", "PENSION"):
        return builders.agency()
    return Agency.objects.create(code="34080009", name="演示", region="340800", kind=wanted)


def check(kind: str, content: dict[str, Any]) -> None:
    """What the receipt of a case that says so looks at."""
    party = builders.wang().pk
    digest = case_digest(kind=kind, party_id=party, content={})
    case = Case.objects.create(
        kind=kind, agency=agency_of(kind), party_id=party, content={}, digest=digest
    )
    case.content = content
    with transaction.atomic():
        acts.registered()[kind + RECEIVED](case)


@pytest.mark.parametrize("kind", KINDS)
def test_a_case_that_says_nothing_is_not_received(kind: str) -> None:
    with pytest.raises(Refusal) as refused:
        receive_case(
            kind=kind,
            agency=agency_of(kind),
            party_id=builders.wang().pk,
            content={},
            received_by=builders.chen().pk,
            acts=acts.registered(),
        )

    assert refused.value.code != Refusal.code
    assert not Case.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_case_of_wrong_types_is_refused_with_a_code(kind: str) -> None:
    for wrong in WRONG:
        with pytest.raises(Refusal) as refused, transaction.atomic():
            check(kind, Says(wrong))
        assert refused.value.code != Refusal.code


@pytest.mark.parametrize("kind", KINDS)
def test_a_case_that_is_partly_right_is_refused_or_taken(kind: str) -> None:
    random = Random(kind)

    for _ in range(DRAWS):
        with suppress(Refusal), transaction.atomic():
            check(kind, Says(*random.sample(PLAUSIBLE, 6)))
