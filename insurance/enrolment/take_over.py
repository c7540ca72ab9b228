"""Take over who is insured (接管参保关系和工资): a folder that both sides signed, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from backend.access import trusted_keys
from backend.audit.record import record
from backend.deployment import require_same_deployment
from backend.feeds import copying
from backend.feeds.between import leave_out
from backend.feeds.copying import TooManyRefused, copy_rows
from backend.feeds.lines import read_rows
from backend.feeds.refused import RefusedRow
from backend.feeds.signed import (
    MANIFEST,
    SignedFile,
    count,
    invalid,
    read_signed,
    signed_files,
)
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.enrolment import baseline
from insurance.enrolment.locks import lock_all
from insurance.enrolment.models import EnrolmentBaseline

FORMAT = "yikatong-enrolment-baseline/1"
FIELDS = frozenset(
    {
        *("format", "source_system", "region", "extracted_at", "first_period", "demo"),
        *("files", "totals", "digest", "signatures"),
    }
)
SHOWN_DIFFERENCES = 5
Totals = Mapping[tuple[str, str], tuple[int, int]]


class EnrolmentTotalsDiffer(Refusal):
    """The rows that stand do not add up to the signed totals (控制总数不符)."""

    code = "enrolment_totals_differ"


class TooManyRows(Refusal):
    """So many rows can not be taken that this is no roll (不合格的行过多)."""

    code = "enrolment_too_many_rows_refused"


@dataclass(frozen=True)
class Manifest:
    """A manifest whose digest and signatures are right."""

    source_system: str
    first_period: Month
    demo: bool
    files: tuple[SignedFile, ...]
    totals: Totals  # by scheme and kind: people insured in the first period, fen of their wages
    digest: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Taken:
    """What a take-over wrote (接管结果); nothing when it had been taken before."""

    baseline: EnrolmentBaseline
    already: bool
    rows: Mapping[str, int]


def take_over(*, folder: Path, trusted: Mapping[str, str], refused: list[RefusedRow]) -> Taken:
    """Take over the folder; ``refused`` gathers the rows that are left out.

    Rows are left out only while the signed totals still agree; otherwise nothing is taken. Persons
    and employers must be in the register: take the baseline of persons over before.

    Raises:
        Refusal: with ``file`` and ``line`` in its facts where it has them.
    """
    manifest = read_manifest(folder=folder, trusted=trusted)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        lock_all()
        trusted_keys.pin(trusted=trusted, source=manifest.source_system)
        known = EnrolmentBaseline.objects.filter(digest=manifest.digest).first()
        if known is not None:
            return Taken(baseline=known, already=True, rows={})
        require_same_deployment(demo=manifest.demo, file=MANIFEST)
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
            (str(t["scheme"]), str(t["kind"])): (count(t["people"]), count(t["wage_fen"]))
            for t in content["totals"]
        }
        if len(totals) != len(content["totals"]):
            raise invalid("清单中的控制总数有重复。")
        return Manifest(
            source_system=str(content["source_system"]),
            first_period=Month.parse(content["first_period"]),
            demo=content["demo"] is True,
            files=signed_files(content=content, names=baseline.NAMES),
            totals=totals,
            digest=digest,
            content=content,
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise invalid("清单中有缺少的项目，或项目的内容不正确。") from None


def _stage(cursor: Any, folder: Path, manifest: Manifest, refused: list[RefusedRow]) -> None:
    cursor.execute(baseline.TABLES)
    try:
        for signed in manifest.files:
            name = signed.name.removesuffix(".csv")
            copy_rows(
                cursor=cursor,
                table=baseline.COPIED_TO[name],
                blocks=read_rows(folder=folder, signed=signed, header=baseline.HEADERS[name]),
                check=baseline.CHECKS[name],
                file=signed.name,
                refused=refused,
            )
            cursor.execute(baseline.LINK.format(name=name))
        for rule in baseline.RULES:
            leave_out(cursor=cursor, rule=rule, refused=refused)
    except TooManyRefused:
        raise _too_many(refused) from None
    refused.sort(key=lambda row: (row.file, row.line))


def _too_many(refused: list[RefusedRow]) -> TooManyRows:
    first = refused[0]
    return TooManyRows(
        f"不能接收的行超过{copying.REFUSED_MAX}行，第一处：{first.reason}",
        file=first.file,
        line=first.line,
    )


def _require_totals(cursor: Any, manifest: Manifest) -> None:
    cursor.execute(baseline.TOTALS, {"month": manifest.first_period.first_day})
    found = {(scheme, kind): (people, fen) for scheme, kind, people, fen in cursor.fetchall()}
    signed = manifest.totals
    wrong = sorted(key for key in signed.keys() | found.keys() if signed.get(key) != found.get(key))
    if wrong:
        words = (
            f"{'/'.join(key)} 清单{_figures(signed.get(key))}，可接收{_figures(found.get(key))}"
            for key in wrong[:SHOWN_DIFFERENCES]
        )
        raise EnrolmentTotalsDiffer(
            f"控制总数有{len(wrong)}项不符，未接收任何数据：{'；'.join(words)}。",
            file=MANIFEST,
            differences=len(wrong),
        )


def _figures(figures: tuple[int, int] | None) -> str:
    people, fen = figures or (0, 0)
    return f"{people}人工资{fen}分"


def _stored(cursor: Any, manifest: Manifest, refused_count: int) -> Taken:
    taken = EnrolmentBaseline.objects.create(digest=manifest.digest, manifest=manifest.content)
    written = {}
    for table, statement in baseline.STORE.items():
        cursor.execute(statement, {"baseline": taken.pk})
        written[table] = cursor.rowcount
    cursor.execute("SELECT enrolment_refresh_statistics()")
    record(
        name="enrolment.baseline_taken",
        subject_kind="enrolment.baseline",
        subject_id=str(taken.pk),
        rows=1 + sum(written.values()),
        details={
            "source_system": manifest.source_system,
            "tables": written,
            "refused": refused_count,
        },
        digest=manifest.digest,
    )
    return Taken(baseline=taken, already=False, rows=written)
