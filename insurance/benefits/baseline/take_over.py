"""Take over what the old system pays (接管基线): whole and in agreement, or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from backend.access import trusted_keys
from backend.access.models import Agency
from backend.audit.record import record
from backend.deployment import require_same_deployment
from backend.feeds.copying import REFUSED_MAX, TooManyRefused
from backend.feeds.lines import FileDamaged
from backend.feeds.refused import RefusedRow
from backend.feeds.signed import MANIFEST
from backend.kernel.errors import Refusal
from insurance.benefits.baseline.cross_checks import check_between_rows, deaths_that_count
from insurance.benefits.baseline.manifest import Manifest, read_manifest
from insurance.benefits.baseline.rows import Frame
from insurance.benefits.baseline.staging import create_tables, stage
from insurance.benefits.baseline.store import staged_totals, store_staged
from insurance.benefits.models import Baseline, BaselineRefused
from payments.ledger.books import ensure_books
from payments.ledger.models import Book

SHOWN_DIFFERENCES = 5


class TotalsDiffer(Refusal):
    """The rows that stand do not add up to the signed totals (控制总数不符)."""

    code = "baseline_totals_differ"


class PaidInSpite(Refusal):
    """A hold or a death is left out, so that somebody would be paid (暂缓或死亡信息不能接收)."""

    code = "baseline_hold_or_death_refused"


class SchemeWithoutBook(Refusal):
    """The agency keeps no book of a scheme of the roll (险种没有账套)."""

    code = "baseline_scheme_without_book"


class TooManyRows(Refusal):
    """So many rows can not be taken that this is no roll (不合格的行过多)."""

    code = "baseline_too_many_rows_refused"


class AgencyMissing(Refusal):
    """No agency, or more than one, runs the pensions of the region (经办机构不明确)."""

    code = "baseline_agency_missing"


@dataclass(frozen=True)
class Taken:
    """What a take-over wrote (接管结果); nothing when it had been taken before."""

    baseline: Baseline
    already: bool
    rows: Mapping[str, int]


def take_over(*, folder: Path, trusted: Mapping[str, str], refused: list[RefusedRow]) -> Taken:
    """Take over the baseline in ``folder``; ``refused`` gathers the rows that are left out.

    One transaction. Rows are left out only while the signed control totals still agree and nobody
    would be paid for want of a hold or a death; otherwise nothing is taken, and ``refused`` says
    which rows are to blame.

    Raises:
        Refusal: with ``file`` and ``line`` in its facts where it has them.
    """
    manifest = read_manifest(folder=folder, trusted=trusted)
    with transaction.atomic(), connection.cursor() as cursor:
        # Checked by each statement, or millions of foreign keys queue in memory until commit.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('benefits.baseline'))")
        trusted_keys.pin(trusted=trusted, source=manifest.source_system)
        known = Baseline.objects.filter(digest=manifest.digest).first()
        if known is not None:
            return Taken(baseline=known, already=True, rows={})
        require_same_deployment(demo=manifest.demo, file=MANIFEST)
        books = _books(manifest)
        _stage_all(cursor, folder, manifest, refused)
        _require_books(cursor, books)
        _require_totals(cursor, manifest, books)
        _require_holds_and_deaths(cursor, refused)
        return _stored(cursor, manifest, books, refused)


def _stage_all(cursor: Any, folder: Path, manifest: Manifest, refused: list[RefusedRow]) -> None:
    create_tables(cursor=cursor)
    frame = Frame(
        extracted_on=manifest.extracted_on,
        first_period=manifest.first_period,
        demo=manifest.demo,
    )
    try:
        for signed in manifest.files:
            stage(cursor=cursor, folder=folder, signed=signed, frame=frame, refused=refused)
    except TooManyRefused:
        raise _too_many(refused) from None
    except FileDamaged as damaged:
        raise _with_first_line(damaged, refused) from None
    refused.extend(check_between_rows(cursor=cursor))
    order = {signed.name: place for place, signed in enumerate(manifest.files)}
    refused.sort(key=lambda row: (order[row.file], row.line))
    if len(refused) > REFUSED_MAX:
        raise _too_many(refused)


def _too_many(refused: list[RefusedRow]) -> TooManyRows:
    first = refused[0]
    return TooManyRows(
        f"不能接收的行超过{REFUSED_MAX}行，第一处：{first.reason}", file=first.file, line=first.line
    )


def _with_first_line(damaged: FileDamaged, refused: list[RefusedRow]) -> FileDamaged:
    """A wrong digest alone names no line: the file's first row that does not stand does."""
    name = damaged.facts.get("file")
    rows = [row for row in refused if row.file == name]
    if "line" in damaged.facts or not rows:
        return damaged
    return FileDamaged(
        f"{damaged.detail}第{rows[0].line}行：{rows[0].reason}", file=name, line=rows[0].line
    )


