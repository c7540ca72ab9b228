"""Zhao applies at the desk, and his papers are looked through (演示)."""

from collections.abc import Mapping
from datetime import datetime

from backend.cases import filing
from backend.cases.acts import CaseAct
from backend.cases.decide import decline
from backend.cases.filing import Missing
from backend.cases.models import Case, Correction
from tests import builders
from tests.builders import NOW, Member

KIND = "UNEMPLOYMENT_CLAIM"
MISSING = Missing("终止劳动合同证明", "核实失业原因（本人意愿）")
CONTENT = {"note": "演示"}


def nothing(case: Case) -> int:
    """An act that writes nothing."""
    return 0


ACTS: Mapping[str, CaseAct] = {f"{KIND}.RECEIVED": nothing, KIND: nothing}


def clerk() -> Member:
    """Who is at the desk."""
    return builders.member(role="CLERK", of=builders.person(name="程桂芳"))


def reviewer() -> Member:
    """Who looks at it again."""
    return builders.member(role="REVIEWER", of=builders.person(name="吴国平"))


def filed(by: Member, *, kind: str = KIND, now: datetime = NOW, **content: object) -> Case:
    """Handed in, not yet accepted."""
    return filing.file_at_desk(
        staff=by.staff,
        kind=kind,
        party_id=builders.zhao().pk,
        content={**CONTENT, **content},
        now=now,
    )


def shown(case: Case) -> str:
    """The digest of what is asked for now."""
    return Case.objects.get(pk=case.pk).digest


def asked(
    case: Case, by: Member, *missing: Missing, days: int = 5, now: datetime = NOW
) -> Correction:
    """Told what is missing."""
    return filing.ask_correction(
        case_id=case.pk,
        staff=by.staff,
        seen=shown(case),
        missing=missing or (MISSING,),
        days=days,
        now=now,
    )


def answered(case: Case, by: Member, *, now: datetime = NOW, **content: object) -> Case:
    """What was missing is there."""
    return filing.answer_correction(
        case_id=case.pk,
        staff=by.staff,
        seen=shown(case),
        brought="终止劳动合同证明原件",
        content=content or None,
        now=now,
    )


def accepted(
    case: Case,
    by: Member,
    *,
    now: datetime = NOW,
    acts: Mapping[str, CaseAct] = ACTS,
    **content: object,
) -> Case:
    """Accepted by somebody at the desk."""
    return filing.accept(
        case_id=case.pk,
        staff=by.staff,
        seen=shown(case),
        content=content or None,
        now=now,
        acts=acts,
    )


def declined(
    case: Case, by: Member, *, now: datetime = NOW, reason: str = "不属于失业保险"
) -> Case:
    """Not accepted, with a signature."""
    return decline(case_id=case.pk, reason=reason, key=by.key, role=by.role, now=now)
