"""Enter persons and organisations into the register (人员与单位登记)."""

from datetime import date

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.access.constraints import violated
from backend.access.models import Staff
from backend.audit.record import record
from backend.kernel.errors import Refusal
from backend.kernel.identity import Identifier, IdKind, Sex, credit_code, identifier
from backend.kernel.names import person_name, search_form, unprintable
from backend.people.models import (
    Organisation,
    Party,
    PartyIdentifier,
    PartyKind,
    PartyName,
    Person,
)

CREDIT_CODE = "CREDIT_CODE"
ORGANISATION_NAME_MAX = 100


class NumberTaken(Refusal):
    """The number belongs to somebody in the register already (号码已登记)."""

    code = "number_taken"


class FactsDisagree(Refusal):
    """Birth date or sex are not those which the number says (与证件号码不一致)."""

    code = "facts_disagree"


class OrganisationNameInvalid(Refusal):
    """The name is empty, too long or holds control characters (单位名称不正确)."""

    code = "organisation_name_invalid"


class CreditCodeMissing(Refusal):
    """Every organisation but a village has a credit code (缺少统一社会信用代码)."""

    code = "credit_code_missing"


@transaction.atomic
def register_person(
    *,
    name: str,
    id_kind: IdKind,
    id_number: str,
    birth_date: date,
    sex: Sex,
    nation: str,
    district: str,
    today: date,
    village_id: int | None = None,
    registered_by: Staff | None = None,
) -> Person:
    """Enter a natural person; name and number hold from birth until they change.

    Raises:
        NumberTaken: also when 15 and 18 digits are two spellings of one number.
        FactsDisagree, NameInvalid, IdNumberInvalid: as their sentences say.
    """
    paper = identifier(id_kind, id_number, today)
    refuse_other_facts(paper=paper, birth_date=birth_date, sex=sex)
    party = Party.objects.create(kind=PartyKind.PERSON)
    person = Person.objects.create(
        party=party,
        birth_date=birth_date,
        sex=sex,
        nation=nation,
        district=district,
        village_id=village_id,
    )
    _add_name(party, person_name(name), birth_date)
    _add_number(party, paper.kind.value, paper.number, birth_date)
    _record("people.person_registered", party, 4, registered_by)
    return person


@transaction.atomic
def register_organisation(
    *,
    name: str,
    kind: PartyKind,
    code: str,
    district: str,
    since: date,
    registered_by: Staff | None = None,
) -> Organisation:
    """Enter an employer, village or institution; only a village may have no credit code.

    Raises:
        NumberTaken, CreditCodeMissing, CreditCodeInvalid, OrganisationNameInvalid.
    """
    if not code and kind is not PartyKind.VILLAGE:
        raise CreditCodeMissing("单位必须有统一社会信用代码。")
    party = Party.objects.create(kind=kind)
    organisation = Organisation.objects.create(party=party, district=district)
    _add_name(party, organisation_name(name), since)
    if code:
        _add_number(party, CREDIT_CODE, credit_code(code), since)
    _record("people.organisation_registered", party, 4 if code else 3, registered_by)
    return organisation


def organisation_name(text: str) -> str:
    """Give the name trimmed.

    Raises:
        OrganisationNameInvalid: when it is empty, too long, or holds what cannot be printed.
    """
    name = text.strip()
    if not name or len(name) > ORGANISATION_NAME_MAX or unprintable(name):
        raise OrganisationNameInvalid(
            f"单位名称不能为空、不能超过{ORGANISATION_NAME_MAX}个字、不能含控制字符。"
        )
    return name


def refuse_other_facts(*, paper: Identifier, birth_date: date, sex: Sex) -> None:
    """A paper that tells of another birth or sex is not this person's.

    Raises:
        FactsDisagree.
    """
    if paper.birth_date not in (None, birth_date):
        raise FactsDisagree("出生日期与证件号码不一致，请核对。", field="birth_date")
    if paper.sex not in (None, sex):
        raise FactsDisagree("性别与证件号码不一致，请核对。", field="sex")


def _add_name(party: Party, name: str, since: date) -> None:
    PartyName.objects.create(
        party=party, name=name, search_name=search_form(name), valid=SqlRange(since, None)
    )


def _add_number(party: Party, kind: str, number: str, since: date) -> None:
    paper = PartyIdentifier(party=party, kind=kind, number=number, valid=SqlRange(since, None))
    try:
        with transaction.atomic():
            paper.save(force_insert=True)
    except IntegrityError as error:
        if violated(error) != "people_identifier_one_party":
            raise
        raise NumberTaken("该号码已经登记，请先查询，不要重复建档。", kind=kind) from None


def _record(name: str, party: Party, rows: int, staff: Staff | None) -> None:
    record(
        name=name,
        subject_kind="people.party",
        subject_id=str(party.pk),
        rows=rows,
        staff_id=staff.pk if staff else None,
        person_id=staff.person_id if staff else None,
        party_id=party.pk,
    )
