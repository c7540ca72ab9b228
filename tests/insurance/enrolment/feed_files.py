"""Writes rosters and rolls with their descriptions (演示): a CSV and the JSON beside it."""

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from backend.people import queries
from insurance.enrolment import roll
from insurance.enrolment.roster import FORMAT, HEADER
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of


def number_of(person_id: int) -> str:
    """The number that somebody bears."""
    on = builders.TODAY
    return queries.sights(party_ids=[person_id], on=on)[person_id].number


def write(
    folder: Path,
    lines: Sequence[str],
    *,
    header: Sequence[str] = HEADER,
    wanted: str = FORMAT,
    name: str = "roster-2026-11",
    **changes: Any,
) -> Path:
    """Write both files; give the path of the description."""
    text = "".join(f"{row}\n" for row in (",".join(header), *lines))
    (folder / f"{name}.csv").write_text(text)
    digest = sha256(text.encode()).hexdigest()
    content = {"format": wanted, "source": "演示单位", "rows": len(lines), "sha256": digest}
    path = folder / f"{name}.json"
    path.write_text(json.dumps({**content, **changes}, ensure_ascii=False))
    return path


def roster_row(
    *,
    change: str = "JOIN",
    number: str = "",
    name: str = "李建国",
    code: str = "",
    schemes: str = "110+210+310",
    month: str = "2026-11",
    wage: str | None = None,
) -> str:
    """Li joins the company in November on 6,000 yuan."""
    wage = ("6000.00" if change == "JOIN" else "") if wage is None else wage
    number, code = number or number_of(builders.li().pk), code or of.credit_code()
    return ",".join((change, "CITIZEN", number, name, code, schemes, month, wage))


def write_roll(folder: Path, lines: Sequence[str], **changes: Any) -> Path:
    """Write a roll with its description."""
    return write(folder, lines, header=roll.HEADER, wanted=roll.FORMAT, name="roll-2027", **changes)


def roll_row(
    *,
    number: str = "",
    name: str = "陈桂芳",
    village: str = of.VILLAGE,
    scheme: str = "170",
    year: str = "2027",
    level: str | None = None,
    group: str = "",
    collective: str = "",
    subsidised: str = "1",
) -> str:
    """Chen pays 1,000 yuan for 2027 in her village."""
    level = ("1000.00" if scheme == "170" else "") if level is None else level
    number = number or number_of(builders.chen().pk)
    facts = ("CITIZEN", number, name, village, scheme, year, level, group, collective, subsidised)
    return ",".join(facts)
