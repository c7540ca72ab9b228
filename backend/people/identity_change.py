"""Change a person's name or number (姓名、证件变更); both within a year is “双改” and is listed."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from backend.access.constraints import violated
from backend.kernel.errors import Refusal
from backend.kernel.identity import Identifier, IdKind, Sex, identifier
from backend.kernel.names import person_name, search_form
from backend.people.models import PartyIdentifier, PartyName, Person
from backend.people.register import NumberTaken, refuse_other_facts
from backend.people.supersede import DecidedCase, replace_from

KIND = "IDENTITY_CHANGE"
# 姓名与证件号码在这段时间内都变更过，列入监督清单。
DOUBLE_CHANGE_WITHIN = timedelta(days=365)


class ChangeInvalid(Refusal):
    """A change names a day and at least a new name or a new number (变更内容不完整)."""

    code = "identity_change_invalid"


@dataclass(frozen=True)
class Asked:
    """What a change asks for: a new name, a new number, or both, from a day on."""

    from_date: date
    name: str | None
    paper: Identifier | None


def check(case: DecidedCase) -> int:
    """At its receipt an IDENTITY_CHANGE case can be decided as it asks; writes nothing.

    Content: ``from_date`` (ISO), ``name`` and/or ``id_kind`` with ``id_number``, ``evidence``.

    Raises:
        ChangeInvalid, NameInvalid, IdNumberInvalid: as their sentences say.
        FactsDisagree: the number tells of another birth or sex: that is another person's.
    """
    asked_of(case)
    return 0


@transaction.atomic
def apply(case: DecidedCase) -> int:
    """Let a new name or number hold from a day on; give the rows written.

    Raises:
        NumberTaken; as ``check``.
    """
    asked = asked_of(case)
    written = 0
    if asked.name is not None:
        written += _new_name(case, asked.name, asked.from_date)
    if asked.paper is not None:
        written += _new_number(case, asked.paper, asked.from_date)
    return written


def said_of(case: DecidedCase) -> str:
    """What its person is told of a decided change."""
    labels = {"name": "姓名", "id_number": "证件号码"}
    return f"变更了{'、'.join(labels[name] for name in labels if name in case.content)}。"


def asked_of(case: DecidedCase) -> Asked:
    """Read what a change asks for.

    Raises:
        ChangeInvalid, NameInvalid, IdNumberInvalid, FactsDisagree.
    """
    content = case.content
    from_date = _from_date(content)
    if "name" not in content and "id_number" not in content:
        raise ChangeInvalid("变更申请没有写明新的姓名或证件号码。", case_id=case.pk)
    name = person_name(content["name"]) if "name" in content else None
    return Asked(from_date, name, _paper(case) if "id_number" in content else None)


def _paper(case: DecidedCase) -> Identifier:
    """The new paper, which tells of the same birth and sex as the register."""
    kind = str(case.content.get("id_kind"))
    if kind not in IdKind.__members__:
        raise ChangeInvalid("证件种类不正确。", id_kind=kind)
    today = timezone.localdate(case.received_at)
    paper = identifier(IdKind[kind], case.content["id_number"], today)
    person = Person.objects.filter(pk=case.party_id).first()
    if person is None:
        raise ChangeInvalid("只有自然人变更姓名、证件。", case_id=case.pk)
    refuse_other_facts(paper=paper, birth_date=person.birth_date, sex=Sex(person.sex))
    return paper


def _from_date(content: dict[str, object]) -> date:
    try:
        return date.fromisoformat(str(content.get("from_date", "")))
    except ValueError:
        raise ChangeInvalid("变更日期格式不正确，应为 2026-11-05 这样的日期。") from None


def _new_name(case: DecidedCase, name: str, from_date: date) -> int:
    return replace_from(
        current=PartyName.objects.filter(party=case.party_id, superseded_at__isnull=True),
        successor=PartyName(party_id=case.party_id, name=name, search_name=search_form(name)),
        from_date=from_date,
        case_id=case.pk,
    )


def _new_number(case: DecidedCase, paper: Identifier, from_date: date) -> int:
    kind = paper.kind.value
    try:
        with transaction.atomic():
            return replace_from(
                current=PartyIdentifier.objects.filter(
                    party=case.party_id, kind=kind, superseded_at__isnull=True
                ),
                successor=PartyIdentifier(party_id=case.party_id, kind=kind, number=paper.number),
                from_date=from_date,
                case_id=case.pk,
            )
    except IntegrityError as error:
        if violated(error) != "people_identifier_one_party":
            raise
        raise NumberTaken("该号码已经登记在他人名下。", kind=kind) from None
