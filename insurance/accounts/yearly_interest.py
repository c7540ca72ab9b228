"""Close a year of all accounts of a scheme (年度计息): interest, and true-ups by difference.

``open_year`` fixes by which rate, ``run_chunk`` computes a range of persons in one transaction,
``close_year`` ends it when every range is there. While the year's rate is not announced an interim
one is used; once it is, the same acts write what is missing, and the interim entries stay.
"""

from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Min

from backend.audit.record import record
from backend.jobs.faultpoint import faultpoint
from backend.jobs.queue import enqueue_all
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.accounts import interest_sql as sql
from insurance.accounts.come_back import make_up_again
from insurance.accounts.interest import Rate
from insurance.accounts.models import AccountEntry, InterestChunk, InterestRun, InterestRunState
from insurance.accounts.rates import rate_of_year
from payments.ledger.models import LedgerMonth

CHUNK_SIZE = 50_000
CHUNK_JOB = "accounts.interest_chunk"


class YearNotOver(Refusal):
    """Interest is computed when the year is over (年度尚未结束)."""

    code = "account_year_not_over"


class YearsInOrder(Refusal):
    """Years are closed one after the other, and trued up likewise (须按年度依次计息)."""

    code = "account_years_out_of_order"


class YearNotThere(Refusal):
    """Nothing to close: not opened, or not all computed (年度计息未开始或未算完)."""

    code = "account_year_not_computed"


class BooksOpen(Refusal):
    """What came in within the year bears its interest: its books are closed first (尚未结账)."""

    code = "account_year_books_open"


class NoAccounts(Refusal):
    """Nobody has an account in this scheme (没有个人账户)."""

    code = "account_none"


class RateTooFine(Refusal):
    """A rate has at most six decimals (记账利率小数位过多)."""

    code = "account_rate_too_fine"


def open_year(
    *, scheme: str, year: int, region: str, today: date, demo: bool = False
) -> InterestRun:
    """Open the interest of a year by the rate known now, and register a job for each range.

    The run that is there is given when the rate in force is the one it has.

    Raises:
        YearNotOver, BooksOpen, YearsInOrder, NoAccounts, RateTooFine;
        NotConfigured, NotVerified: the rate.
    """
    if today.year <= year:
        raise YearNotOver(f"{year} 年尚未结束，不能计息。", year=year)
    rate = rate_of_year(scheme=scheme, region=region, year=year, demo=demo)
    if rate.ratio * sql.RATE_UNIT % 1:
        raise RateTooFine(f"{year} 年记账利率超过六位小数。", year=year)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT accounts_wait_for_entries()")
        runs = InterestRun.objects.filter(scheme=scheme)
        existing = runs.filter(year=year, interim=rate.interim).first()
        if existing is not None:
            return existing
        _require_closed_books(scheme=scheme, year=year)
        openings = _openings(scheme=scheme, year=year, interim=rate.interim)
        run = _opened(scheme=scheme, year=year, rate=rate, openings=openings)
        cursor.execute("SELECT accounts_refresh_statistics()")
        keys = enumerate(chunk_keys(run=run))
        enqueue_all(
            kind=CHUNK_JOB,
            arguments={key: {"run_id": run.pk, "chunk": chunk} for chunk, key in keys},
        )
        record(
            name="accounts.open_year",
            subject_kind="accounts.run",
            subject_id=f"{scheme}/{year}",
            rows=1,
            details={
                "ratio": str(rate.ratio),
                "of_year": rate.of_year,
                "interim": rate.interim,
                "policy_version": rate.policy_version,
            },
        )
    return run


def chunk_keys(*, run: InterestRun) -> list[str]:
    """The job keys of all ranges of a run."""
    return [f"accounts.interest/{run.pk}/{chunk}" for chunk in range(len(run.chunks))]


def run_chunk(*, run_id: int, chunk: int) -> int:
    """Compute one range of persons in the caller's transaction; rows written, 0 when it is done."""
    run = InterestRun.objects.get(pk=run_id)
    if InterestChunk.objects.filter(run=run, chunk=chunk).exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(sql.COMPUTE, sql.parameters(run=run, chunk=chunk))
        (rows,) = cursor.fetchone()
    faultpoint("accounts.interest.computed")
    record(
        name="accounts.interest_chunk",
        subject_kind="accounts.run",
        subject_id=f"{run.scheme}/{run.year}/{chunk}",
        rows=rows,
    )
    return int(rows)


