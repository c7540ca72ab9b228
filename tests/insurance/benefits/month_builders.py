"""The facts of a month, one by one (发放月的事实): every default is valid; 演示."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.cases.acts import CaseAct
from backend.cases.decide import decide
from backend.cases.models import Case
from backend.feeds.signed import SignedFile
from backend.kernel.months import Month
from backend.people.models import Death, Person
from insurance.benefits import death_match_case, monthly_run
from insurance.benefits.conditions import DEATH_MATCH
from insurance.benefits.death_match_file import HEADER, keep
from insurance.benefits.models import (
    Baseline,
    Component,
    DeathMatch,
    Due,
    Entitlement,
    Held,
    Hold,
    Run,
    Stop,
)
from insurance.benefits.monthly_run import SealedRun
from payments import seal_conditions
from payments.ledger.books import ensure_books
from payments.ledger.models import Book
from payments.models import Attempt, Batch, Outcome, PayeeAccount, ReturnFile, SealCondition
from tests import builders

NOVEMBER, DECEMBER, JANUARY = Month(2026, 11), Month(2026, 12), Month(2027, 1)
LONG_AGO = Month(2020, 1)
OCTOBER = NOVEMBER.previous
PAY_DAY = 10
SOME_CASE = 900_001  # facts carry the number of a case; the month does not look into it
PENSION = {"BASIC": 22_000, "ACCOUNT": 3_150}
PENSION_FEN = 25_150


@dataclass(frozen=True)
class Office:
    """The agency's two books and the baseline its pensions rest on."""

    residents: Book
    employees: Book
    baseline: Baseline

    def book(self, scheme: str) -> Book:
        """The book that pays a scheme."""
        return self.residents if scheme == "170" else self.employees


def office() -> Office:
    """The demo agency, once."""
    books = {b.scheme: b for b in ensure_books(agency=builders.agency(), on=builders.TODAY)}
    baseline, _ = Baseline.objects.get_or_create(digest="0" * 64, defaults={"manifest": {}})
    return Office(books["170"], books["110"], baseline)


def taken_over_from(first: Month) -> None:
    """Another baseline, whose pensions the old system pays until the month before."""
    Baseline.objects.create(digest=f"{first}".rjust(64, "0"), manifest={"first_period": str(first)})


def entitlement(
    *,
    of: Person | None = None,
    scheme: str = "170",
    components: Mapping[str, int] = PENSION,
    start: Month = LONG_AGO,
    paid_through: Month | None = OCTOBER,
    with_account: bool = True,
    paid_months: int | None = None,
    item_ordinal: int | None = None,
    item_until: Month | None = None,
    case_id: int | None = None,
) -> Entitlement:
    """Wang's residents' pension of 251.50, paid by the old system until October; or by a case."""
    place, person = office(), of or builders.wang()
    made = Entitlement.objects.create(
        person_id=person.pk,
        scheme=scheme,
        book=place.book(scheme),
        start_month=start.first_day,
        paid_through=paid_through.first_day if paid_through else None,
        paid_months=paid_months,
        district=person.district if scheme == "170" else "",
        item_ordinal=item_ordinal,
        item_until=item_until.first_day if item_until else None,
        baseline=place.baseline if case_id is None else None,
        case_id=case_id,
    )
    for name, fen in components.items():
        component(of=made, name=name, fen=fen, start=start, case_id=case_id)
    if with_account and not PayeeAccount.objects.filter(payee=person.pk).exists():
        account(of=person.pk)
    return made


def component(
    *,
    of: Entitlement,
    name: str,
    fen: int,
    start: Month,
    end: Month | None = None,
    standing: str = "BASELINE",
    case_id: int | None = None,
) -> Component:
    """A monthly amount by whole months."""
    return Component.objects.create(
        entitlement=of,
        component=name,
        fen=fen,
        standing=standing,
        case_id=case_id,
        valid=months(start, end),
    )


def raise_basic(*, of: Entitlement, to_fen: int, since: Month) -> None:
    """Correct the basic pension from a month on, as a decided case would."""
    now_known = Component.objects.filter(entitlement=of, component="BASIC", superseded_at=None)
    old = now_known.get(valid__contains=since.first_day)
    supersede(old)
    start = Month.of(old.valid.lower)
    if start < since:
        component(of=of, name="BASIC", fen=old.fen, start=start, end=since, case_id=SOME_CASE)
    component(of=of, name="BASIC", fen=to_fen, start=since, case_id=SOME_CASE)


def account(
    *, of: int, bank: str = "NSB", since: date = date(2020, 1, 1), until: date | None = None
) -> PayeeAccount:
    """A bank account under the payee's name."""
    return PayeeAccount.objects.create(
        payee_id=of,
        bank=bank,
        account_no=f"62000000{of:08d}",
        holder_name="王秀英",
        valid=SqlRange(since, until),
    )


def hold(*, of: Entitlement, reason: str = "SUSPENDED", since: Month = NOVEMBER) -> Hold:
    """A reason not to pay out."""
    return Hold.objects.create(entitlement=of, reason=reason, valid=months(since, None))


def stop(*, of: Entitlement, since: Month, until: Month | None = None) -> Stop:
    """Months without entitlement."""
    return Stop.objects.create(
        entitlement=of, reason="演示", case_id=SOME_CASE, valid=months(since, until)
    )


def death(*, of: Entitlement, on: date, confirmed: bool = True) -> Death:
    """A death, confirmed unless it is said that it is only reported."""
    return Death.objects.create(
        person_id=of.person_id,
        death_date=on,
        source="POLICE",
        confirmed=confirmed,
        evidence="演示",
        case_id=SOME_CASE,
    )


