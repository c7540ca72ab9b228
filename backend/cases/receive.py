"""Receive a case (受理): what is asked for is frozen with its digest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from backend.access import roles
from backend.access.constraints import violated
from backend.access.models import Agency, Staff
from backend.audit.record import record
from backend.cases import kinds, served, terms, weights
from backend.cases.acts import NO_ACTS, CaseAct
from backend.cases.agents.acting import act_for
from backend.cases.authority import authority
from backend.cases.canonical import case_digest
from backend.cases.content import received_on
from backend.cases.home_visits import require_visit
from backend.cases.kinds import Kind
from backend.cases.models import Case
from backend.cases.own_matter import refuse_taking
from backend.kernel.errors import Refusal
from backend.people.models import Party
from backend.web import scope

RECEIVED = ".RECEIVED"


class OriginTaken(Refusal):
    """Another case came in under this origin (同一来源已有不同的业务件)."""

    code = "case_origin_taken"


class NotFromFeed(Refusal):
    """This kind is received at a desk, by a person (须由工作人员受理)."""

    code = "case_not_from_feed"


class OtherBody(Refusal):
    """Another body receives and decides this kind (不属本机构办理)."""

    code = "case_other_body"
    status = 403


class PartyMissing(Refusal):
    """The party is not in the register (当事人不存在)."""

    code = "party_missing"


@dataclass(frozen=True)
class Matter:
    """What one party asks for; ``origin`` names it for ever, so that it comes in once."""

    party_id: int
    content: Mapping[str, object]
    origin: str = ""


def receive_case(
    *,
    kind: str,
    agency: Agency,
    party_id: int,
    content: Mapping[str, object],
    origin: str = "",
    received_by: int | None = None,
    acts: Mapping[str, CaseAct] = NO_ACTS,
) -> Case:
    """Take in one matter of one party; see ``receive_many``."""
    (case,), _ = receive_many(
        kind=kind,
        agency=agency,
        matters=[Matter(party_id, content, origin)],
        received_by=received_by,
        acts=acts,
    )
    return case


@transaction.atomic
def receive_many(
    *,
    kind: str,
    agency: Agency,
    matters: Sequence[Matter],
    received_by: int | None = None,
    acts: Mapping[str, CaseAct] = NO_ACTS,
) -> tuple[list[Case], int]:
    """Take in matters of one kind, all or none; give their cases, and how many of them are new.

    ``received_by`` is a natural person, None for a feed. The same origin with the same content
    gives the case that is there already.

    Raises:
        OriginTaken: the same origin with another content.
        NotFromFeed, KindUnknown, PartyMissing, OtherBody, SchemeNotServed, RowOfAnother: as their
            sentences say.
    """
    wanted = [_case(kind, agency, matter, received_by) for matter in matters]
    _refuse_unknown_parties(wanted)
    try:
        known, new = _insert_unknown(wanted)
    except IntegrityError as error:
        if violated(error) != "cases_origin_once":
            raise
        known, new = _insert_unknown(wanted)  # somebody received one of them in between
    _begin(new, kind, received_by, acts)
    return [_taken(case, known) for case in wanted], len(new)


@transaction.atomic
def receive_at_desk(
    *,
    staff: Staff,
    kind: str,
    party_id: int,
    content: Mapping[str, object],
    today: date,
    acts: Mapping[str, CaseAct],
    mandate: int | None = None,
) -> Case:
    """Receive a case from a member of staff whose role allows it (窗口受理).

    ``mandate`` is that of who came for the party, if somebody did.

    Raises:
        StepNotAllowed: when none of the roles held today may receive this kind.
        OwnMatter: when it is the matter of who receives it, or names him.
        MandateNotOpen, AgentNotAllowed: nobody acts for another beyond a mandate.
        HomeVisitNotOpen: it names a visit at which it was not taken in.
    """
    require_receiver(staff=staff, kind=kind, today=today)
    case = receive_case(
        kind=kind,
        agency=staff.agency,
        party_id=party_id,
        content=content,
        received_by=staff.person_id,
        acts=acts,
    )
    refuse_taking(case=case, kind=kinds.kind_of(code=kind, on=today), person_id=staff.person_id)
    require_visit(case=case)
    if mandate is not None:
        act_for(case=case, mandate_id=mandate, on=received_on(case), staff=staff)
    return case


def require_receiver(*, staff: Staff, kind: str, today: date) -> None:
    """Refuse who may not receive this kind today.

    Raises:
        StepNotAllowed, KindUnknown: as their sentences say.
    """
    kinds.kind_of(code=kind, on=today)
    allowed = authority(subject_kind=kinds.CASE, case_kind=kind, step="RECEIVE", on=today)
    if not allowed.roles & roles.roles_of(staff=staff, on=today):
        raise kinds.StepNotAllowed("您的岗位不能受理此类业务。", step="RECEIVE", subject=kind)


def require_taker(*, kind: Kind, agency: Agency, received_by: int | None) -> None:
    """Refuse what this agency does not take in, or not without a person.

    Raises:
        NotFromFeed, OtherBody.
    """
    if received_by is None and not kind.from_feed:
        raise NotFromFeed(f"“{kind.label}”须由工作人员受理。", kind=kind.code)
    if kind.agency_kind not in ("", agency.kind):
        raise OtherBody(f"“{kind.label}”不由本机构受理。", kind=kind.code)


def certify_new(*, cases: Sequence[Case]) -> None:
    """Give cases that are to be kept their numbers, and let this host vouch for them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('cases_case', 'id'))"
            " FROM generate_series(1, %s)",
            [len(cases)],
        )
        numbers = [number for (number,) in cursor.fetchall()]
    for case, number in zip(cases, numbers, strict=True):
        case.pk = number
        case.certify()