@transaction.atomic
def close_year(*, run_id: int, now: datetime) -> InterestRun:
    """End a run whose ranges are all there; done before, it stays as it is. What came back after
    closed years is made up by what the run says of them.

    Raises:
        YearNotThere: a range is missing.
    """
    run = InterestRun.objects.filter(pk=run_id).first()
    if run is None:
        raise YearNotThere("没有这次年度计息。", run=run_id)
    if run.state == InterestRunState.DONE:
        return run
    done = InterestChunk.objects.filter(run=run)
    if done.count() != len(run.chunks):
        raise YearNotThere(
            f"{run.year} 年还有 {len(run.chunks) - done.count()} 个分块没有算完。", run=run_id
        )
    run.summary = {
        "accounts": sum(done.values_list("account_count", flat=True)),
        "written_fen": sum(done.values_list("written_fen", flat=True)),
        "closing_fen": sum(done.values_list("closing_fen", flat=True)),
    }
    run.state, run.done_at = InterestRunState.DONE, now
    run.save(update_fields=["state", "summary", "done_at"])
    make_up_again(scheme=run.scheme)
    record(
        name="accounts.close_year",
        subject_kind="accounts.run",
        subject_id=f"{run.scheme}/{run.year}",
        rows=1,
        details=run.summary,
    )
    return run


def last_run(*, scheme: str, year: int) -> InterestRun | None:
    """Give the latest finished run of a year: the final one, else the interim one."""
    done = InterestRun.objects.filter(scheme=scheme, year=year, state=InterestRunState.DONE)
    return done.order_by("interim").first()


def _require_closed_books(*, scheme: str, year: int) -> None:
    """A receipt of December that came later would count from January on.

    Before the first month of a book there is nothing to wait for.
    """
    kept = LedgerMonth.objects.filter(book__scheme=scheme, month__year=year)
    december = kept.filter(month__month=12, closed_at__isnull=False).values("book")
    still = kept.exclude(book__in=december).order_by("-month").first()
    if still is not None:
        month = Month(year, 12)
        raise BooksOpen(
            f"{still.book.name}账套 {month} 尚未结账：入库还没有记完，不能计息。",
            book=still.book_id,
        )


def _openings(*, scheme: str, year: int, interim: bool) -> InterestRun | None:
    """The run whose closing balances this year opens with; None for the first year of all."""
    runs = InterestRun.objects.filter(scheme=scheme)
    if runs.filter(state=InterestRunState.OPEN).exists():
        raise YearsInOrder("该险种有一次年度计息尚未算完。", scheme=scheme)
    years = sorted(set(runs.values_list("year", flat=True)))
    first = years[0] if years else _first_year(scheme=scheme, year=year)
    last = years[-1] if years else first - 1
    if not first <= year <= last + 1:
        raise YearsInOrder(f"应接着办理 {last + 1} 年，不能办理 {year} 年。", scheme=scheme)
    before = last_run(scheme=scheme, year=year - 1)
    earlier = last_run(scheme=scheme, year=year - 2)
    if before is not None and earlier is not None and earlier.pk > before.pk:
        raise YearsInOrder(f"{year - 2} 年已补差，请先办理 {year - 1} 年。", scheme=scheme)
    if before is not None and before.interim and not interim:
        raise YearsInOrder(f"{year - 1} 年的利率尚未补差，请先办理。", scheme=scheme)
    if interim and runs.filter(year=year).exists():
        raise YearsInOrder(f"{year} 年已按公布利率计息。", scheme=scheme)
    return before


def _first_year(*, scheme: str, year: int) -> int:
    """The year in which the first entry arrived; all are read only when it is not ``year``."""
    entries = AccountEntry.objects.filter(scheme=scheme)
    before = entries.filter(arrival_month__lt=date(year, 1, 1))
    if entries.filter(arrival_month__year=year).exists() and not before.exists():
        return year
    first = entries.aggregate(month=Min("arrival_month"))["month"]
    if first is None:
        raise NoAccounts(f"险种 {scheme} 还没有个人账户。", scheme=scheme)
    return int(first.year)


def _opened(*, scheme: str, year: int, rate: Rate, openings: InterestRun | None) -> InterestRun:
    return InterestRun.objects.create(
        scheme=scheme,
        year=year,
        interim=rate.interim,
        ratio=rate.ratio,
        ratio_of_year=rate.of_year,
        parameter=rate.parameter,
        document=rate.document,
        standing=rate.standing.value,
        authority=rate.authority,
        policy_version=rate.policy_version,
        openings=openings,
        chunks=_chunks(),
    )


def _chunks() -> list[list[int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(person_id), max(person_id) FROM accounts_accountentry")
        first, last = cursor.fetchone()
    starts = range(first, last + 1, CHUNK_SIZE)
    return [[start, min(start + CHUNK_SIZE - 1, last)] for start in starts]
