"""What a back payment must show (补缴的依据): evidence, by months. Pure."""

from dataclasses import dataclass
from datetime import date

from backend.kernel.dated import Value
from backend.kernel.errors import Refusal
from backend.kernel.parameters import ParameterTree, Resolved

EVIDENCE, RULES = "collection.back_payment_evidence", "collection.back_payment_rules"


class EvidenceMissing(Refusal):
    """A back payment shows that there was a labour relation (缺少劳动关系证明)."""

    code = "collection_back_payment_evidence"


@dataclass(frozen=True)
class Evidence:
    """A kind of paper, and whether it has the force of law (法律效力)."""

    code: str
    label: str
    legal_force: bool


@dataclass(frozen=True)
class Rule:
    """What so many months ask for."""

    from_months: int
    legal_force: bool


@dataclass(frozen=True)
class BackPaymentTerms:
    """Kinds of evidence, the rules of one kind of insured, and where both come from."""

    evidence: tuple[Evidence, ...]
    rules: tuple[Rule, ...]  # by months
    sources: tuple[Resolved, ...]


def terms_in_force(
    *, tree: ParameterTree, region: str, kind: str, on: date, demo: bool = False
) -> BackPaymentTerms:
    """Resolve what holds on a day.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    papers, rules = (tree.resolve(key, region, on, demo) for key in (EVIDENCE, RULES))
    rows = [row for row in map(_table, rules.sequence) if row["kind"] == kind]
    return BackPaymentTerms(
        evidence=tuple(
            Evidence(str(row["code"]), str(row["label"]), row["legal_force"] is True)
            for row in map(_table, papers.sequence)
        ),
        rules=tuple(
            sorted(
                (Rule(int(str(r["from_months"])), r["legal_force"] is True) for r in rows),
                key=lambda rule: rule.from_months,
            )
        ),
        sources=(papers, rules),
    )


def check_basis(*, terms: BackPaymentTerms, months: int, evidence: str) -> None:
    """Refuse a back payment of so many months, those of before counted, without what it needs.

    Raises:
        EvidenceMissing.
    """
    known = {paper.code: paper for paper in terms.evidence}
    if evidence not in known:
        papers = "、".join(f"{paper.code}（{paper.label}）" for paper in terms.evidence)
        raise EvidenceMissing(f"补缴须有劳动关系证明：{papers}。")
    rules = [rule for rule in terms.rules if rule.from_months <= months]
    if not rules:
        raise EvidenceMissing("此类人员不能办理补缴。")
    rule = rules[-1]
    if rule.legal_force and not known[evidence].legal_force:
        raise EvidenceMissing(
            f"累计补缴{months}个月，须有具有法律效力的文书（法院、仲裁、审计、劳动监察）。",
            months=months,
        )


def _table(row: Value) -> dict[str, Value]:
    if not hasattr(row, "items"):
        raise TypeError(f"{RULES}: a row is a table")
    return dict(row.items())
