"""Take over what is open (接管欠费和未缴的应缴): a folder that both sides signed, or nothing.

Only what the old system has not received comes over, as the lines of a run of its own: a payment
that arrives for it is matched to it, late fees run from the last day that the old system gave it,
and until it is paid its employer is in arrears. The tax bureau has these bills: none is sent again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from backend.access import trusted_keys
from backend.audit.record import record
from backend.deployment import is_demo, require_same_deployment
from backend.feeds.between import leave_out
from backend.feeds.copying import REFUSED_MAX, TooManyRefused, copy_rows
from backend.feeds.lines import read_rows
from backend.feeds.refused import RefusedRow
from backend.feeds.signed import MANIFEST, SignedFile, count, invalid, read_signed, signed_files
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.collection import baseline
from insurance.collection.bills import bill_run, employers
from insurance.collection.bills.bill_figures import Place, modes_of
from insurance.collection.bills.bill_run import REGION
from insurance.collection.bills.bill_sql import SUMMARY
from insurance.collection.books import book_ids
from insurance.collection.matching.allocate import wait_for_others
from insurance.collection.models import ArrearsBaseline, BillRun, BillRunKind, RunState
from insurance.enrolment.queries import known_now
from insurance.policy import parameters as policy
from payments.ledger.models import Book

FORMAT = "yikatong-arrears-baseline/1"
FIELDS = frozenset(
    {
        *("format", "source_system", "region", "extracted_at", "first_period", "demo"),
        *("files", "totals", "digest", "signatures"),
    }
)
FRAME = "CREATE TEMP TABLE take_frame ON COMMIT DROP AS SELECT %s::date AS first"


class ArrearsTotalsDiffer(Refusal):
    """The rows that stand do not add up to the signed totals (控制总数不符)."""

    code = "arrears_totals_differ"


class TooManyRows(Refusal):
    """So many rows can not be taken that this is no list of arrears (不合格的行过多)."""

    code = "arrears_too_many_rows_refused"


class MonthsBilled(Refusal):
    """This system billed months that the old one is to hand over (本系统已核定这些月份)."""

    code = "arrears_months_billed_here"


@dataclass(frozen=True)
class Total:
    """What is open in a scheme at the agency that keeps its book."""

    payers: int
    rows: int
    fen: int

    def __str__(self) -> str:
        """For a sentence."""
        return f"{self.payers}个缴款人{self.rows}行{self.fen}分"


@dataclass(frozen=True)
class Manifest:
    """A manifest whose digest and signatures are right."""

    source_system: str
    first_period: Month  # the first month that is billed here
    demo: bool
    files: tuple[SignedFile, ...]
    totals: Mapping[tuple[str, str], Total]  # by agency and scheme
    digest: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Taken:
    """What a take-over wrote (接管结果); nothing when it had been taken before."""

    baseline: ArrearsBaseline
    already: bool
    rows: int


def take_over(*, folder: Path, trusted: Mapping[str, str], refused: list[RefusedRow]) -> Taken:
    """Take over the folder; ``refused`` gathers the rows that are left out.

    Rows are left out only while the signed totals still agree; otherwise nothing is taken. Persons,
    employers and enrolments must be in the register: take their baselines over before.

    Raises:
        Refusal: with ``file`` and ``line`` in its facts where it has them.
    """
    manifest = read_manifest(folder=folder, trusted=trusted)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(bill_run.LOCK)
        trusted_keys.pin(trusted=trusted, source=manifest.source_system)
        known = ArrearsBaseline.objects.filter(digest=manifest.digest).first()
        if known is not None:
            return Taken(baseline=known, already=True, rows=0)
        require_same_deployment(demo=manifest.demo, file=MANIFEST)
        bill_run.require_nothing_open()
        wait_for_others()
        _require_before_our_bills(manifest.first_period)
        _stage(cursor, folder, manifest, refused)
        _require_totals(cursor, manifest)
        return _stored(cursor, manifest, len(refused))


def read_manifest(*, folder: Path, trusted: Mapping[str, str]) -> Manifest:
    """Read and verify the manifest; ``trusted`` gives each side's public key in hex.

    Raises:
        ManifestInvalid, DigestWrong, SignatureWrong: as their sentences say.
    """
    content, digest = read_signed(folder=folder, wanted=FORMAT, fields=FIELDS, trusted=trusted)
    try:
        totals = {
            (str(t["agency"]), str(t["scheme"])): Total(
                count(t["payers"]), count(t["rows"]), count(t["fen"])
            )
            for t in content["totals"]
        }
        if len(totals) != len(content["totals"]):
            raise invalid("清单中的控制总数有重复。")
        return Manifest(
            source_system=str(content["source_system"]),
            first_period=Month.parse(content["first_period"]),
            demo=content["demo"] is True,
            files=signed_files(content=content, names=(baseline.NAME,)),
            totals=totals,
            digest=digest,
            content=content,
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise invalid("清单中有缺少的项目，或项目的内容不正确。") from None


def _require_before_our_bills(first: Month) -> None:
    """What this system billed nobody hands over: it would be asked for twice."""
    runs = BillRun.objects.filter(kind=BillRunKind.EMPLOYERS).order_by("period")
    day = runs.values_list("period", flat=True).first()
    if day is not None and first > Month.of(day):
        raise MonthsBilled(
            f"本系统自 {Month.of(day)} 起核定，移交的月份须在此以前；清单写明自 {first} 起。",
            file=MANIFEST,
        )


def _stage(cursor: Any, folder: Path, manifest: Manifest, refused: list[RefusedRow]) -> None:
    cursor.execute("DROP TABLE IF EXISTS take_frame")
    cursor.execute(FRAME, [manifest.first_period.first_day])
    cursor.execute(baseline.TABLE)
    (signed,) = manifest.files
    try:
        copy_rows(
            cursor=cursor,
            table=baseline.COPIED_TO,
            blocks=read_rows(folder=folder, signed=signed, header=baseline.HEADER),
            check=baseline.check,
            file=signed.name,
            refused=refused,
        )
        cursor.execute(baseline.LINK)
        for rule in baseline.RULES:
            leave_out(cursor=cursor, rule=rule, refused=refused)
    except TooManyRefused:
        raise TooManyRows(
            f"不能接收的行超过{REFUSED_MAX}行，第一处：{refused[0].reason}",
            file=refused[0].file,
            line=refused[0].line,
        ) from None
    refused.sort(key=lambda row: row.line)


def _require_totals(cursor: Any, manifest: Manifest) -> None:
    agencies = _agencies(manifest.first_period.first_day)
    values = {"schemes": list(agencies), "agencies": list(agencies.values())}
    cursor.execute(baseline.TOTALS, values)
    found = {(agency, scheme): Total(*sums) for agency, scheme, *sums in cursor.fetchall()}
    signed = manifest.totals
    wrong = sorted(key for key in signed.keys() | found.keys() if signed.get(key) != found.get(key))
    if wrong:
        nothing = Total(0, 0, 0)
        words = "；".join(
            f"{'/'.join(key)} 清单{signed.get(key, nothing)}，可接收{found.get(key, nothing)}"
            for key in wrong
        )
        raise ArrearsTotalsDiffer(f"控制总数不符，未接收任何数据：{words}。", file=MANIFEST)


def _agencies(on: date) -> dict[str, str]:
    """The code of the agency that keeps each scheme's book."""
    books = Book.objects.filter(pk__in=book_ids(on=on).values()).select_related("agency")
    return {book.scheme: book.agency.code for book in books}


