"""What a correcting decision rests on (更正的依据): an objection, or the body's own finding.

A decision is never changed; another of its kind takes its place and names why. Who objected is
answered once the correction is decided (``objections.grant``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.cases import content
from backend.cases.models import Case, Objection
from backend.kernel.errors import Refusal
from backend.people.queries import family_of


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


def ground_of(*, case: Case, decided_cases: Sequence[int]) -> Ground:
    """Give why a case corrects what was decided, last by the first of ``decided_cases``.

    Content: ``objection`` (the case that objects), or ``error`` and ``error_evidence``.

    Raises:
        ContentInvalid, ObjectionNotOpen, ObjectionUnnamed.
    """
    number = content.optional_number(case, "objection", "异议")
    there = Objection.objects.filter(decided__in=decided_cases, closed_at__isnull=True)
    if number is None:
        return _own_finding(case, there.values_list("pk", flat=True).first())
    objection = there.filter(pk=number, case__party__in=family_of(party_id=case.party_id)).first()
    if objection is None:
        raise ObjectionNotOpen(
            f"业务件 {number} 不是对业务件 {decided_cases[0]} 的未答复异议。", case_id=case.pk
        )
    against, grounds = (objection.case.content[name] for name in ("against", "grounds"))
    return Ground(number, f"{against}：{grounds}", "")


def _own_finding(case: Case, objected: int | None) -> Ground:
    if objected is not None:
        raise ObjectionUnnamed(
            f"对该决定有未答复的异议（业务件 {objected}），更正须写明异议编号。", case_id=case.pk
        )
    finding = content.text(case, "error", "发现的差错")
    return Ground(None, finding, content.text(case, "error_evidence", "更正的依据材料"))
