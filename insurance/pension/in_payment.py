"""Put an award in payment (待遇转入发放): entitlement and components from its first month on."""

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.dated import Standing
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people import deaths
from backend.people.queries import canonical_id
from insurance.accounts.sent_away import require_here
from insurance.benefits.drawn import bars
from insurance.benefits.life.settle import settle_all
from insurance.benefits.models import Component, Entitlement
from insurance.pension.allowance import allowance_of
from insurance.pension.models import Award
from insurance.policy.standing import mark_of_amount
from payments.ledger.models import Book

RESIDENTS = "170"
# Whoever draws one of these, or ever drew a pension of it, is not awarded the scheme: 110 ends 170.
BARS = {"110": ("110",), RESIDENTS: ("110", RESIDENTS)}


class AlreadyAwarded(Refusal):
    """A pension is drawn already (已享受养老待遇)."""

    code = "award_already_drawing"


class DiedBefore(Refusal):
    """Nothing is due to who died before the pension began (领取前死亡)."""

    code = "award_died_before"


class NotYetRetired(Refusal):
    """The month before the pension begins has not come (尚未到退休年月)."""

    code = "award_not_yet_retired"


class NoBook(Refusal):
    """The agency keeps no book of this fund (本机构没有该险种的账套)."""

    code = "award_no_book"


def put_in_payment(*, case: Case, award: Award) -> int:
    """Write an award with its entitlement and components, and what the events in the person's life
    hold or stop of it; rows written.

    Raises:
        NoBook; NotConfigured: a figure that may not count here.
    """
    start = Month.of(award.retirement_month).next.first_day
    award.entitlement = Entitlement.objects.create(
        person_id=award.person_id,
        scheme=award.scheme,
        book=book_of(case=case, scheme=award.scheme),
        start_month=start,
        paid_months=award.total_months,
        district=award.region if award.scheme == RESIDENTS else "",
        item_ordinal=allowance_of(award=award),
        case_id=case.pk,
    )
    award.save(force_insert=True)
    mark = mark_of_amount(standing=Standing(award.standing), demo=is_demo())
    for component, fen in award.parts.items():
        Component.objects.create(
            entitlement=award.entitlement,
            component=component,
            fen=fen,
            standing=mark,
            valid=SqlRange(start, None),
            case_id=case.pk,
        )
    return 2 + len(award.parts) + settle_all(person_id=award.person_id)


def refuse_who_cannot(
    *, case: Case, scheme: str, retirement_month: Month, corrects: bool = False
) -> None:
    """Let nobody be awarded a scheme who draws a pension that bars it, died before it, or is not
    there yet, or whose relation is at another place; a correction is of who draws one.

    Raises:
        NotYetRetired, RelationElsewhere, AlreadyAwarded, DiedBefore.
    """
    if _day(case) < retirement_month:
        raise NotYetRetired(f"退休年月为 {retirement_month}，尚未到。", case_id=case.pk)
    require_here(person_id=case.party_id, scheme=scheme)
    for drawn in BARS[scheme]:
        if not corrects and bars(
            person_id=case.party_id, scheme=drawn, first=retirement_month.next
        ):
            raise AlreadyAwarded(
                f"此人已享受险种 {drawn} 的养老待遇；原核定有误的，写明原核定办理更正。",
                case_id=case.pk,
            )
    death = deaths.current_death(person_id=canonical_id(party_id=case.party_id))
    if death is not None and Month.of(death.death_date) <= retirement_month:
        raise DiedBefore(f"此人已于 {death.death_date} 死亡，没有可核定的待遇。", case_id=case.pk)


def book_of(*, case: Case, scheme: str) -> Book:
    """Give the book of the case's agency that pays a scheme.

    Raises:
        NoBook.
    """
    book = Book.objects.filter(agency=case.agency, scheme=scheme).order_by("pk").first()
    if book is None:
        raise NoBook(f"本机构没有险种 {scheme} 的账套，不能核定。", case_id=case.pk)
    return book


def _day(case: Case) -> Month:
    return Month.of(content.day_of(case))
