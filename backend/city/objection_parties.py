"""Whom a decision about many speaks of (决定所涉的当事人): each of them may object to it."""

from collections.abc import Collection

from insurance.pension.adjusting import given
from insurance.unemployment import concerned

SPOKEN_OF = (given.is_concerned, concerned.is_concerned)


def is_concerned(*, decided_case: int, party_ids: Collection[int]) -> bool:
    """Whether a decision adjusted the pension, changed the unemployment benefit or settled the
    refund of one of some parties."""
    return any(of(decided_case=decided_case, party_ids=party_ids) for of in SPOKEN_OF)
