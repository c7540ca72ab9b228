"""Nobody takes a step in a matter that is his own, or that names him (本人的业务须回避), nor in one
of whom he declared to keep out of (回避申报).

Who is paid by it (收款人、继承人) or acts in it stands in the content, under a key that names a
person (``fields.toml``). A rule of ours, which only makes stricter what others lay down.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeVar

from backend.cases.kinds import Kind
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.people.queries import family_of
from backend.people.recusals import kept_out_of
from backend.privacy.classes import FieldClass, fields

V = TypeVar("V")


class KinMatter(Refusal):
    """Nobody works on a matter of whom he declared to keep out of (申报回避的人的业务)."""

    code = "case_kin_matter"
    status = 403


class OwnMatter(Refusal):
    """Nobody signs in a matter of his own (本人的业务须由另一人办理)."""

    code = "case_own_matter"
    status = 403


def named_in(content: Mapping[str, Any]) -> frozenset[int]:
    """Give every party whom a content names, however deep."""
    return frozenset(values_of(content, FieldClass.PERSON, int))


def refuse_own(*, case: Case, family: Collection[int]) -> None:
    """Refuse to sign who is a party, or named, or declared to keep out of the matters of one who
    is; ``family``: all entries of one person.

    Raises:
        OwnMatter, KinMatter.
    """
    if case.party_id in family:
        raise OwnMatter("您或您代理的人是此件的当事人，须由另一人办理。", case_id=case.pk)
    named = named_in(case.content)
    if not named.isdisjoint(family):
        raise OwnMatter(
            "此件的内容写有您或您代理的人（收款、继承、代办等），须由另一人办理。", case_id=case.pk
        )
    if not kept_out_of(family=family).isdisjoint(named | {case.party_id}):
        raise KinMatter(
            "您或您代理的人申报过回避此件的当事人或者所写的人，须由另一人办理。", case_id=case.pk
        )


def refuse_taking(*, case: Case, kind: Kind, person_id: int) -> None:
    """Refuse to take in what is the taker's own, or names him. A matter of the body itself has no
    party but who takes it in.

    Raises:
        OwnMatter, KinMatter.
    """
    family = family_of(party_id=person_id)
    named = named_in(case.content)
    concerned = named if kind.of_body else named | {case.party_id}
    if not concerned.isdisjoint(family):
        raise OwnMatter("您是此件的当事人，或者内容写有您，须由另一人收件、受理。")
    if not kept_out_of(family=family).isdisjoint(concerned):
        raise KinMatter("您申报过回避此件的当事人或者所写的人，须由另一人收件、受理。")


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
