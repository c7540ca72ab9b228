"""What a correcting decision rests on (更正的依据): an objection, or the body's own finding.

A decision is never changed; another of its kind takes its place and names why. Who objected is
answered once the correction is decided (``objections.grant``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from backend.access.models import Agency
from backend.cases import content
from backend.cases.models import Case, Objection
from backend.cases.receive import OtherBody
from backend.kernel.errors import Refusal
from backend.people.queries import family_of

Decision = TypeVar("Decision")


class ObjectionNotOpen(Refusal):
    """The objection named is not an open one to this decision (没有对该决定的未答复异议)."""

    code = "correction_objection_not_open"


class ObjectionUnnamed(Refusal):
    """An open objection to the decision is answered by the correction (须写明异议编号)."""

    code = "correction_objection_unnamed"


@dataclass(frozen=True)
class Ground:
    """Why a decision is corrected (更正依据)."""

    objection: int | None  # the case; None: found by the body itself
    finding: str  # what was objected to and why, or what was found
    evidence: str

    @property
    def said(self) -> str:
        """As a paper says it."""
        if self.objection is not None:
            return f"异议（业务件 {self.objection}）：{self.finding}"
        return f"经办机构自行发现：{self.finding}；依据：{self.evidence}"

    def kept(self) -> dict[str, object]:
        """As a row keeps it."""
        return {
            "objection": self.objection,
            "finding": self.finding,
            "evidence": self.evidence,
            "said": self.said,
        }


def number_corrected(case: Case) -> int | None:
    """The decision that a case of its own kind ``corrects``; None where it asks for the first time.

    Raises:
        ContentInvalid.
    """
    return content.optional_number(case, "corrects", "原核定")


def require_own(*, case: Case, number: int, agency: Agency) -> None:
    """Who decided corrects it.

    Raises:
        OtherBody.
    """
    if agency != case.agency:
        raise OtherBody(f"核定 {number} 由{agency.name}作出，请由该机构更正。")


def chain_of(
    *, decision: Decision, before: Callable[[Decision], Decision | None]
) -> tuple[Decision, ...]:
    """A decision and those whose place it took, the newest first: who objects may know an early
    one."""
    chain = [decision]
    while (one := before(chain[-1])) is not None:
        chain.append(one)
    return tuple(chain)


def ground_of(*, case: Case, decided_cases: Sequence[int]) -> Ground:
    """Give why a case corrects what was decided, last by the first of ``decided_cases``.

    Content: ``objection`` (the case that objects), or ``error`` and ``error_evidence``.

    Raises:
        ContentInvalid, ObjectionNotOpen, ObjectionUnnamed.
    """
    objection = objection_named(case=case, decided_cases=decided_cases)
    if objection is None:
        finding = content.text(case, "error", "发现的差错")
        return Ground(None, finding, content.text(case, "error_evidence", "更正的依据材料"))
    against, grounds = (objection.case.content[name] for name in ("against", "grounds"))
    return Ground(objection.pk, f"{against}：{grounds}", "")


def objection_named(*, case: Case, decided_cases: Sequence[int]) -> Objection | None:
    """Give the open objection of the person to what was decided, that a case names; None where
    there is none. Whoever objected is answered by the correction.

    Raises:
        ContentInvalid, ObjectionNotOpen, ObjectionUnnamed.
    """
    number = content.optional_number(case, "objection", "异议")
    there = Objection.objects.filter(
        decided__in=decided_cases,
        closed_at__isnull=True,
        case__party__in=family_of(party_id=case.party_id),
    )
    if number is None:
        if (open_one := there.first()) is not None:
            raise ObjectionUnnamed(
                f"对该决定有未答复的异议（业务件 {open_one.pk}），更正须写明异议编号。",
                case_id=case.pk,
            )
        return None
    objection = there.filter(pk=number).first()
    if objection is None:
        raise ObjectionNotOpen(
            f"业务件 {number} 不是此人对业务件 {_listed(decided_cases)} 的未答复异议。",
            case_id=case.pk,
        )
    return objection


def _listed(cases: Sequence[int]) -> str:
    return "、".join(map(str, cases[:3])) or "无"
