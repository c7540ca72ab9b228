"""Issue a paper of a decided case, or to a party who asks (出具文书): numbered and registered.

A paper is dated with the decision and names what held on that day, so that it comes out the same
whenever it is printed. What comes out the same is the same paper and keeps number and check; each
printing is counted. What comes out otherwise (a name was corrected) is another paper.
"""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from backend.access.looked import look_at_all
from backend.access.models import Agency, Staff
from backend.audit.record import record
from backend.cases.decide import REVIEW
from backend.cases.kinds import CASE
from backend.cases.models import Approval, Case
from backend.cases.seen import seen_in
from backend.deployment import is_demo
from backend.kernel.dated import Standing
from backend.kernel.errors import Refusal
from backend.papers.paper import Paper
from backend.papers.printing import print_paper
from backend.papers.verify import check_of, content_of
from backend.people.queries import sights
from insurance.issuing.issued import Hand, Issued, marks_of
from insurance.issuing.models import IssuedPaper, PaperKind, Printing
from insurance.issuing.office import office_on
from insurance.policy import parameters
from insurance.policy.remedy import remedy_terms

UNNUMBERED = "000000"
FROM_FEED = "数据比对"  # nobody received it at a desk
CODES = {
    PaperKind.RETIREMENT_APPROVAL: "TXSP",
    PaperKind.PENSION_AWARD: "YLHD",
    PaperKind.UNEMPLOYMENT_AWARD: "SYHD",
    PaperKind.CLAIM_AWARD: "YCHD",
    PaperKind.HOLD_NOTICE: "ZTGZ",
    PaperKind.STOP_NOTICE: "TZGZ",
    PaperKind.OBJECTION_ANSWER: "YYDF",
    PaperKind.RECOVERY_NOTICE: "ZHGZ",
    PaperKind.RECOVERY_ORDER: "ZLTH",
    PaperKind.RECOVERY_AGREEMENT: "HKXY",
    PaperKind.RECOVERY_COURT: "QZZX",
    PaperKind.RECOVERY_CLOSED: "CXZH",
    PaperKind.RESUME_NOTICE: "HFGZ",
    PaperKind.REFUSAL_NOTICE: "BYHD",
    PaperKind.ACCOUNT_PAID_OUT: "ZHZF",
    PaperKind.TRANSFER_SHEET: "ZYXX",
    PaperKind.SWITCH_SHEET: "ZDXJ",
    PaperKind.REFUND_PAID: "WGFH",
    PaperKind.REFUND_REFUSED: "BYFH",
    PaperKind.REFUND_ANSWER: "GSDF",
    PaperKind.PERSON_REPORT: "GRXX",
    PaperKind.AMOUNT_CORRECTED: "DYGZ",
    PaperKind.SET_OFF: "DKJD",
    PaperKind.BACK_PAY_NOTICE: "BFGZ",
    PaperKind.ADJUSTMENT: "YLTZ",
    PaperKind.AMOUNT_CHANGED: "SYTZ",
    PaperKind.ACCEPTANCE_RECEIPT: "SLHZ",
    PaperKind.CORRECTION_NOTICE: "BZGZ",
    PaperKind.DECLINE_DECISION: "BYSL",
    PaperKind.DELIVERY_RECORD: "SDHZ",
    PaperKind.CHANGE_LETTER: "BGGZ",
    PaperKind.DECISION_NOTICE: "JDGZ",
    PaperKind.OVERDUE_REPORT: "XQBS",
}
Compose: TypeAlias = Callable[[Issued], Paper]


class NotDecided(Refusal):
    """Only what is decided is put on paper (尚未办结)."""

    code = "issuing_not_decided"


@dataclass(frozen=True)
class Order:
    """Which paper of which case, how it is written, and what doubt it rests on."""

    kind: PaperKind
    case: Case
    compose: Compose
    about: str = ""
    standings: Collection[Standing] = ()
    interim: bool = False
    on: date | None = None  # None: the day of the decision; else that of what was done under it
    maker: Hand | None = None  # who took the stage it is of; None: it is of the decision
    party_id: int | None = None  # of whom it speaks, where the case decided about many

    @property
    def whose(self) -> int:
        """Of whom it speaks."""
        return self.case.party_id if self.party_id is None else self.party_id


@dataclass(frozen=True)
class Filing:
    """Under what a paper is registered (登记): of whom it speaks, and the case if there is one."""

    kind: PaperKind
    agency: Agency
    whose: int
    case: Case | None = None
    about: str = ""

    @property
    def seen(self) -> frozenset[int]:
        """Whom whoever prints it sees: who stands in the case, or, where it decided about many, the
        one of whom the paper speaks."""
        if self.case is None or self.whose != self.case.party_id:
            return frozenset({self.whose})
        return seen_in(self.case)


@dataclass(frozen=True)
class Out:
    """A printed paper."""

    paper: IssuedPaper
    pdf: bytes


@transaction.atomic
def issue(*, order: Order, by: Staff) -> Out:
    """Print a paper; register it first when it never was.

    Raises:
        NotDecided, OfficeNotConfigured; NotConfigured, NotVerified: a time limit; what composing
        and printing refuse: then no number is used.
    """
    paper = order.compose(_issued(order))
    filing = Filing(order.kind, order.case.agency, order.whose, order.case, order.about)
    return put_out(paper=paper, filing=filing, purpose=f"打印{paper.title}", by=by)


