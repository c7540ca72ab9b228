"""Staging of a baseline (接管暂存): checked rows by COPY into tables that vanish at commit."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db import DataError, transaction

from backend.feeds.copying import copy_rows
from backend.feeds.lines import read_rows
from backend.feeds.refused import RefusedRow
from backend.feeds.signed import SignedFile
from insurance.benefits.baseline.rows import CHECKS, Frame

# Where a row names its person; of rows that do not stand by themselves only that is kept.
OWNER_COLUMN = {"entitlements": 1, "deaths": 0}

HEADERS: Mapping[str, tuple[str, ...]] = {
    "organisations": ("old_id", "name", "credit_code", "kind", "district"),
    "persons": (
        *("old_id", "name", "id_kind", "id_number", "birth_date"),
        *("sex", "nation", "district", "village"),
    ),
    "entitlements": (
        *("old_id", "person", "scheme", "start_month", "paid_through", "paid_months"),
    ),
    "components": ("entitlement", "component", "from_month", "to_month", "amount", "standing"),
    "accounts": ("person", "bank", "account_no", "holder_name", "from_date", "to_date"),
    "holds": ("entitlement", "reason", "from_month", "note"),
    "deaths": ("person", "death_date", "source"),
}

# Ids come from the register's own sequences, in the order of the files.
TABLES = """
CREATE TEMP TABLE take_organisations (
    line integer, refused boolean DEFAULT false, known boolean DEFAULT false,
    party_id bigint DEFAULT nextval(pg_get_serial_sequence('people_party', 'id')),
    old_id text COLLATE "C", name text, search_name text, credit_code text COLLATE "C",
    kind text, district text COLLATE "C"
) ON COMMIT DROP;
CREATE TEMP TABLE take_persons (
    line integer, refused boolean DEFAULT false, known boolean DEFAULT false,
    party_id bigint DEFAULT nextval(pg_get_serial_sequence('people_party', 'id')),
    old_id text COLLATE "C", name text, search_name text, id_kind text COLLATE "C",
    id_number text COLLATE "C", birth_date date, sex smallint, nation text, district text,
    village text COLLATE "C"
) ON COMMIT DROP;
CREATE TEMP TABLE take_entitlements (
    line integer, refused boolean DEFAULT false,
    id bigint DEFAULT nextval(pg_get_serial_sequence('benefits_entitlement', 'id')),
    old_id text COLLATE "C", person text COLLATE "C", scheme text COLLATE "C",
    start_month date, paid_through date, paid_months smallint
) ON COMMIT DROP;
CREATE TEMP TABLE take_components (
    line integer, refused boolean DEFAULT false, entitlement text COLLATE "C",
    component text COLLATE "C", valid daterange, fen bigint, standing text
) ON COMMIT DROP;
CREATE TEMP TABLE take_accounts (
    line integer, refused boolean DEFAULT false, person text COLLATE "C",
    bank text, account_no text, holder_name text, valid daterange
) ON COMMIT DROP;
CREATE TEMP TABLE take_holds (
    line integer, refused boolean DEFAULT false, entitlement text COLLATE "C",
    reason text, valid daterange, note text
) ON COMMIT DROP;
CREATE TEMP TABLE take_deaths (
    line integer, refused boolean DEFAULT false, person text COLLATE "C",
    death_date date, source text
) ON COMMIT DROP;
CREATE TEMP TABLE take_left_out (file text, owner text COLLATE "C") ON COMMIT DROP;
CREATE TEMP TABLE take_refused (
    found integer GENERATED ALWAYS AS IDENTITY,
    file text, line integer, col text, shown text, reason text
) ON COMMIT DROP;
"""

COLUMNS = {
    "organisations": "old_id, name, search_name, credit_code, kind, district",
    "persons": "old_id, name, search_name, id_kind, id_number, birth_date, sex, nation,"
    " district, village",
    "entitlements": "old_id, person, scheme, start_month, paid_through, paid_months",
    "components": "entitlement, component, valid, fen, standing",
    "accounts": "person, bank, account_no, holder_name, valid",
    "holds": "entitlement, reason, valid, note",
    "deaths": "person, death_date, source",
}


def create_tables(*, cursor: Any) -> None:
    """Make the staging tables of this transaction, with memory that does not grow with rows."""
    cursor.execute("SET LOCAL work_mem = '64MB'")
    with suppress(DataError), transaction.atomic():  # too late once a session has had such tables
        cursor.execute("SET LOCAL temp_buffers = '64MB'")
    cursor.execute(TABLES)


def stage(
    *, cursor: Any, folder: Path, signed: SignedFile, frame: Frame, refused: list[RefusedRow]
) -> None:
    """Check a file's rows one by one and stage those that stand; the others join ``refused``.

    Raises:
        FileDamaged: when the file is not what was signed.
        TooManyRefused: when ``refused`` grows beyond REFUSED_MAX.
    """
    name = signed.name.removesuffix(".csv")
    check = CHECKS[name]
    left_out = copy_rows(
        cursor=cursor,
        table=f"take_{name} (line, {COLUMNS[name]})",
        blocks=read_rows(folder=folder, signed=signed, header=HEADERS[name]),
        check=lambda row: check(row, frame),
        file=signed.name,
        refused=refused,
    )
    if name in OWNER_COLUMN and left_out:
        owners = [row[OWNER_COLUMN[name]] for row in left_out]
        cursor.execute(
            "INSERT INTO take_left_out (file, owner) SELECT %s, unnest(%s::text[])", [name, owners]
        )
    cursor.execute(f"ANALYZE take_{name}")