def _case(kind: str, agency: Agency, matter: Matter, received_by: int | None) -> Case:
    return Case(
        kind=kind,
        agency=agency,
        party_id=matter.party_id,
        content=dict(matter.content),
        digest=case_digest(kind=kind, party_id=matter.party_id, content=matter.content),
        origin=matter.origin,
        received_by=received_by,
    )


def _refuse_unknown_parties(cases: Sequence[Case]) -> None:
    parties = {case.party_id for case in cases}
    unknown = parties - set(Party.objects.filter(pk__in=parties).values_list("pk", flat=True))
    if unknown:
        raise PartyMissing("人员单位库中没有这个当事人。", party_id=min(unknown))


@transaction.atomic
def _insert_unknown(cases: Sequence[Case]) -> tuple[dict[str, Case], list[Case]]:
    """Insert the cases whose origin is not known; give the known ones by origin, and the new."""
    origins = {case.origin for case in cases if case.origin}
    with scope.whole_city():  # an origin is one matter, whichever agency received it
        known = {case.origin: case for case in Case.objects.filter(origin__in=origins)}
    unknown = [case for case in cases if case.origin not in known]
    certify_new(cases=unknown)
    return known, Case.objects.bulk_create(unknown, batch_size=1000)


def _taken(case: Case, known: Mapping[str, Case]) -> Case:
    earlier = known.get(case.origin, case)
    if earlier.agency_id != case.agency_id:
        raise OriginTaken("同一来源已由其他机构受理。", origin=case.origin)
    if earlier.digest != case.digest:
        raise OriginTaken("同一来源已有内容不同的业务件。", origin=case.origin, case_id=earlier.pk)
    return earlier


def _begin(
    cases: Sequence[Case], code: str, received_by: int | None, acts: Mapping[str, CaseAct]
) -> None:
    if not cases:
        return
    today = timezone.localdate(cases[0].received_at)
    kind = kinds.kind_of(code=code, on=today)
    require_taker(kind=kind, agency=cases[0].agency, received_by=received_by)
    served.require_served(cases=cases, on=today)
    act = acts.get(code + RECEIVED)
    with scope.whole_city():  # whether it can be decided, no one agency's rows tell
        acted = sum(act(case) for case in cases if act)
    weights.require_minutes_where_asked(cases=cases)
    only_one = len(cases) == 1
    record(
        name="cases.received",
        subject_kind=kinds.CASE,
        subject_id=str(cases[0].pk) if only_one else "",
        rows=len(cases) + acted + terms.begin(cases=cases),
        person_id=received_by,
        party_id=cases[0].party_id if only_one else None,
        details={"kind": code, "cases": [case.pk for case in cases]},
        digest=cases[0].digest if only_one else "",
    )
