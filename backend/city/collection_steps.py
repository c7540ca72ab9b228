"""The first half of a month (月度征缴): files in, bills out, money matched, credited and posted.

Each step does what can be done now, or nothing; repeated, it writes nothing twice. No payment waits
for it: a late file of the tax bureau costs nobody a pay day.
"""

from datetime import date

from django.db.models import Max, QuerySet
from django.utils import timezone

from backend.city.enrolment_steps import take_in_enrolments
from backend.city.month_steps import Tell
from backend.deployment import is_demo
from backend.jobs.models import Job, JobState
from backend.jobs.queue import enqueue
from backend.kernel.months import Month
from insurance.collection.bills import monthly_bills
from insurance.collection.bills.top_up import open_top_ups, ordered_top_ups
from insurance.collection.debts.month_end import END_JOB
from insurance.collection.matching.set_off import SET_OFF_JOB
from insurance.collection.matching.work_off import enqueue_match, match_key
from insurance.collection.models import (
    BillChunk,
    BillRun,
    MatchKind,
    RefundState,
    RunState,
    TaxFile,
    TaxFileKind,
    TreasuryRefund,
)
from insurance.collection.tax.bills_out import runs_to_send, write_bills
from insurance.collection.tax.compare import COMPARE_JOB
from insurance.collection.tax.compare_money import COMPARE_MONEY_JOB
from insurance.collection.tax.files_refused import take_refusals
from insurance.collection.tax.refunds_out import write_refunds
from insurance.collection.tax.tax_files import take_arrived
from insurance.collection.tax.tax_folders import tax_folder
from insurance.collection.tax.tax_intake import SerialGap

MONTHLY = monthly_bills.MONTHLY
LATE_MONTHS = 2  # files of periods before that come now are compared, too


def advance(*, period: Month, quiet_seconds: float, tell: Tell) -> list[str]:
    """Take every step that can be taken now; the jobs that must be done before there are more.

    Raises:
        Refusal: a rule says no; what was done before it stays.
    """
    take_in_enrolments(
        period=period,
        today=business_day(period=period),
        quiet_seconds=quiet_seconds,
        tell=tell,
    )
    keys = _bill(period, tell)
    if keys:
        return keys
    keys = _set_off(period)
    if keys:
        return keys
    write_bills(period=period, folder=tax_folder(name="inbox"))
    write_refunds(period=period, folder=tax_folder(name="inbox"))
    take_in_tax_files(period=period, tell=tell)
    return _after_files(period)


def business_day(*, period: Month) -> date:
    """The day on which a month's collection is worked off; a demonstration's is its last."""
    return period.last_day if is_demo() else timezone.localdate()


def billing_day(*, period: Month) -> date:
    """The day on which a month is billed and credits are set off; a demonstration's is its first:
    bills ask for what may still be paid in time.
    """
    return period.first_day if is_demo() else timezone.localdate()


def take_in_tax_files(*, period: Month, tell: Tell) -> None:
    """Take in what tax bureau and treasury laid there; one that waits for another is not told."""
    for refused in take_refusals():
        tell(f"  税务、国库拒收 {refused.name}：{refused.detail}")
    for file in take_arrived(today=business_day(period=period)):
        if file.accepted:
            tell(f"  {file.get_kind_display()} {file.name}：{file.row_count} 行")
        elif file.code != SerialGap.code:
            tell(f"  拒收 {file.name}：{file.detail}")


def awaits_tax(*, period: Month) -> bool:
    """Whether the month is billed and its money is not known yet: the tax bureau has told of none,
    or told something that could not be taken.
    """
    runs = BillRun.objects.filter(period=period.first_day, kind__in=MONTHLY)
    return runs.filter(state=RunState.DONE).exists() and not _is_collected(period)


def awaits_treasury(*, period: Month) -> bool:
    """Whether a list of refunds of the month lies with the treasury, unanswered."""
    listed = TreasuryRefund.objects.filter(state=RefundState.LISTED)
    return listed.filter(sentrefund__file__period=period.first_day).exists()


