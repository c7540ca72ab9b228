"""A single proof of life, and the hold at the end of all steps (资格认证、未通过暂缓): by cases."""

from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from backend.access.models import Staff
from backend.cases import content
from backend.cases.acts import NO_ACTS
from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from backend.cases.receive import Matter, receive_many, require_receiver
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.models import Death
from backend.people.queries import canonical_id
from backend.people.supersede import close
from insurance.benefits.checks.due import (
    Area,
    Due,
    due_people,
    hold_origin,
    people_to_hold,
)
from insurance.benefits.checks.models import Proof, ProofMethod
from insurance.benefits.checks.prove import add_proofs, release
from insurance.benefits.checks.rules import may_be_held
from insurance.benefits.effective_month import Effective
from insurance.benefits.effective_month_of import effective_by, effective_of, keep
from insurance.benefits.models import Entitlement, Hold, HoldReason

HOLD_KIND = "CHECK_HOLD"
MISSED = HoldReason.CHECK_MISSED
METHODS = (ProofMethod.SELF_SERVICE.value, ProofMethod.WINDOW.value, ProofMethod.VISIT.value)
PAGE = 10_000
ONE = """
SELECT %(person)s::bigint AS person_id, %(proven_on)s::date AS proven_on,
    %(method)s::varchar(12) AS method, %(evidence)s::varchar(120) AS evidence,
    NULL::int AS file_id, %(case)s::bigint AS case_id
"""


class KnownDead(Refusal):
    """Who is reported dead is first found alive by withdrawing that (已有死亡信息)."""

    code = "check_known_dead"


class NoProof(Refusal):
    """There is no such proof to withdraw (没有可撤销的认证)."""

    code = "check_no_proof"


class NotExhausted(Refusal):
    """A pension is held only after all steps (催办未完成，不得暂缓)."""

    code = "check_not_exhausted"


def check_proof(case: Case) -> int:
    """At its receipt a LIFE_PROOF case can be decided as it asks; writes nothing.

    Content: ``method`` (SELF_SERVICE, WINDOW, VISIT), ``proven_on``, ``evidence``; or ``withdraws``
    (a proof) and ``reason``.

    Raises:
        ContentInvalid, KnownDead, NoProof.
    """
    if "withdraws" in case.content:
        _withdrawn(case)
    else:
        _asked(case)
    return 0


@transaction.atomic
def decide_proof(case: Case) -> int:
    """The act of a LIFE_PROOF case; rows written. Raises as ``check_proof``."""
    if "withdraws" in case.content:
        close(_withdrawn(case))
        return 1
    proven_on, method, evidence = _asked(case)
    values = {
        "person": canonical_id(party_id=case.party_id),
        "proven_on": proven_on,
        "method": method,
        "evidence": evidence,
        "case": case.pk,
    }
    added = add_proofs(proven=ONE, values=values)
    return added + release(proven=ONE, values=values, day=content.day_of(case)).rows


def propose_holds(*, staff: Staff, on_duty: date, area: Area, today: date) -> list[Case]:
    """Receive a CHECK_HOLD case for those of an area with whom nothing is left to try, so many at a
    time.

    Who is held already or has such a case waiting is left alone. Another person decides. Roles are
    held by the clock (``on_duty``), whatever day a demonstration lives (``today``), from which the
    rule says the first month that is held.

    Raises:
        StepNotAllowed; NotConfigured, NotVerified.
    """
    require_receiver(staff=staff, kind=HOLD_KIND, today=on_duty)
    month = effective_by(
        event=MISSED.name, label=MISSED.label, day=today, region=staff.agency.region
    ).month
    listed = people_to_hold(area=area, day=today, from_month=month, limit=PAGE)
    matters = [_matter(due, month, today) for due in listed]
    cases, _ = receive_many(
        kind=HOLD_KIND,
        agency=staff.agency,
        matters=matters,
        received_by=staff.person_id,
        acts=NO_ACTS,
    )
    return cases


def check_hold(case: Case) -> int:
    """At its receipt a CHECK_HOLD case can be decided as it asks; writes nothing.

    The rule says from which month on, by the day of the proposal; ``from_month`` may say it too.

    Raises:
        NotExhausted: a proof came meanwhile, or a step is missing; EffectiveMonthDiffers,
        NotConfigured, NotVerified.
    """
    _unproven(case)
    return 0


@transaction.atomic
def decide_hold(case: Case) -> int:
    """The act of a CHECK_HOLD case: hold the person's pensions from a month on; rows written.

    Raises:
        as ``check_hold``.
    """
    person, effective, since = _unproven(case)
    held = set(_open_holds([person]).values_list("entitlement", flat=True))
    rows = [
        Hold(
            entitlement=entitlement,
            reason=HoldReason.CHECK_MISSED,
            note=f"自 {since} 起未认证",
            valid=(effective.month.first_day, None),
            case_id=case.pk,
        )
        for entitlement in Entitlement.objects.filter(person=person).order_by("pk")
        if entitlement.pk not in held
    ]
    return len(Hold.objects.bulk_create(rows)) + keep(case, effective)


def _unproven(case: Case) -> tuple[int, Effective, date]:
    """Whom nothing is left to try with, from which month on to hold, and since when unproven."""
    person, today = canonical_id(party_id=case.party_id), content.day_of(case)
    due = next(iter(due_people(area=Area(persons=(person,)), day=today)), None)
    if due is None or not may_be_held(stage=due.stage):
        raise NotExhausted("此人已通过认证，或比对、提醒、上门、签字名单未全部完成。")
    effective = effective_of(
        case, event=MISSED.name, label=MISSED.label, day=content.received_on(case)
    )
    return person, effective, due.since


def _asked(case: Case) -> tuple[date, str, str]:
    method = content.choice(case, "method", "认证方式", METHODS)
    day = content.day(case, "proven_on", "认证日期")
    if day > content.day_of(case):
        raise ContentInvalid("认证日期不能晚于今天。", case_id=case.pk)
    evidence = content.text(case, "evidence", "认证依据", most=120)
    person = canonical_id(party_id=case.party_id)
    if Death.objects.filter(person=person, superseded_at__isnull=True).exists():
        raise KnownDead("此人已有死亡信息，请先办理死亡信息撤销。", case_id=case.pk)
    return day, method, evidence


def _withdrawn(case: Case) -> Proof:
    content.text(case, "reason", "撤销原因")
    proof = Proof.objects.filter(
        pk=content.number(case, "withdraws", "认证"),
        person=canonical_id(party_id=case.party_id),
        superseded_at__isnull=True,
    ).first()
    if proof is None:
        raise NoProof("没有这条可撤销的认证。", case_id=case.pk)
    return proof


def _matter(due: Due, from_month: Month, today: date) -> Matter:
    said = {"since": due.since.isoformat(), "from_month": str(from_month)}
    return Matter(
        party_id=due.person_id,
        content={**said, "received_date": today.isoformat()},
        origin=hold_origin(of=due, from_month=from_month),
    )


def _open_holds(persons: list[int]) -> QuerySet[Hold]:
    return Hold.objects.filter(
        entitlement__person__in=persons,
        reason=HoldReason.CHECK_MISSED,
        superseded_at__isnull=True,
        valid__endswith__isnull=True,
    )
