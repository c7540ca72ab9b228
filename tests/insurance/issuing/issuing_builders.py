"""An office that may issue papers, and papers of cases about Wang (演示)."""

from datetime import date
from io import BytesIO

from pypdf import PdfReader

from backend.access.models import Agency
from backend.cases.models import Case
from backend.papers.paper import Field, Fields, Paper
from insurance.issuing.issue import Order, Out, issue
from insurance.issuing.issued import Issued
from insurance.issuing.models import PaperKind
from insurance.issuing.office import Facts, tell
from insurance.policy.remedy import remedy
from tests import builders
from tests.backend.cases import objection_builders
from tests.builders import Member

FACTS = Facts(
    from_date=date(2020, 1, 1),
    place="演示路1号，电话0556-0000000（演示）",
    reviewing_body="安庆市人民政府（演示）",
    court="安庆市大观区人民法院（演示）",
)


def configured() -> None:
    """The agency says what its papers name."""
    tell(agency=builders.agency(), facts=FACTS)


def printer(*, at: Agency | None = None) -> Member:
    """Who prints the papers of an agency."""
    return builders.member(role="CLERK", of=builders.person(name="程桂芳"), at=at)


def decided(*, kind: str = "ACCOUNT_CHANGE") -> Case:
    """A decided case about Wang."""
    decider = builders.member(role="REVIEWER", of=builders.chen())
    return objection_builders.decided(decider, kind=kind)


def ordered(case: Case, *, said: str = "同意", kind: PaperKind = PaperKind.HOLD_NOTICE) -> Order:
    """A short paper of a case."""

    def compose(issued: Issued) -> Paper:
        return issued.paper(
            title="演示文书",
            body=(Fields((Field("内容", said),)),),
            remedy=remedy(terms=issued.terms, office=issued.office),
            signatures=issued.signatures,
        )

    return Order(kind=kind, case=case, compose=compose)


def printed(case: Case, *, said: str = "同意", by: Member | None = None) -> Out:
    """Printed once."""
    return issue(order=ordered(case, said=said), by=(by or printer()).staff)


def text(pdf: bytes) -> str:
    """What is copied from all pages, without blanks and line breaks."""
    pages = PdfReader(BytesIO(pdf)).pages
    return "".join("".join(page.extract_text().split()) for page in pages)
