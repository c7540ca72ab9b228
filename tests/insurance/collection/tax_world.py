"""Bills and declarations straight into the tables, for what is exchanged with the tax bureau."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import connection

from backend.kernel.months import Month
from insurance.collection.models import (
    Bill,
    BillLine,
    BillMode,
    BillRun,
    BillRunKind,
    DeclaredLine,
    LinePart,
    PayerKind,
    RunState,
    TaxFile,
    TaxFileKind,
)
from tests.builders import CHINA
from tests.insurance.enrolment import enrolment_builders as of

NOV = Month(2026, 11)
NOW = datetime(2026, 11, 5, 9, 0, tzinfo=CHINA)
PAY_BY = date(2026, 11, 25)


def run(kind: BillRunKind = BillRunKind.EMPLOYERS, *, period: Month = NOV) -> BillRun:
    """An open run of the month."""
    ordinal = 1 + BillRun.objects.filter(kind=kind, period=period.first_day).count()
    return BillRun.objects.create(
        kind=kind,
        period=period.first_day,
        ordinal=ordinal,
        known_at=NOW,
        policy_version="v",
        parameters={},
    )


def done(one: BillRun) -> BillRun:
    """The run is done."""
    one.state = RunState.DONE
    one.save(update_fields=["state"])
    return one


def line(
    one: BillRun,
    *,
    person_id: int | None,
    fen: int,
    part: LinePart = LinePart.PERSON,
    payer_id: int = 0,
    scheme: str = "110",
    month: Month = NOV,
) -> BillLine:
    """Somebody owes so much: a new key, or a difference of the key that is there."""
    key = {
        "payer_id": payer_id or of.employer().pk,
        "person_id": person_id,
        "scheme": scheme,
        "month": month.first_day,
        "part": part,
    }
    first = BillLine.objects.filter(**key).order_by("id").first()
    (number,) = numbers(1)
    return BillLine.objects.create(
        id=number, key_id=first.key_id if first else number, run=one, fen=fen, **key
    )


def numbers(count: int) -> list[int]:
    """So many numbers for lines to be."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval('collection_billline_id_seq') FROM generate_series(1, %s)", [count]
        )
        return [row[0] for row in cursor.fetchall()]


def bills(
    one: BillRun,
    *,
    kind: PayerKind = PayerKind.EMPLOYED,
    mode: BillMode = BillMode.ASSESSED,
    pay_by: date = PAY_BY,
) -> list[Bill]:
    """The totals of the run's lines by payer, scheme and month."""
    totals: dict[tuple[int, str, date], list[int]] = {}
    for row in BillLine.objects.filter(run=one).order_by("payer_id", "scheme", "month"):
        totals.setdefault((row.payer_id, row.scheme, row.month), []).append(row.fen)
    return [
        Bill.objects.create(
            run=one,
            kind=kind,
            payer_id=payer_id,
            scheme=scheme,
            month=month,
            district="340802",
            mode=mode,
            line_count=len(fens),
            fen=sum(fens),
            pay_by=pay_by,
        )
        for (payer_id, scheme, month), fens in totals.items()
    ]


def declarations_file(*, serial: int = 1, period: Month = NOV) -> TaxFile:
    """An accepted file of declarations, whatever it holds."""
    return TaxFile.objects.create(
        kind=TaxFileKind.DECLARATIONS,
        period=period.first_day,
        serial=serial,
        name=f"declarations-{serial:06d}.csv",
        sha256=f"{serial:064x}",
        accepted=True,
        row_count=1,
        fen=1,
    )


def declare(file: TaxFile, lines: Iterable[DeclaredLine]) -> None:
    """Put lines into a file."""
    rows = list(lines)
    for number, one in enumerate(rows, 2):
        one.file, one.line = file, number
    DeclaredLine.objects.bulk_create(rows)


def declared(
    *,
    payer_id: int | None,
    person_id: int | None,
    name: str,
    fen: int,
    scheme: str = "110",
    month: Month = NOV,
    payer_number: str = "N",
) -> DeclaredLine:
    """A line that is not written yet."""
    return DeclaredLine(
        payer_number=payer_number,
        payer_id=payer_id,
        scheme=scheme,
        month=month.first_day,
        person_number="P",
        person_name=name,
        search_name=name,
        person_id=person_id,
        base_fen=0,
        fen=fen,
    )


def people(names: Sequence[str]) -> list[int]:
    """So many invented persons with these names; their numbers."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH p AS (INSERT INTO people_party (kind)
                SELECT 'PERSON' FROM generate_series(1, %(n)s) RETURNING id),
            n AS (INSERT INTO people_person (party_id, birth_date, sex, nation, district)
                SELECT id, '1980-01-01', 1, '01', '340802' FROM p RETURNING party_id)
            SELECT party_id FROM n ORDER BY 1""",
            {"n": len(names)},
        )
        ids = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            """INSERT INTO people_partyname (party_id, name, search_name, valid)
            SELECT i, n, n, daterange('2000-01-01', NULL)
            FROM unnest(%s::bigint[], %s::text[]) t (i, n)""",
            [ids, list(names)],
        )
    return ids


def employers(count: int) -> list[int]:
    """So many invented employers, without name or number."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO people_party (kind) SELECT 'EMPLOYER' FROM generate_series(1, %s)
            RETURNING id""",
            [count],
        )
        return [row[0] for row in cursor.fetchall()]
