"""Take in what came in (入库明细): money of the tax bureau, whoever it is of.

A payer or person whom nobody knows here is no reason to refuse: the money is there. It waits in
suspense for people; so does what bears a number that is none of ours, as temporary ones of the tax
bureau or one with a slip of the pen. It is kept as it came, of a person with the name beside it.
"""

from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from backend.feeds import fields as f
from backend.feeds.fields import NULL, RowRefused
from backend.feeds.refused import RefusedRow
from backend.feeds.whole import Rule
from insurance.collection.models import Channel, LinePart, TaxFile, TaxFileKind
from insurance.collection.tax.tax_description import FIRST_PERIOD, Description
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

FORMAT = "yikatong-tax-receipts/1"
HEADER = (
    *("tax_no", "channel", "item", "payer_number", "payer_name", "scheme", "month"),
    *("person_number", "person_name", "part", "amount", "arrived"),
)
CHANNELS = frozenset(Channel.values)
PRINCIPAL, LATE_FEE = "PRINCIPAL", "LATE_FEE"
ITEMS = frozenset({PRINCIPAL, LATE_FEE})
SCHEMES = frozenset({"110", "170", "210", "310", "390"})
NAMED_PARTS = ("PERSON", "ON_BEHALF", "COLLECTIVE", "SUBSIDY")
PARTS = {"": NULL} | {name: str(LinePart[name].value) for name in NAMED_PARTS}

TABLES = """
DROP TABLE IF EXISTS take_receipts;
CREATE TEMP TABLE take_receipts (
    line integer, tax_no text COLLATE "C", channel text, late_fee boolean,
    payer_number text COLLATE "C", payer_name text, scheme text, month date,
    person_number text COLLATE "C", person_name text, part smallint, fen bigint, arrived date
) ON COMMIT DROP;
"""

NUMBERS = PARTIES.format(
    numbers="""SELECT payer_number AS number FROM take_receipts
    UNION SELECT person_number FROM take_receipts WHERE person_number <> ''""",
    villages="SELECT payer_number FROM take_receipts WHERE length(payer_number) = 12",
)

RECEIPTS = """
INSERT INTO collection_receipt (file_id, line, tax_no, channel, late_fee, payer_number, payer_name,
    payer_id, scheme, month, person_number, person_id, person_name, part, fen, arrived)
SELECT %s, r.line, r.tax_no, r.channel, r.late_fee, r.payer_number, r.payer_name,
    payer.party_id, r.scheme, r.month, r.person_number, person.party_id,
    CASE WHEN person.party_id IS NULL THEN r.person_name ELSE '' END, r.part, r.fen, r.arrived
FROM take_receipts r
LEFT JOIN tax_parties payer ON payer.number = r.payer_number
LEFT JOIN tax_parties person ON person.number = r.person_number AND person.is_person
ORDER BY r.line
"""


def take_receipts(
    *,
    path: Path,
    today: date,
    name: str = "",
    received_by: int | None = None,
    refused: list[RefusedRow] | None = None,
) -> TaxFile:
    """Take in the receipts that the JSON at ``path`` describes; see ``tax_intake.take_in``.

    ``refused`` gathers the rows that can not be taken.
    """
    arrival = Arrival(path, today, name, received_by, [] if refused is None else refused)
    intake = Intake(SHAPE, arrival, partial(_row, today), _judge, _store)
    return take_in(intake=intake)


def _row(today: date, row: list[str]) -> tuple[str, ...]:
    """One receipt, checked alone."""
    tax_no, channel, item, payer, payer_name, scheme, month, person, name, part, fen, day = row
    f.document_no(tax_no, "tax_no")
    f.one_of(channel, CHANNELS, "channel", "入库渠道")
    f.one_of(item, ITEMS, "item", "征收品目")
    payer, payer_name = number_of_payer(payer), f.as_it_came(payer_name, NAME_MAX)
    f.one_of(scheme, SCHEMES, "scheme", "险种")
    first = f.month(month, "month") if month else NULL
    person = number_of_person(person) if person else ""
    name = f.as_it_came(name, NAME_MAX)
    if part not in PARTS or (part and item == LATE_FEE):
        raise RowRefused("没有这种款项，滞纳金不写款项。", column="part", value=part)
    amount = f.fen(fen)
    f.day_between(day, "arrived", FIRST_PERIOD.first_day, today)
    late_fee = "t" if item == LATE_FEE else "f"
    return (
        *(tax_no, channel, late_fee, payer, payer_name, scheme, first, person),
        *(name, PARTS[part], amount, day),
    )


def _judge(cursor: Any, told: Description) -> list[Rule]:
    cursor.execute(NUMBERS)
    last = told.period.last_day
    return [
        Rule(
            "tax_no",
            "同一税票号在文件中出现两次。",
            """SELECT line, tax_no FROM take_receipts WHERE tax_no IN (
                SELECT tax_no FROM take_receipts GROUP BY 1 HAVING count(*) > 1)""",
            code="tax_no_twice",
        ),
        Rule(
            "tax_no",
            "此税票号以前已经入库。",
            "SELECT t.line, tax_no FROM take_receipts t JOIN collection_receipt r USING (tax_no)",
            code="tax_no_received",
        ),
        Rule(
            "arrived",
            "入库日期晚于文件的业务月份。",
            f"SELECT line, arrived::text FROM take_receipts WHERE arrived > '{last}'",
            code=AFTER_PERIOD,
        ),
    ]


def _store(cursor: Any, file: TaxFile) -> int:
    return write_many(cursor=cursor, statement=RECEIPTS, file=file)


SHAPE = Shape(
    kind=TaxFileKind.RECEIPTS,
    format=FORMAT,
    header=HEADER,
    tables=TABLES,
    copied_to=(
        "take_receipts (line, tax_no, channel, late_fee, payer_number, payer_name, scheme, month,"
        " person_number, person_name, part, fen, arrived)"
    ),
)
