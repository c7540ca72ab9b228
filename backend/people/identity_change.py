"""Change a person's name or number (姓名、证件变更); both within a year is “双改” and is listed."""

from datetime import date, timedelta

from django.db import IntegrityError, transaction

from backend.access.constraints import violated
from backend.kernel.errors import Refusal
from backend.kernel.identity import IdKind, identifier
from backend.kernel.names import person_name, search_form
from backend.people.models import PartyIdentifier, PartyName
from backend.people.register import NumberTaken
from backend.people.supersede import DecidedCase, replace_from

# 姓名与证件号码在这段时间内都变更过，列入监督清单。
DOUBLE_CHANGE_WITHIN = timedelta(days=365)


class ChangeInvalid(Refusal):
    """A change names a day and at least a new name or a new number (变更内容不完整)."""

    code = "identity_change_invalid"


@transaction.atomic
def apply(case: DecidedCase) -> int:
    """Let a new name or number hold from a day on; give the rows written.

    Content: ``from_date`` (ISO), ``name`` and/or ``id_kind`` with ``id_number``, ``evidence``.

    Raises:
        ChangeInvalid, NameInvalid, IdNumberInvalid, NumberTaken: as their sentences say.
    """
    content = case.content
    from_date = _from_date(content)
    if "name" not in content and "id_number" not in content:
        raise ChangeInvalid("变更申请没有写明新的姓名或证件号码。", case_id=case.pk)
    written = 0
    if "name" in content:
        written += _new_name(case, content["name"], from_date)
    if "id_number" in content:
        kind = str(content.get("id_kind"))
        written += _new_number(case, kind, content["id_number"], from_date)
    return written


def _from_date(content: dict[str, object]) -> date:
    try:
        return date.fromisoformat(str(content.get("from_date", "")))
    except ValueError:
        raise ChangeInvalid("变更日期格式不正确，应为 2026-11-05 这样的日期。") from None


def _new_name(case: DecidedCase, text: object, from_date: date) -> int:
    name = person_name(text)
    return replace_from(
        current=PartyName.objects.filter(party=case.party_id, superseded_at__isnull=True),
        successor=PartyName(party_id=case.party_id, name=name, search_name=search_form(name)),
        from_date=from_date,
        case_id=case.pk,
    )


def _new_number(case: DecidedCase, kind: str, text: object, from_date: date) -> int:
    if kind not in IdKind.__members__:
        raise ChangeInvalid("证件种类不正确。", id_kind=kind)
    number = identifier(IdKind[kind], text).number
    try:
        with transaction.atomic():
            return replace_from(
                current=PartyIdentifier.objects.filter(
                    party=case.party_id, kind=kind, superseded_at__isnull=True
                ),
                successor=PartyIdentifier(party_id=case.party_id, kind=kind, number=number),
                from_date=from_date,
                case_id=case.pk,
            )
    except IntegrityError as error:
        if violated(error) != "people_identifier_one_party":
            raise
        raise NumberTaken("该号码已经登记在他人名下。", kind=kind) from None
