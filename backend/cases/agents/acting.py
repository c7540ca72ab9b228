"""Act for another in a case (代办), as far as the mandate goes: its person, kinds and term."""

from datetime import date

from backend.access.models import Staff
from backend.audit.record import record
from backend.cases.agents.models import Acting, Mandate
from backend.cases.kinds import CASE
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.people.deaths import current_death
from backend.people.queries import family_of


class AgentNotAllowed(Refusal):
    """Nobody acts for another beyond his mandate (不在代办范围)."""

    code = "agent_not_allowed"


class MandateNotOpen(Refusal):
    """There is no such mandate in force (没有有效的代办登记)."""

    code = "mandate_not_open"
    status = 409


def act_for(*, case: Case, mandate_id: int, on: date, staff: Staff) -> None:
    """Put down that an agent acts in a case, as far as his mandate goes; ``staff`` saw him.

    Raises:
        MandateNotOpen, AgentNotAllowed.
    """
    mandate = Mandate.objects.select_for_update(of=("self",)).filter(pk=mandate_id).first()
    family = family_of(party_id=case.party_id)
    if mandate is None or mandate.principal_id not in family:
        raise MandateNotOpen(f"此人没有代办登记 {mandate_id}。", mandate=mandate_id)
    if not is_open(mandate=mandate, on=on):
        raise MandateNotOpen(
            f"代办登记 {mandate_id} 的期间是 {mandate.from_date} 至 {mandate.until_date}，"
            "现在无效或者已终止。",
            mandate=mandate_id,
        )
    if case.kind not in mandate.kinds:
        raise AgentNotAllowed("这类业务不在代办登记的范围内，须由本人办理。", kind=case.kind)
    refuse_dead(mandate.principal_id, "被代办人")
    refuse_dead(mandate.agent_id, "代办人")
    refuse_hands(case, mandate.agent_id)
    Acting.objects.create(case=case, mandate=mandate, agent_id=mandate.agent_id, acted_on=on)
    record(
        name="cases.acted_for",
        subject_kind=CASE,
        subject_id=str(case.pk),
        rows=1,
        staff_id=staff.pk,
        person_id=staff.person_id,
        party_id=case.party_id,
        details={"kind": case.kind, "mandate": mandate.pk, "agent": mandate.agent_id},
    )


def is_open(*, mandate: Mandate, on: date) -> bool:
    """Tell whether a mandate was not ended and holds on a day."""
    return mandate.ended_at is None and mandate.from_date <= on <= mandate.until_date


def comes_for(*, case: Case, on: date) -> Acting | None:
    """Give who still acts in a case on a day: a mandate that ended, and a death, end that too."""
    acting = Acting.objects.select_related("mandate").filter(case=case).first()
    if acting is None or not is_open(mandate=acting.mandate, on=on):
        return None
    dead = any(is_dead(person_id=one) for one in (acting.mandate.principal_id, acting.agent_id))
    return None if dead else acting


def is_dead(*, person_id: int) -> bool:
    """Tell whether somebody's death is confirmed."""
    death = current_death(person_id=person_id)
    return death is not None and death.confirmed


def refuse_dead(person_id: int, who: str) -> None:
    """Nobody acts for the dead, nor do they act.

    Raises:
        AgentNotAllowed.
    """
    if is_dead(person_id=person_id):
        raise AgentNotAllowed(f"{who}已死亡，不能代办。")


def refuse_agent(*, case: Case, person_id: int) -> None:
    """Whoever is the agent in a case takes no step of it, under whichever of his numbers.

    Raises:
        AgentNotAllowed.
    """
    if case.agent_id is not None and case.agent_id in family_of(party_id=person_id):
        raise AgentNotAllowed("您是此件的代办人，须由另一人办理。", case_id=case.pk)


def refuse_hands(case: Case, agent: int) -> None:
    """Whoever works on a case is nobody's agent in it.

    Raises:
        AgentNotAllowed.
    """
    hands = {*case.takers, case.reviewed_by, case.decided_by}
    if hands & set(family_of(party_id=agent)):
        raise AgentNotAllowed("办理此件的工作人员不能同时是代办人。", case_id=case.pk)
