"""Empty an account for good (账户一次性支付): interest to date, then all of it to whom it goes.

Heirs after a death, the person who emigrates or falls short of the years, another province. The
rate known on the day is final for what left: ``FixedRate`` keeps it for the years concerned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Min

from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.models import Death, Party
from insurance.accounts.entries import balance, lock
from insurance.accounts.facts import entries_of, is_demo, year_facts
from insurance.accounts.interest import Rate, until_leaving, year_interest
from insurance.accounts.models import (
    AccountEntry,
    EntryKind,
    EntrySource,
    FixedRate,
    InterestRun,
    InterestRunState,
    Outgoing,
    Part,
    Scheme,
)
from insurance.accounts.rates import rate_of_year
from insurance.accounts.shares import divided

LUMP_SUM_REASONS = ("EMIGRATED", "SHORT_YEARS")
HEIRS_MAX = 50


class LeavingInvalid(Refusal):
    """The case does not say which account, when, or to whom (支付内容不完整)."""

    code = "account_leaving_invalid"


class NothingThere(Refusal):
    """There is nothing in this account (账户没有余额)."""

    code = "account_empty"


class NotDead(Refusal):
    """Nobody inherits from the living (没有已核实的死亡信息)."""

    code = "account_owner_not_dead"


class InterestRunning(Refusal):
    """The year's interest is being computed just now (正在年度计息,请稍后办理)."""

    code = "account_interest_running"


@dataclass(frozen=True)
class Emptied:
    """An account that is empty now (清户): what left, and how many rows that took."""

    fen: int
    rows: int


def inherit(case: Case) -> int:
    """The act of an ACCOUNT_INHERITANCE case: the whole balance to the heirs; rows written.

    Content: ``scheme``, ``month``, ``heirs`` as a list of ``payee`` (party) and ``weight``. The
    shares add up to the balance exactly.

    Raises:
        NotDead: no death is confirmed; LeavingInvalid, NothingThere, InterestRunning.
    """
    if not Death.objects.filter(
        person=case.party_id, confirmed=True, superseded_at__isnull=True
    ).exists():
        raise NotDead("没有已核实的死亡信息，账户余额不能继承。", case_id=case.pk)
    heirs = _heirs(case)
    scheme, month = scheme_and_month(case)
    emptied = empty(case=case, scheme=scheme, month=month, kind=EntryKind.INHERITED)
    shares = divided(fen=emptied.fen, weights=[weight for _, weight in heirs])
    paid = [(payee, fen) for (payee, _), fen in zip(heirs, shares, strict=True) if fen]
    for payee, fen in paid:
        pay_out_to(
            case=case,
            scheme=scheme,
            month=month,
            kind=EntryKind.INHERITED,
            payee_id=payee,
            fen=fen,
        )
    return emptied.rows + len(paid)


def pay_lump_sum(case: Case) -> int:
    """The act of an ACCOUNT_LUMP_SUM case: the whole balance to the person; rows written.

    Content: ``scheme``, ``month``, ``reason`` (EMIGRATED or SHORT_YEARS).
    """
    if case.content.get("reason") not in LUMP_SUM_REASONS:
        raise LeavingInvalid("请写明一次性支付的原因。", case_id=case.pk)
    scheme, month = scheme_and_month(case)
    emptied = empty(case=case, scheme=scheme, month=month, kind=EntryKind.LUMP_SUM)
    pay_out_to(
        case=case,
        scheme=scheme,
        month=month,
        kind=EntryKind.LUMP_SUM,
        payee_id=case.party_id,
        fen=emptied.fen,
    )
    return emptied.rows + 1


def empty(*, case: Case, scheme: str, month: Month, kind: EntryKind) -> Emptied:
    """Write the interest up to the month before, and take everything out in ``month``.

    Raises:
        NothingThere, InterestRunning; NotConfigured, NotVerified: the rate.
    """
    lock(person_ids=[case.party_id])
    if InterestRun.objects.filter(scheme=scheme, state=InterestRunState.OPEN).exists():
        raise InterestRunning("该险种正在年度计息，请在完成后办理。", case_id=case.pk)
    rows = _settle_interest(case=case, scheme=scheme, month=month)
    fen = balance(person_id=case.party_id, scheme=scheme)
    if fen == 0:
        raise NothingThere("该账户没有余额。", case_id=case.pk)
    _write(case, scheme, kind=kind, for_month=month, arrival=month, fen=-fen)
    return Emptied(fen=fen, rows=rows + 1)


def pay_out_to(
    *, case: Case, scheme: str, month: Month, kind: EntryKind, payee_id: int, fen: int
) -> Outgoing:
    """Put down who is to be paid; payments take it on from there."""
    return Outgoing.objects.create(
        person_id=case.party_id,
        scheme=scheme,
        kind=kind,
        payee_id=payee_id,
        month=month.first_day,
        fen=fen,
        case_id=case.pk,
    )


