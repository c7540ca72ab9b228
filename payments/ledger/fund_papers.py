"""Book a paper of the agency (基金收支单据): by rule as data, proposed by one, decided by another.

What comes to the income account itself, what is moved to the special fiscal account, what goes to
and comes from other pool levels. Which paper follows which posting rule: ``data/fund_papers.toml``.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

from backend.cases import content as told
from backend.cases.models import Case, CaseState
from backend.kernel.dated import DatedFile, load_dated_toml
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from payments.ledger.models import Book, Entry
from payments.ledger.post import post
from payments.ledger.rules import FOLDER

KIND, SOURCE = "FUND_PAPER", "ledger.fund_paper"
DOCUMENT_MIN, DOCUMENT_MAX = 2, 40
ATTACHMENTS_MAX = 999


class PaperInvalid(Refusal):
    """The case does not say which paper, of which book, day and amount (单据内容不完整)."""

    code = "fund_paper_invalid"


class PaperKnown(Refusal):
    """A paper of this kind and number is booked, or waits to be (单据已登记)."""

    code = "fund_paper_known"


class BookOfAnother(Refusal):
    """An agency keeps its own books only (不是本机构的账套)."""

    code = "fund_paper_book_of_another"


@dataclass(frozen=True)
class PaperKind:
    """A kind of paper (单据种类) and the rule by which it is booked."""

    code: str
    label: str
    rule: str


@dataclass(frozen=True)
class Paper:
    """What a case asks to book."""

    kind: PaperKind
    book: Book
    day: date
    fen: int
    document: str
    attachments: int


def paper_kinds(*, on: date) -> tuple[PaperKind, ...]:
    """Give the kinds of papers of a day."""
    return tuple(
        PaperKind(row.text("code"), row.text("label"), row.text("rule"))
        for row in _file().in_force("paper", on)
    )


def check(case: Case) -> int:
    """At its receipt a FUND_PAPER case can be booked as it asks; writes nothing.

    Content: ``paper`` (a code), ``book``, ``day``, ``amount`` (yuan), ``document`` (its number);
    with more sheets than one ``attachments`` (how many).

    Raises:
        PaperInvalid, MoneyInvalid, PaperKnown, BookOfAnother.
    """
    _paper(case)
    return 0


def decide(case: Case) -> int:
    """The act of a FUND_PAPER case: its voucher, which records itself; decided again, the same.

    Raises:
        as ``check``; RuleUnknown, MonthClosed: the paper's month is closed.
    """
    paper = _paper(case)
    post(
        rule=paper.kind.rule,
        book_id=paper.book.pk,
        business_date=paper.day,
        source=SOURCE,
        source_id=str(case.pk),
        items=[paper.fen],
        summary=paper.document,
        posted_by=case.received_by,
        attachments=paper.attachments,
    )
    return 0


def entry_of(*, case_id: int) -> Entry | None:
    """Give the voucher that a decided paper left."""
    return Entry.objects.filter(source=SOURCE, source_id=str(case_id)).first()


def _paper(case: Case) -> Paper:
    content = case.content
    day, today = _day(case), told.day_of(case)
    kind = next((k for k in paper_kinds(on=day) if k.code == content.get("paper")), None)
    number = content.get("book")
    book = Book.objects.filter(pk=number if type(number) is int else 0).first()
    document = content.get("document")
    if kind is None or book is None or day > today:
        raise PaperInvalid("请写明单据种类、账套和不晚于今天的日期。", case_id=case.pk)
    if book.agency_id != case.agency_id:
        raise BookOfAnother("该账套属于另一经办机构，由该机构登记。", book=book.pk)
    if not isinstance(document, str) or not DOCUMENT_MIN <= len(document.strip()) <= DOCUMENT_MAX:
        raise PaperInvalid("请填写单据号码。", case_id=case.pk)
    fen = Money.yuan(content.get("amount")).fen
    if fen <= 0:
        raise PaperInvalid("单据金额须大于零。", case_id=case.pk)
    paper = Paper(kind, book, day, fen, document.strip(), _attachments(case))
    _refuse_known(case, paper)
    return paper


def _refuse_known(case: Case, paper: Paper) -> None:
    same = Case.objects.filter(
        kind=KIND,
        content__paper=paper.kind.code,
        content__book=paper.book.pk,
        content__document__icontains=paper.document,
    )
    others = same.exclude(pk=case.pk).exclude(state=CaseState.REJECTED).order_by("pk")
    booked = (c for c in others if str(c.content["document"]).strip() == paper.document)
    other = next((c for c in booked if not _was_reversed(c)), None)
    if other is not None:
        raise PaperKnown(f"{paper.kind.label} {paper.document} 已由业务件 {other.pk} 登记。")


def _was_reversed(case: Case) -> bool:
    return Entry.objects.filter(reverses__source=SOURCE, reverses__source_id=str(case.pk)).exists()


def _attachments(case: Case) -> int:
    count = case.content.get("attachments", 1)
    if type(count) is not int or not 1 <= count <= ATTACHMENTS_MAX:
        raise PaperInvalid(f"附件张数应在 1 至 {ATTACHMENTS_MAX} 之间。", case_id=case.pk)
    return count


def _day(case: Case) -> date:
    try:
        return date.fromisoformat(str(case.content.get("day")))
    except ValueError:
        raise PaperInvalid("请写明单据日期，如 2026-11-05。", case_id=case.pk) from None


@cache
def _file() -> DatedFile:
    return load_dated_toml(FOLDER / "fund_papers.toml", key=("code",))
