"""Writes the files of the tax bureau with their descriptions (演示): a CSV, the JSON beside it."""

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from insurance.collection.tax import receipts_in
from tests import builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.feed_files import number_of

PERIOD = "2026-11"


def write(
    folder: Path,
    lines: Sequence[str],
    *,
    header: Sequence[str] = receipts_in.HEADER,
    wanted: str = receipts_in.FORMAT,
    stem: str = "receipts",
    serial: int = 1,
    total: str | None = None,
    **changes: Any,
) -> Path:
    """Write both files; give the path of the description."""
    text = "".join(f"{row}\n" for row in (",".join(header), *lines))
    path = folder / f"{stem}-{serial:06d}.json"
    path.with_suffix(".csv").write_text(text)
    content = {
        "format": wanted,
        "source": "演示税务局",
        "serial": serial,
        "period": PERIOD,
        "rows": len(lines),
        "total": sum_of(lines, header.index("amount")) if total is None else total,
        "sha256": sha256(text.encode()).hexdigest(),
    }
    path.write_text(json.dumps({**content, **changes}, ensure_ascii=False))
    return path


def sum_of(lines: Sequence[str], column: int) -> str:
    """What the rows make, in yuan."""
    amounts = (line.split(",")[column].replace(".", "") for line in lines)
    fen = sum(int(amount) for amount in amounts if amount.isdigit())
    return f"{fen // 100}.{fen % 100:02d}"


def receipt(
    *,
    tax_no: str = "YS20260000000001",
    channel: str = "TAX",
    item: str = "PRINCIPAL",
    payer: str = "",
    payer_name: str = "演示商贸1号有限公司",
    scheme: str = "110",
    month: str = "2026-11",
    person: str = "",
    person_name: str = "",
    part: str = "",
    amount: str = "1440.00",
    arrived: str = "2026-11-05",
) -> str:
    """The company paid 1,440 yuan for November."""
    facts = (tax_no, channel, item, payer or of.credit_code(), payer_name, scheme, month)
    return ",".join((*facts, person, person_name, part, amount, arrived))


def lis_number() -> str:
    """The number that Li bears."""
    return number_of(builders.li().pk)