def scheme_and_month(case: Case) -> tuple[str, Month]:
    """Read which account a case is about, and in which month it takes effect."""
    scheme = case.content.get("scheme")
    if scheme not in Scheme.values:
        raise LeavingInvalid("请写明是哪个险种的个人账户。", case_id=case.pk)
    return str(scheme), Month.parse(case.content.get("month"))


def _settle_interest(*, case: Case, scheme: str, month: Month) -> int:
    """Interest of the year, and of one before it that no run has closed yet; rows written."""
    entries = entries_of(person_id=case.party_id, scheme=scheme)
    if not entries:
        raise NothingThere("该账户没有余额。", case_id=case.pk)
    if max(row.arrival_month for row in entries) > month.first_day:
        raise LeavingInvalid(f"{month} 之后还有记账，不能按该月支付。", case_id=case.pk)
    rows = _fix_interim_year(case, scheme)
    for year in range(_first_open_year(scheme=scheme, person_id=case.party_id), month.year + 1):
        rate, known = _rate(case, scheme, year)
        facts = year_facts(entries=entries, year=year)
        leaving = year == month.year
        found = year_interest(
            facts=until_leaving(facts=facts, month=month) if leaving else facts, rate=rate
        )
        for_month = month if leaving else Month(year, 12)
        arrival = month if leaving else Month(year + 1, 1)
        if found.difference_fen:
            kind = EntryKind.INTEREST if found.difference_fen > 0 else EntryKind.TRUE_UP
            fen = found.difference_fen
            entries.append(
                _write(case, scheme, kind=kind, for_month=for_month, arrival=arrival, fen=fen)
            )
            rows += 1
        if not known:
            _fix(case, scheme, year, rate)
            rows += 1
    return rows


def _first_open_year(*, scheme: str, person_id: int) -> int:
    done = InterestRun.objects.filter(scheme=scheme).order_by("-year").first()
    if done is not None:
        return done.year + 1
    first = AccountEntry.objects.filter(person=person_id, scheme=scheme)
    month: date = first.aggregate(month=Min("arrival_month"))["month"]
    return month.year


def _fix_interim_year(case: Case, scheme: str) -> int:
    """What was closed by an interim rate stays by it."""
    last = InterestRun.objects.filter(scheme=scheme).order_by("-year", "interim").first()
    if last is None or not last.interim or _fixed(case, scheme, last.year) is not None:
        return 0
    FixedRate.objects.create(
        person_id=case.party_id,
        scheme=scheme,
        year=last.year,
        ratio=last.ratio,
        ratio_of_year=last.ratio_of_year,
        case_id=case.pk,
    )
    return 1


def _rate(case: Case, scheme: str, year: int) -> tuple[Rate, bool]:
    """The rate of a year, and whether an earlier leaving fixed it."""
    fixed = _fixed(case, scheme, year)
    if fixed is None:
        rate = rate_of_year(scheme=scheme, region=case.agency.region, year=year, demo=is_demo())
        return rate, False
    rate = rate_of_year(
        scheme=scheme, region=case.agency.region, year=fixed.ratio_of_year, demo=is_demo()
    )
    return rate, True


def _fixed(case: Case, scheme: str, year: int) -> FixedRate | None:
    return FixedRate.objects.filter(person=case.party_id, scheme=scheme, year=year).first()


def _fix(case: Case, scheme: str, year: int, rate: Rate) -> None:
    FixedRate.objects.create(
        person_id=case.party_id,
        scheme=scheme,
        year=year,
        ratio=rate.ratio,
        ratio_of_year=rate.of_year,
        case_id=case.pk,
    )


def _write(
    case: Case, scheme: str, *, kind: EntryKind, for_month: Month, arrival: Month, fen: int
) -> AccountEntry:
    return AccountEntry.objects.create(
        person_id=case.party_id,
        scheme=scheme,
        kind=kind,
        part=Part.WHOLE,
        for_month=for_month.first_day,
        arrival_month=arrival.first_day,
        fen=fen,
        source=EntrySource.CASE,
        source_id=case.pk,
    )


def _heirs(case: Case) -> Sequence[tuple[int, int]]:
    """Payees and weights, each heir once."""
    listed = case.content.get("heirs")
    try:
        heirs = [(int(heir["payee"]), int(heir["weight"])) for heir in listed]
    except (KeyError, TypeError, ValueError):
        heirs = []
    payees = {payee for payee, _ in heirs}
    known = Party.objects.filter(pk__in=payees, kind="PERSON").exclude(pk=case.party_id).count()
    weights = [weight for _, weight in heirs]
    if not 1 <= len(heirs) <= HEIRS_MAX or known != len(heirs) or min(weights) <= 0:
        raise LeavingInvalid("请逐一写明继承人和份额，每人一次。", case_id=case.pk)
    return heirs
