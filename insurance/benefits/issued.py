"""Who issues a paper of benefits, and how it is marked (待遇文书的出具). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from backend.kernel.dated import Standing
from backend.papers.paper import Mark
from insurance.policy.remedy import Office, RemedyTerms


@dataclass(frozen=True)
class Hand:
    """Who did a thing, and on which day."""

    name: str
    on: date


@dataclass(frozen=True)
class Issued:
    """What every paper of a decision names: number, office, day, two people, remedy, marks."""

    number: str
    office: Office
    on: date
    maker: Hand  # 经办人
    checker: Hand  # 复核人
    terms: RemedyTerms
    marks: tuple[Mark, ...] = ()


def marks_of(*, standings: Iterable[Standing], demo: bool, interim: bool) -> tuple[Mark, ...]:
    """Give the marks that a paper must bear: doubt about a figure never goes unseen."""
    found = set(standings)
    borne = {
        Mark.UNVERIFIED: Standing.UNVERIFIED in found,
        Mark.DEMO: demo or Standing.DEMO in found,
        Mark.INTERIM: interim,
    }
    return tuple(mark for mark, is_borne in borne.items() if is_borne)
