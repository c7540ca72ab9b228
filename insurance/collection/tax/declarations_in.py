"""Take in what employers declared at the tax bureau (申报明细): line by line, whoever it is of.

Nothing of ours changes by it: ``compare`` holds it against the register. A number or name that
nobody can read stops no file: the line is of somebody unknown, and a finding.
"""

from datetime import date
from pathlib import Path
from typing import Any

from backend.feeds import fields as f
from backend.feeds.refused import RefusedRow
from backend.feeds.whole import Rule
from backend.kernel.names import search_form
from insurance.collection.models import TaxFile, TaxFileKind
from insurance.collection.tax.receipts_in import SCHEMES
from insurance.collection.tax.tax_description import Description
from insurance.collection.tax.tax_intake import (
    AFTER_PERIOD,
    Arrival,
    Intake,
    Shape,
    take_in,
    write_many,
)
from insurance.collection.tax.tax_numbers import (
    NAME_MAX,
    PARTIES,
    number_of_payer,
    number_of_person,
)

FORMAT = "yikatong-tax-declarations/1"
HEADER = ("payer_number", "scheme", "month", "person_number", "person_name", "base", "amount")

TABLES = """
DROP TABLE IF EXISTS take_declarations;
CREATE TEMP TABLE take_declarations (
    line integer, payer_number text COLLATE "C", scheme text, month date,
    person_number text COLLATE "C", person_name text, search_name text, base_fen bigint, fen bigint
) ON COMMIT DROP;
"""

NUMBERS = PARTIES.format(
    numbers="""SELECT payer_number AS number FROM take_declarations
    UNION SELECT person_number FROM take_declarations""",
    villages="SELECT payer_number FROM take_declarations WHERE length(payer_number) = 12",
)

LINES = """
INSERT INTO collection_declaredline (file_id, line, payer_number, payer_id, scheme, month,
    person_number, person_name, search_name, person_id, base_fen, fen)
SELECT %s, d.line, d.payer_number, payer.party_id, d.scheme, d.month,
    d.person_number, d.person_name, d.search_name, person.party_id, d.base_fen, d.fen
FROM take_declarations d
LEFT JOIN tax_parties payer ON payer.number = d.payer_number
LEFT JOIN tax_parties person ON person.number = d.person_number AND person.is_person
ORDER BY d.line
"""


def take_declarations(
    *,
    path: Path,
    today: date,
    name: str = "",
    received_by: int | None = None,
    refused: list[RefusedRow] | None = None,
) -> TaxFile:
    """Take in the declarations that the JSON at ``path`` describes; see ``tax_intake.take_in``.

    ``refused`` gathers the rows that can not be taken.
    """
    arrival = Arrival(path, today, name, received_by, [] if refused is None else refused)
    return take_in(intake=Intake(SHAPE, arrival, _row, _judge, _store))


def _row(row: list[str]) -> tuple[str, ...]:
    """A person's line, checked alone."""
    payer, scheme, month, person, name, base, amount = row
    payer = number_of_payer(payer)
    f.one_of(scheme, SCHEMES, "scheme", "险种")
    first = f.month(month, "month")
    person = number_of_person(person)
    shown = f.as_it_came(name, NAME_MAX)
    found_by = f.as_it_came(search_form(name), NAME_MAX) or person
    base_fen = f.fen_or_zero(base, "base")
    return payer, scheme, first, person, shown, found_by, base_fen, f.fen(amount)


def _judge(cursor: Any, told: Description) -> list[Rule]:
    cursor.execute(NUMBERS)
    period = told.period.first_day
    late = f"SELECT line, month::text FROM take_declarations WHERE month > '{period}'"
    return [Rule("month", "所属月份晚于文件的业务月份。", late, code=AFTER_PERIOD)]


def _store(cursor: Any, file: TaxFile) -> int:
    return write_many(cursor=cursor, statement=LINES, file=file)


SHAPE = Shape(
    kind=TaxFileKind.DECLARATIONS,
    format=FORMAT,
    header=HEADER,
    tables=TABLES,
    copied_to=(
        "take_declarations (line, payer_number, scheme, month, person_number, person_name,"
        " search_name, base_fen, fen)"
    ),
)
