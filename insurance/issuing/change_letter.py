"""The letter by which somebody is told of a change (变更告知书): what the notice says. Pure.

It may go to an address that is not the person's any more: no ID number, no account.
"""

from dataclasses import dataclass
from datetime import date

from backend.papers.figures import spoken_day
from backend.papers.paper import Field, Fields, Paper, Paragraphs
from insurance.issuing.issued import Issued
from insurance.policy.remedy import remedy


@dataclass(frozen=True)
class Letter:
    """To whom a letter goes and where, about which case, and what it says."""

    addressee: str
    address: str  # empty: handed over at the window
    label: str
    case_id: int
    decided_on: date
    text: str


def change_letter(*, letter: Letter, issued: Issued) -> Paper:
    """Write the letter."""
    return issued.paper(
        title="变更告知书",
        addressee=letter.addressee,
        body=(
            Paragraphs((letter.text,)),
            Fields(
                (
                    Field("办理事项", letter.label),
                    Field("业务件编号", str(letter.case_id)),
                    Field("办结日期", spoken_day(day=letter.decided_on)),
                    Field("送达方式", letter.address or "窗口领取", wide=True),
                )
            ),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=issued.signatures,
    )