def _require_books(cursor: Any, books: Mapping[str, Book]) -> None:
    cursor.execute("SELECT DISTINCT scheme FROM take_entitlements WHERE NOT refused ORDER BY 1")
    missing = [scheme for (scheme,) in cursor.fetchall() if scheme not in books]
    if missing:
        raise SchemeWithoutBook(
            f"险种{'、'.join(missing)}没有账套，未接收任何数据，请先配置基金。",
            schemes=missing,
        )


def _require_holds_and_deaths(cursor: Any, refused: list[RefusedRow]) -> None:
    """A hold or a payee's death that can not be taken would pay out what must not be paid."""
    holds = [row for row in refused if row.file == "holds.csv"]
    deaths = [row for row in refused if row.file == "deaths.csv"]
    wrong = holds + (deaths if deaths and deaths_that_count(cursor=cursor) else [])
    if wrong:
        first = wrong[0]
        raise PaidInSpite(
            "有暂缓或死亡信息不能接收，接管后会向这些人发放，未接收任何数据。"
            f"第一处：{first.reason}",
            file=first.file,
            line=first.line,
        )


def _require_totals(cursor: Any, manifest: Manifest, books: Mapping[str, Book]) -> None:
    """People and fen per scheme, pool region and component in force in the first period."""
    signed = {(t.scheme, t.pool_region, t.component): (t.people, t.fen) for t in manifest.totals}
    found = {
        (scheme, books[scheme].pool_region, component): figures
        for (scheme, component), figures in staged_totals(
            cursor=cursor, month=manifest.first_period.first_day
        ).items()
    }
    wrong = sorted(key for key in signed.keys() | found.keys() if signed.get(key) != found.get(key))
    if wrong:
        words = (
            f"{'/'.join(key)} 清单{_figures(signed.get(key))}，可接收{_figures(found.get(key))}"
            for key in wrong[:SHOWN_DIFFERENCES]
        )
        raise TotalsDiffer(
            f"控制总数有{len(wrong)}项不符，未接收任何数据：{'；'.join(words)}。",
            file=MANIFEST,
            differences=len(wrong),
        )


def _figures(figures: tuple[int, int] | None) -> str:
    people, fen = figures or (0, 0)
    return f"{people}人{fen}分"


def _stored(
    cursor: Any, manifest: Manifest, books: Mapping[str, Book], refused: Sequence[RefusedRow]
) -> Taken:
    baseline = Baseline.objects.create(digest=manifest.digest, manifest=manifest.content)
    written = store_staged(
        cursor=cursor,
        baseline_id=baseline.pk,
        books=[book.pk for book in books.values()],
        evidence=f"接管基线 {manifest.digest[:16]}",
    )
    BaselineRefused.objects.bulk_create(
        BaselineRefused(baseline=baseline, **asdict(row)) for row in refused
    )
    cursor.execute("SELECT benefits_refresh_statistics()")
    record(
        name="benefits.baseline_taken",
        subject_kind="benefits.baseline",
        subject_id=str(baseline.pk),
        rows=1 + sum(written.values()) + len(refused),
        details={
            "source_system": manifest.source_system,
            "tables": written,
            "refused": len(refused),
        },
        digest=manifest.digest,
    )
    return Taken(baseline=baseline, already=False, rows=written)


def _books(manifest: Manifest) -> dict[str, Book]:
    """The books of the region's pension agency by scheme, opened when they are not there."""
    agencies = list(Agency.objects.filter(region=manifest.region, kind="PENSION")[:2])
    if len(agencies) != 1:
        raise AgencyMissing("本地区没有唯一的养老保险经办机构，请先设置。", region=manifest.region)
    books = ensure_books(agency=agencies[0], on=manifest.first_period.first_day)
    return {book.scheme: book for book in books}