def supersede(row: Component | Stop | Hold | Death | PayeeAccount) -> None:
    """Close a fact at the database's own clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {row._meta.db_table} SET superseded_at = clock_timestamp() WHERE id = %s",
            [row.pk],
        )


def months(start: Month, end: Month | None) -> SqlRange:
    """Half-open, as the database stores it."""
    return SqlRange(start.first_day, end.first_day if end else None)


def pay_date(period: Month) -> date:
    """The tenth."""
    return date(period.year, period.month, PAY_DAY)


def opened(period: Month = NOVEMBER) -> Run:
    """Open the month on the fifth, on its death match unless it has a condition already."""
    if not SealCondition.objects.filter(period=period.first_day).exists():
        death_match(period)
    return monthly_run.open_run(period=period, pay_date=pay_date(period), now=now(period))


def computed(period: Month = NOVEMBER) -> Run:
    """Open the month and compute all its chunks."""
    run = opened(period)
    for chunk in range(len(run.parameters["chunks"])):
        monthly_run.run_chunk(run_id=run.id, chunk=chunk)
    return run


def death_match(
    period: Month = NOVEMBER,
    *,
    as_of: date | None = None,
    lines: Sequence[str] = (),
    recorded_at: datetime | None = None,
) -> SealCondition:
    """The month's death match as evidence that two persons signed, from the fifth and recorded now
    unless told; of strangers, if of anybody."""
    match = unconfirmed_match(period, as_of=as_of, lines=lines)

    def confirm(case: Case) -> int:
        condition = death_match_case.condition_of(case)
        if recorded_at is not None:
            condition.recorded_at = recorded_at
        condition.save(force_insert=True)
        return 1

    confirmed(match, act=confirm)
    return SealCondition.objects.get(period=period.first_day, evidence_sha256=match.sha256)


def unconfirmed_match(
    period: Month = NOVEMBER, *, as_of: date | None = None, lines: Sequence[str] = ()
) -> DeathMatch:
    """What came in and nobody has vouched for yet."""
    text = "".join(f"{line}\n" for line in (",".join(HEADER), *lines))
    signed = SignedFile("deaths.csv", len(lines), sha256(text.encode()).hexdigest())
    with TemporaryDirectory() as folder:
        path = Path(folder) / signed.name
        path.write_text(text, encoding="utf-8")
        keep(path=path, signed=signed)
    return DeathMatch.objects.create(
        period=period.first_day,
        as_of=as_of or now(period).date(),
        source="演示比对",
        rows=signed.rows,
        sha256=signed.sha256,
        reported=0,
        known_dead=0,
        listed=0,
    )


def confirmed(match: DeathMatch, *, act: CaseAct = death_match_case.confirm) -> Case:
    """A clerk vouches for the match, a reviewer confirms it."""
    content = death_match_case.content_of(match=match)
    case = builders.case(kind=DEATH_MATCH, content=content)
    return decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=builders.member(role="REVIEWER").key,
        role="REVIEWER",
        now=builders.NOW,
        acts={DEATH_MATCH: act},
    )


def overridden(*, period: Month = NOVEMBER, condition: str = DEATH_MATCH) -> Case:
    """An approver signs that the month goes without its evidence."""
    content = {"period": str(period), "condition": condition, "reason": "比对平台停机(演示)"}
    case = builders.case(kind="OVERRIDE", content=content)
    decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=builders.member(role="APPROVER").key,
        role="APPROVER",
        now=builders.NOW,
        acts={"OVERRIDE": seal_conditions.override},
    )
    return case


def override_row(*, case_id: int, period: Month = NOVEMBER) -> SealCondition:
    """What somebody could put in by SQL."""
    return SealCondition.objects.create(
        period=period.first_day, kind=DEATH_MATCH, override_reason="演示", case_id=case_id
    )


def sealed(period: Month = NOVEMBER) -> SealedRun:
    """Compute the month and seal it on its death match."""
    computed(period)
    return monthly_run.seal_run(period=period, now=now(period))


def now(period: Month) -> datetime:
    """Ten o'clock of the fifth day of the month."""
    return builders.NOW.replace(year=period.year, month=period.month)


def answered(attempt: Attempt, state: int) -> Outcome:
    """The bank's answer on a line, resting on an accepted return file."""
    batch = Batch.objects.get(id=attempt.batch_id)
    file, _ = ReturnFile.objects.get_or_create(
        bank=batch.bank,
        sha256=f"{batch.pk:064d}",
        batch=batch,
        part=1,
        accepted=True,
        name="演示",
        size=1,
    )
    return Outcome.objects.create(
        due_ref=attempt.due_ref, n=attempt.n, state=state, fen=attempt.fen, return_file_id=file.id
    )


def line(of: Entitlement, *, for_month: Month = NOVEMBER) -> Attempt:
    """The one line that pays a month."""
    return Attempt.objects.get(due_ref__in=_due_refs(of, for_month))


def held_reasons(of: Entitlement, period: Month = NOVEMBER) -> list[str]:
    """Why dues of the entitlement are held in a period, in the order of their months."""
    found = Held.objects.filter(run_period=period.first_day, due__entitlement=of)
    return list(found.order_by("due__for_month").values_list("reason", flat=True))


def dues(of: Entitlement, period: Month = NOVEMBER) -> list[tuple[Month, int, int]]:
    """Month, kind and fen of what a period found to be owed."""
    found = Due.objects.filter(entitlement=of, run_period=period.first_day).order_by("for_month")
    return [(Month.of(due.for_month), due.kind, due.fen) for due in found]


def _due_refs(of: Entitlement, for_month: Month) -> list[int]:
    found = Due.objects.filter(entitlement=of, for_month=for_month.first_day)
    return list(found.values_list("due_ref", flat=True))
