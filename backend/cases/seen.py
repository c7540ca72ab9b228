"""Whom a look into a case sees (查看业务件看到的人): party, agent, all whom its content names."""

from collections.abc import Iterator
from typing import Any

from backend.cases.models import Case
from backend.cases.own_matter import values_of
from backend.people.models import Party
from backend.people.queries import party_by_number
from backend.privacy.classes import FieldClass


def seen_in(case: Case) -> frozenset[int]:
    """Give the parties of the register who stand in a case, by number or by the number of a paper;
    each is told who looked."""
    named = {case.party_id, *_of_content(case.content)}
    if case.agent_id is not None:
        named.add(case.agent_id)
    return frozenset(Party.objects.filter(pk__in=named).values_list("pk", flat=True))


def _of_content(content: Any) -> Iterator[int]:
    yield from values_of(content, FieldClass.PERSON, int)
    for number in values_of(content, FieldClass.NUMBER, str):
        party = party_by_number(number=number)
        if party is not None:
            yield party