def refused_receipts() -> TaxFile | None:
    """The file of receipts that was refused since the last was taken, or waits for one before it:
    the tax bureau sends it again.
    """
    receipts = TaxFile.objects.filter(kind=TaxFileKind.RECEIPTS)
    last = receipts.filter(accepted=True).order_by("-serial").first()
    if last is not None:
        receipts = receipts.filter(pk__gt=last.pk, serial__gt=last.serial)
    return receipts.filter(accepted=False, serial__isnull=False).order_by("serial").first()


def _bill(period: Month, tell: Tell) -> list[str]:
    """Assess the month; the jobs that are still to be done, none when all bills are there."""
    keys = ordered_top_ups() or _missing(open_top_ups())
    if keys:
        return keys  # nothing else is computed at the same time
    today = billing_day(period=period)
    if not BillRun.objects.filter(period=period.first_day, kind__in=MONTHLY).exists():
        tell(f"▶ 核定 {period}")
    return _missing(monthly_bills.open_bills(period=period, today=today))


def _missing(runs: list[BillRun]) -> list[str]:
    """The jobs of runs that are not done: their chunks, then their end."""
    keys: list[str] = []
    for run in runs:
        if run.state == RunState.DONE:
            continue
        missing = BillChunk.objects.filter(run=run).count() < len(run.parameters["chunks"])
        keys += (
            monthly_bills.chunk_keys(run=run) if missing else [monthly_bills.order_finish(run=run)]
        )
    return keys


def _set_off(period: Month) -> list[str]:
    """Let what was paid too much pay what is to be asked for, before it is; once for its runs."""
    runs = runs_to_send(period=period)
    today = billing_day(period=period)
    return _unfinished([_ordered(SET_OFF_JOB, period, runs[-1], today)]) if runs else []


def _after_files(period: Month) -> list[str]:
    """Order what follows on the files that came, late ones too: comparison, matching, month's end.

    The jobs of these that are still to be done.
    """
    today = business_day(period=period)
    files = TaxFile.objects.filter(accepted=True)
    lately = files.filter(period__gte=period.plus(-LATE_MONTHS).first_day)
    declared = lately.filter(kind=TaxFileKind.DECLARATIONS)
    keys = [_ordered(COMPARE_JOB, told, last, today) for told, last in _by_period(declared)]
    receipts = files.filter(kind=TaxFileKind.RECEIPTS).order_by("serial")
    unmatched = receipts.exclude(match__kind=MatchKind.RECEIPTS)
    for file in unmatched:
        told = period if file.period is None else Month.of(file.period)
        enqueue_match(file_id=file.pk, period=told, today=today)
        keys.append(match_key(file_id=file.pk))
    newest = receipts.last()
    if newest is not None:
        money = lately.filter(kind__in=(TaxFileKind.DECLARATIONS, TaxFileKind.RECEIPTS))
        keys += [
            _ordered(COMPARE_MONEY_JOB, told, max(last, newest.pk), today)
            for told, last in _by_period(money)
            if _is_collected(told)
        ]
    waiting = _unfinished(keys)
    if newest is not None and not waiting and _is_collected(period):
        waiting = _unfinished([_ordered(END_JOB, period, newest.pk, today)])
    return waiting


def _by_period(files: QuerySet[TaxFile]) -> list[tuple[Month, int]]:
    """Of which periods files tell, and the newest of each."""
    rows = files.values_list("period").annotate(Max("id")).order_by("period")
    return [(Month.of(period), last) for period, last in rows]


def _is_collected(period: Month) -> bool:
    """Whether what came in for the month is taken, and nothing waits: nobody is late before."""
    receipts = TaxFile.objects.filter(
        kind=TaxFileKind.RECEIPTS, accepted=True, period=period.first_day
    )
    return receipts.exists() and refused_receipts() is None


def _ordered(kind: str, period: Month, number: int, today: date) -> str:
    """Let a job follow on a file or run, once for ever; its key."""
    key = f"{kind}/{period}/{number}"
    if not Job.objects.filter(key=key).exists():
        arguments = {"period": str(period), "today": today.isoformat()}
        enqueue(kind=kind, key=key, arguments=arguments)
    return key


def _unfinished(keys: list[str]) -> list[str]:
    done = set(Job.objects.filter(key__in=keys, state=JobState.DONE).values_list("key", flat=True))
    return [key for key in keys if key not in done]
