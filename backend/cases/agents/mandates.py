"""Let somebody act for another (代办登记、终止): evidence, scope, term; decided by two persons.

Content of an AGENT case, whose party is the principal: ``agent`` (a person), ``basis`` (MANDATE,
GUARDIAN), ``kinds`` (a list of ``kind``), ``from_date``, ``until_date``, ``evidence``.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from backend.access.models import Staff
from backend.audit.record import record
from backend.cases import content, kinds
from backend.cases.agents.acting import (
    AgentNotAllowed,
    MandateNotOpen,
    refuse_dead,
    refuse_hands,
)
from backend.cases.agents.models import Basis, Mandate
from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.people.models import Person
from backend.people.queries import canonical_id, family_of, party_by_number
from backend.web.scope import whole_city

KIND = "AGENT"
# Whatever else may be applied for by another: these are a person's own.
NEVER = frozenset({"ACCOUNT_CHANGE", "IDENTITY_CHANGE", "DEATH", "DEATH_WITHDRAWAL", KIND})
REASON_MIN, REASON_MAX = 2, 200
NOT_HERE = {
    Basis.MANDATE: "代办登记由登记的经办机构终止；被代办人本人到场的，请填写其出示的证件号码。",
    Basis.GUARDIAN: "监护的代办登记由登记的经办机构凭书面材料终止，被代办人本人不能终止。",
}


class EvidenceMissing(Refusal):
    """What lets somebody act for another is kept with the case (没有依据材料)."""

    code = "mandate_evidence_missing"


class NotToEnd(Refusal):
    """The agency that keeps a mandate ends it, or the principal himself, wherever he comes
    (无权终止代办)."""

    code = "mandate_not_to_end"
    status = 403


class EndInvalid(Refusal):
    """To end a mandate needs a few words (请写明终止原因)."""

    code = "mandate_end_invalid"


@dataclass(frozen=True)
class Asked:
    """Who is to act for whom, and how far."""

    agent: int
    basis: Basis
    kinds: tuple[str, ...]
    from_date: date
    until_date: date
    evidence: str


def may_be_acted_in(*, on: date) -> frozenset[str]:
    """Give the kinds of cases in which somebody may act for another: what is applied for, but for
    what is a person's own (收款账户、姓名证件、死亡信息)."""
    applied = {kind.code for kind in kinds.kinds(on=on) if kind.filed}
    return frozenset(applied - NEVER)


def check(case: Case) -> int:
    """At its receipt an AGENT case can be decided as it asks; writes nothing.

    Raises:
        ContentInvalid, AgentNotAllowed.
    """
    _asked(case)
    return 0


def grant(case: Case) -> int:
    """The act of an AGENT case: from now on the agent may act; rows written.

    Raises:
        ContentInvalid, AgentNotAllowed, EvidenceMissing.
    """
    asked = _asked(case)
    if not case.materials.exists():
        raise EvidenceMissing(
            "请先把授权委托书、监护证明等依据材料的影像存入本件，再作决定。", case_id=case.pk
        )
    Mandate.objects.create(
        principal_id=canonical_id(party_id=case.party_id),
        agent_id=asked.agent,
        basis=asked.basis,
        kinds=sorted(asked.kinds),
        from_date=asked.from_date,
        until_date=asked.until_date,
        evidence=asked.evidence,
        case=case,
    )
    return 1


@transaction.atomic
def end(*, mandate_id: int, reason: str, staff: Staff, now: datetime, shown: str = "") -> Mandate:
    """End a mandate at once (终止代办): whoever gave it may take it back at any time.

    The agency that registered it does so; another one when the principal is before its clerk:
    ``shown`` is the number of the ID card that he shows. A ward ends no guardianship: that takes
    its own agency, on paper.

    Raises:
        MandateNotOpen, EndInvalid, NotToEnd.
    """
    if not REASON_MIN <= len(reason.strip()) <= REASON_MAX:
        raise EndInvalid(f"请写明终止原因（{REASON_MIN}至{REASON_MAX}个字）。")
    locked = Mandate.objects.select_for_update(of=("self",)).filter(pk=mandate_id)
    mandate = locked.filter(ended_at__isnull=True).first()
    if mandate is None:
        raise MandateNotOpen(f"没有有效的代办登记 {mandate_id}。", mandate=mandate_id)
    in_person = _shows(mandate, shown)
    if not in_person and _agency_of(mandate) != staff.agency_id:
        raise NotToEnd(NOT_HERE[Basis(mandate.basis)], mandate=mandate_id)
    mandate.ended_by, mandate.ended_at = staff.person_id, now
    mandate.end_reason = reason.strip()
    mandate.save(update_fields=["ended_by", "ended_at", "end_reason"])
    record(
        name="cases.mandate_ended",
        subject_kind="cases.mandate",
        subject_id=str(mandate.pk),
        rows=1,
        staff_id=staff.pk,
        person_id=staff.person_id,
        party_id=mandate.principal_id,
        details={"reason": mandate.end_reason, "in_person": in_person},
    )
    return mandate


def _shows(mandate: Mandate, shown: str) -> bool:
    """Whether a number is the principal's who gave the mandate.

    Raises:
        NotToEnd: it is somebody else's, or nobody's; the principal is a ward.
    """
    if not shown:
        return False
    if mandate.basis != Basis.MANDATE:
        raise NotToEnd(NOT_HERE[Basis.GUARDIAN], mandate=mandate.pk)
    if party_by_number(number=shown) != canonical_id(party_id=mandate.principal_id):
        raise NotToEnd("出示的证件号码不是被代办人的，未终止。", mandate=mandate.pk)
    return True


def _agency_of(mandate: Mandate) -> int:
    with whole_city():  # whichever agency keeps its case
        return Case.objects.only("agency").get(pk=mandate.case_id).agency_id


def _asked(case: Case) -> Asked:
    agent = canonical_id(party_id=content.number(case, "agent", "代办人"))
    if not Person.objects.filter(pk=agent).exists():
        raise ContentInvalid("代办人须是人员库中的自然人。", case_id=case.pk)
    if agent in family_of(party_id=case.party_id):
        raise ContentInvalid("代办人不能是本人。", case_id=case.pk)
    if not Person.objects.filter(pk=case.party_id).exists():
        raise ContentInvalid("被代办人须是自然人。", case_id=case.pk)
    first = content.day(case, "from_date", "代办起始日期")
    last = content.day(case, "until_date", "代办截止日期")
    if last < max(first, content.day_of(case)):
        raise ContentInvalid("代办截止日期不能早于起始日期和今天。", case_id=case.pk)
    refuse_dead(case.party_id, "被代办人")
    refuse_dead(agent, "代办人")
    refuse_hands(case, agent)
    return Asked(
        agent=agent,
        basis=Basis(content.choice(case, "basis", "代办依据", tuple(Basis))),
        kinds=_kinds(case),
        from_date=first,
        until_date=last,
        evidence=content.text(case, "evidence", "依据材料"),
    )


def _kinds(case: Case) -> tuple[str, ...]:
    rows = content.rows(case, "kinds", "代办范围")
    if not rows:
        raise ContentInvalid("请逐项写明可以代办的业务。", case_id=case.pk)
    allowed = may_be_acted_in(on=timezone.localdate())
    named = tuple(dict.fromkeys(content.text(row, "kind", "业务类型") for row in rows))
    beyond = [kind for kind in named if kind not in allowed]
    if beyond:
        raise AgentNotAllowed(f"业务“{beyond[0]}”不能由他人代办。", kind=beyond[0])
    return named
