"""Nobody takes a step in a matter that is his own, or that names him (本人的业务须回避).

Who is paid by it (收款人、继承人) or acts in it stands in the content, under a key that names a
person (``fields.toml``). A rule of ours, which only makes stricter what others lay down.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeVar

from backend.cases.kinds import Kind
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.people.queries import family_of
from backend.privacy.classes import FieldClass, fields

V = TypeVar("V")


class OwnMatter(Refusal):
    """Nobody signs in a matter of his own (本人的业务须由另一人办理)."""

    code = "case_own_matter"
    status = 403


def named_in(content: Mapping[str, Any]) -> frozenset[int]:
    """Give every party whom a content names, however deep."""
    return frozenset(values_of(content, FieldClass.PERSON, int))


def refuse_own(*, case: Case, family: Collection[int]) -> None:
    """Refuse to sign who is a party, or named; ``family``: all entries of one person.

    Raises:
        OwnMatter.
    """
    if case.party_id in family:
        raise OwnMatter("您或您代理的人是此件的当事人，须由另一人办理。", case_id=case.pk)
    if not named_in(case.content).isdisjoint(family):
        raise OwnMatter(
            "此件的内容写有您或您代理的人（收款、继承、代办等），须由另一人办理。", case_id=case.pk
        )


def refuse_taking(*, case: Case, kind: Kind, person_id: int) -> None:
    """Refuse to take in what is the taker's own, or names him. A matter of the body itself has no
    party but who takes it in.

    Raises:
        OwnMatter.
    """
    family = family_of(party_id=person_id)
    named = named_in(case.content)
    if not (named if kind.of_body else named | {case.party_id}).isdisjoint(family):
        raise OwnMatter("您是此件的当事人，或者内容写有您，须由另一人收件、受理。")


def values_of(
    content: Any, field_class: FieldClass, kind: type[V], *, of_class: bool = False
) -> Iterator[V]:
    """Give what stands under the keys of a class in a content, however deep."""
    if isinstance(content, Mapping):
        for key, one in content.items():
            own = fields().keys.get(key) is field_class
            yield from values_of(one, field_class, kind, of_class=own)
    elif isinstance(content, (list, tuple)):
        for one in content:
            yield from values_of(one, field_class, kind, of_class=of_class)
    elif of_class and type(content) is kind:
        yield content