@transaction.atomic
def put_out(*, paper: Paper, filing: Filing, purpose: str, by: Staff) -> Out:
    """Number, register and print a paper; the look at whom it speaks of is written down.

    Raises:
        PurposeInvalid; what printing refuses: then no number is used.
    """
    digest = hashlib.sha256(content_of(paper=paper)).hexdigest()
    _wait_for_end(filing.case)
    _one_at_a_time(filing.agency.pk, filing.kind)
    found = IssuedPaper.objects.filter(
        case=filing.case,
        party=filing.whose,
        kind=filing.kind,
        about=filing.about,
        digest=digest,
    ).first()
    row = found or _registered(filing, paper, digest)
    pdf = print_paper(
        paper=replace(paper, number=row.number),
        origin=settings.PUBLIC_ORIGIN,
        check=row.check_code,
    )
    Printing.objects.create(paper=row, staff=by, person_id=by.person_id)
    look_at_all(staff=by, party_ids=filing.seen, purpose=purpose, at=row.number)
    record(
        name="issuing.printed",
        subject_kind="issuing.paper",
        subject_id=row.number,
        rows=1 if found else 2,
        staff_id=by.pk,
        person_id=by.person_id,
        party_id=filing.whose,
        details={"case": filing.case.pk if filing.case else None, "kind": filing.kind},
        digest=digest,
    )
    return Out(row, pdf)


def _issued(order: Order) -> Issued:
    """All that papers of the case name beside what was decided."""
    case, demo = order.case, is_demo()
    on, (maker, checker, approver) = _made(order)
    return Issued(
        number=UNNUMBERED,
        office=office_on(agency=case.agency, day=on),
        on=on,
        maker=maker,
        checker=checker,
        approver=approver,
        terms=remedy_terms(tree=parameters.load(), region=case.agency.region, on=on, demo=demo),
        marks=marks_of(standings=order.standings, demo=demo, interim=order.interim),
    )


def _made(order: Order) -> tuple[date, tuple[Hand, Hand | None, Hand | None]]:
    """The day of the paper and who stands under it: of a stage, or of the decision."""
    if order.maker is not None:
        return order.on or order.maker.on, (order.maker, None, None)
    case = order.case
    if case.decided_at is None:
        raise NotDecided(f"业务件 {case.pk} 尚未决定，不能出具文书。", case_id=case.pk)
    decided_on = timezone.localdate(case.decided_at)
    return order.on or decided_on, _hands(case, decided_on)


def review_of(*, case: Case) -> Approval | None:
    """Give the first of two signatures."""
    return Approval.objects.filter(
        subject_kind=CASE, subject_id=case.pk, step=REVIEW, digest=case.digest
    ).first()


def receiver_of(*, case: Case) -> Hand:
    """Who took a case in, on that day; where a feed brought it, that."""
    on, party = timezone.localdate(case.received_at), case.received_by
    if party is None:
        return Hand(FROM_FEED, on)
    return Hand(sights(party_ids={party}, on=on)[party].name, on)


def _hands(case: Case, on: date) -> tuple[Hand, Hand, Hand | None]:
    """Who received, who checked, and who approved where two persons decide."""
    hands = (case.reviewed_by, case.decided_by)
    names = {
        party: sight.name
        for party, sight in sights(party_ids={one for one in hands if one}, on=on).items()
    }
    maker = receiver_of(case=case)
    decider = Hand(names[case.decided_by or 0], on)
    review = review_of(case=case)
    if review is None:
        return maker, decider, None
    return maker, Hand(names[review.person_id], timezone.localdate(review.signed_at)), decider


def _registered(filing: Filing, paper: Paper, digest: str) -> IssuedPaper:
    agency, year = filing.agency, paper.issued_on.year
    last = IssuedPaper.objects.filter(agency=agency, kind=filing.kind, year=year).aggregate(
        last=Max("ordinal")
    )["last"]
    ordinal = (last or 0) + 1
    number = f"{agency.code}-{CODES[filing.kind]}-{year}-{ordinal:06d}"
    check = check_of(paper=replace(paper, number=number), key=settings.PAPER_KEY)
    return IssuedPaper.objects.create(
        agency=agency,
        kind=filing.kind,
        year=year,
        ordinal=ordinal,
        number=number,
        case=filing.case,
        about=filing.about,
        party_id=filing.whose,
        addressee=paper.addressee,
        issued_on=paper.issued_on,
        digest=digest,
        check_code=check,
    )


def _wait_for_end(case: Case | None) -> None:
    """A case ends with the papers that are there: none comes up while it does."""
    if case is not None:
        Case.objects.select_for_update(no_key=True, of=("self",)).get(pk=case.pk)


def _one_at_a_time(agency_id: int, kind: PaperKind) -> None:
    """Two printers of one kind one after the other: no gaps, and no second number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('issuing/' || %s, 0))",
            [f"{agency_id}/{kind}"],
        )