def _stored(cursor: Any, manifest: Manifest, refused_count: int) -> Taken:
    run = _open_run(manifest)
    cursor.execute(baseline.LINES, {"run_id": run.pk})
    lines = cursor.rowcount
    cursor.execute(baseline.BILLS, {"run_id": run.pk, "region": REGION})
    bills = cursor.rowcount
    cursor.execute("SELECT collection_refresh_statistics()")
    cursor.execute(SUMMARY, {"run_id": run.pk})
    by_scheme = {scheme: fen for scheme, _, fen, _ in cursor.fetchall()}
    run.state, run.done_at = RunState.DONE, timezone.now()
    run.summary = {
        "bills": bills,
        "lines": lines,
        "fen": sum(by_scheme.values()),
        "by_scheme": by_scheme,
        "not_billed": 0,
    }
    run.save(update_fields=["state", "done_at", "summary"])
    taken = ArrearsBaseline.objects.create(
        digest=manifest.digest, manifest=manifest.content, run=run
    )
    record(
        name="collection.baseline_taken",
        subject_kind="collection.baseline",
        subject_id=str(taken.pk),
        rows=2 + lines + bills,
        details={"source_system": manifest.source_system, "refused": refused_count},
        digest=manifest.digest,
    )
    return Taken(baseline=taken, already=False, rows=lines)


def _open_run(manifest: Manifest) -> BillRun:
    """The run whose lines they are, of the month before the first that is billed here."""
    period = manifest.first_period.previous
    runs = BillRun.objects.filter(kind=BillRunKind.TAKEN_OVER, period=period.first_day)
    place = Place(REGION, manifest.first_period, manifest.first_period.first_day, is_demo())
    return BillRun.objects.create(
        kind=BillRunKind.TAKEN_OVER,
        period=period.first_day,
        ordinal=runs.count() + 1,
        known_at=known_now(),
        policy_version=policy.version(),
        reason=manifest.source_system[:200],
        parameters={
            "region": REGION,
            "first_month": period.first_day.isoformat(),
            "chunks": [],
            "modes": modes_of(place=place, districts=employers.districts()),
        },
    )
