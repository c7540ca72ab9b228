"""Who issues a paper of a decision, and how it is marked (文书的出具). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from backend.kernel.dated import Standing
from backend.papers.paper import Block, Mark, Paper, Signature
from insurance.policy.remedy import Office, RemedyTerms

# What whoever is awarded something signs for.
SIGNED_FOR = (
    "以上内容和计算过程我已经看过，基本情况属实。",
    "□ 没有异议　　　□ 有异议，另外提出",
)


@dataclass(frozen=True)
class Hand:
    """Who did a thing, and on which day."""

    name: str
    on: date


@dataclass(frozen=True)
class Issued:
    """What every paper of a decision names: number, office, day, who signed, remedy, marks."""

    number: str
    office: Office
    on: date
    maker: Hand  # 经办人
    checker: Hand | None  # 复核人, of what is decided
    terms: RemedyTerms
    marks: tuple[Mark, ...] = ()
    approver: Hand | None = None  # 审批人, of what two persons decide

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """Those who signed in the system, printed with the day."""
        hands = {"经办人": self.maker, "复核人": self.checker, "审批人": self.approver}
        return tuple(Signature(role, hand.name, hand.on) for role, hand in hands.items() if hand)

    def paper(
        self,
        *,
        title: str,
        body: tuple[Block, ...],
        signatures: tuple[Signature, ...],
        addressee: str = "",
        remedy: tuple[str, ...] = (),
    ) -> Paper:
        """Write a paper under this head: number, agency, day, marks."""
        return Paper(
            title=title,
            number=self.number,
            agency=self.office.agency,
            issued_on=self.on,
            body=body,
            addressee=addressee,
            remedy=remedy,
            signatures=signatures,
            marks=self.marks,
        )


def marks_of(*, standings: Iterable[Standing], demo: bool, interim: bool) -> tuple[Mark, ...]:
    """Give the marks that a paper must bear: doubt about a figure never goes unseen."""
    found = set(standings)
    borne = {
        Mark.UNVERIFIED: Standing.UNVERIFIED in found,
        Mark.DEMO: demo or Standing.DEMO in found,
        Mark.INTERIM: interim,
    }
    return tuple(mark for mark, is_borne in borne.items() if is_borne)
