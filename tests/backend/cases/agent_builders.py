"""Li acts for Zhao, whose son he is not (演示)."""

from backend.cases.agents import mandates
from backend.cases.agents.acting import act_for
from backend.cases.decide import decide
from backend.cases.models import Case, Mandate
from backend.cases.receive import receive_case
from tests import builders
from tests.backend.cases import filing_builders as filing
from tests.backend.cases import material_builders as materials
from tests.builders import NOW, Member

ACTS = {"AGENT.RECEIVED": mandates.check, "AGENT": mandates.grant}


def asked(**changes: object) -> Case:
    """A case that asks for Li to act for Zhao in two matters, received at the desk."""
    content = {
        "agent": builders.li().pk,
        "basis": "MANDATE",
        "kinds": [{"kind": filing.KIND}, {"kind": "SKILL_SUBSIDY"}],
        "from_date": "2026-11-01",
        "until_date": "2027-12-31",
        "evidence": "授权委托书原件（演示）",
        **changes,
    }
    return receive_case(
        kind="AGENT",
        agency=builders.agency(),
        party_id=builders.zhao().pk,
        content=content,
        received_by=builders.person(name="石玉兰").pk,
        acts=ACTS,
    )


def decided(case: Case, by: Member) -> None:
    """Approved by another person."""
    decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=by.key,
        role=by.role,
        now=NOW,
        acts=ACTS,
    )


def granted(by: Member, **changes: object) -> Mandate:
    """Asked for with a scan of its evidence, and decided."""
    case = asked(**changes)
    materials.of(case, title="授权委托书")
    decided(case, by)
    return Mandate.objects.get(case=case)


def act(case: Case, mandate: Mandate) -> None:
    """The agent comes for the party of a case."""
    clerk = builders.member(role="CLERK", of=builders.person(name="程桂芳")).staff
    act_for(case=case, mandate_id=mandate.pk, on=NOW.date(), staff=clerk)
