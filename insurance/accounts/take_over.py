"""Take over accounts by year (接管个人账户): a folder that both sides signed, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from backend.access import trusted_keys
from backend.audit.record import record
from backend.deployment import require_same_deployment
from backend.feeds.between import leave_out
from backend.feeds.copying import REFUSED_MAX, TooManyRefused, copy_rows
from backend.feeds.lines import read_rows
from backend.feeds.refused import RefusedRow
from backend.feeds.signed import MANIFEST, SignedFile, count, invalid, read_signed, signed_files
from backend.kernel.errors import Refusal
from insurance.accounts import baseline
from insurance.accounts.models import AccountBaseline, InterestRun

FORMAT = "yikatong-account-baseline/1"
FIELDS = frozenset(
    {
        *("format", "source_system", "region", "extracted_at", "first_year", "demo"),
        *("files", "totals", "digest", "signatures"),
    }
)
YEARS = range(2000, 2200)
FRAME = "CREATE TEMP TABLE take_frame ON COMMIT DROP AS SELECT %s::integer AS first_year"


class AccountTotalsDiffer(Refusal):
    """The rows that stand do not add up to the signed totals (控制总数不符)."""

    code = "account_totals_differ"


class TooManyRows(Refusal):
    """So many rows can not be taken that this is no roll (不合格的行过多)."""

    code = "account_too_many_rows_refused"


class YearClosed(Refusal):
    """The first year was closed here before (该年度已经计息)."""

    code = "account_year_closed"


@dataclass(frozen=True)
class Manifest:
    """A manifest whose digest and signatures are right."""

    source_system: str
    first_year: int  # the first whose interest is computed here
    demo: bool
    files: tuple[SignedFile, ...]
    totals: Mapping[str, tuple[int, int]]  # by scheme: people, fen
    digest: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Taken:
    """What a take-over wrote (接管结果); nothing when it had been taken before."""

    baseline: AccountBaseline
    already: bool
    rows: int


def take_over(*, folder: Path, trusted: Mapping[str, str], refused: list[RefusedRow]) -> Taken:
    """Take over the folder; ``refused`` gathers the rows that are left out.

    Rows are left out only while the signed totals still agree; otherwise nothing is taken. Persons
    must be in the register: take the baseline of persons over before.

    Raises:
        Refusal: with ``file`` and ``line`` in its facts where it has them.
    """
    manifest = read_manifest(folder=folder, trusted=trusted)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT accounts_wait_for_entries()")
        trusted_keys.pin(trusted=trusted, source=manifest.source_system)
        known = AccountBaseline.objects.filter(digest=manifest.digest).first()
        if known is not None:
            return Taken(baseline=known, already=True, rows=0)
        require_same_deployment(demo=manifest.demo, file=MANIFEST)
        closed = InterestRun.objects.filter(
            scheme__in=manifest.totals, year__gte=manifest.first_year
        )
        if closed.exists():
            raise YearClosed(f"{manifest.first_year} 年已经计息，不能再接管。", file=MANIFEST)
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
            str(t["scheme"]): (count(t["people"]), count(t["fen"])) for t in content["totals"]
        }
        if len(totals) != len(content["totals"]) or content["first_year"] not in YEARS:
            raise invalid("清单中的控制总数有重复，或首个年度不正确。")
        return Manifest(
            source_system=str(content["source_system"]),
            first_year=int(content["first_year"]),
            demo=content["demo"] is True,
            files=signed_files(content=content, names=(baseline.NAME,)),
            totals=totals,
            digest=digest,
            content=content,
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise invalid("清单中有缺少的项目，或项目的内容不正确。") from None


def _stage(cursor: Any, folder: Path, manifest: Manifest, refused: list[RefusedRow]) -> None:
    cursor.execute("DROP TABLE IF EXISTS take_frame")
    cursor.execute(FRAME, [manifest.first_year])
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
    cursor.execute(baseline.TOTALS)
    found = {scheme: (people, fen) for scheme, people, fen in cursor.fetchall()}
    signed = manifest.totals
    wrong = sorted(key for key in signed.keys() | found.keys() if signed.get(key) != found.get(key))
    if wrong:
        words = "；".join(
            f"{key} 清单{_figures(signed.get(key))}，可接收{_figures(found.get(key))}"
            for key in wrong
        )
        raise AccountTotalsDiffer(f"控制总数不符，未接收任何数据：{words}。", file=MANIFEST)


def _figures(figures: tuple[int, int] | None) -> str:
    people, fen = figures or (0, 0)
    return f"{people}人{fen}分"


def _stored(cursor: Any, manifest: Manifest, refused_count: int) -> Taken:
    taken = AccountBaseline.objects.create(digest=manifest.digest, manifest=manifest.content)
    first_month = date(manifest.first_year, 1, 1)
    cursor.execute(baseline.STORE, {"baseline": taken.pk, "first_month": first_month})
    rows = cursor.rowcount
    cursor.execute("SELECT accounts_refresh_statistics()")
    record(
        name="accounts.baseline_taken",
        subject_kind="accounts.baseline",
        subject_id=str(taken.pk),
        rows=1 + rows,
        details={"source_system": manifest.source_system, "refused": refused_count},
        digest=manifest.digest,
    )
    return Taken(baseline=taken, already=False, rows=rows)
