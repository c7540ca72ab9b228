"""Writes small signed arrears baselines (欠缴接管样例): every default is valid."""

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from backend.feeds.refused import RefusedRow
from backend.feeds.signed import canonical
from backend.people.models import Organisation
from insurance.collection.baseline import HEADER
from insurance.collection.take_over import FORMAT, Taken, take_over
from insurance.enrolment.models import Enrolment, Kind, Source
from tests import builders
from tests.insurance.benefits.baseline_files import KEYS, TRUSTED
from tests.insurance.collection import match_city as city
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.feed_files import number_of

TOTALS = [
    {"agency": "34080001", "scheme": "110", "payers": 2, "rows": 3, "fen": 2_440_00},
    {"agency": "34080001", "scheme": "210", "payers": 1, "rows": 1, "fen": 30_00},
]


def li_row(**changes: str) -> str:
    """Li's own share of October, at the company."""
    row = {
        "payer": of.credit_code(), "id_kind": "CITIZEN", "id_number": number_of(builders.li().pk),
        "scheme": "110", "month": "2026-10", "part": "PERSON", "amount": "480.00",
        "account": "480.00", "pay_by": "2026-10-25",
    }  # fmt: skip
    return ",".join((row | changes)[name] for name in HEADER)


def default_rows() -> list[str]:
    """The company owes Li's October; Chen, who pays alone, may still pay hers."""
    return [
        li_row(),
        li_row(part="EMPLOYER", amount="960.00", account=""),
        li_row(scheme="210", amount="30.00", account=""),
        chen_row(),
    ]


def chen_row(**changes: str) -> str:
    """Chen's October, payable to the end of the year."""
    row = {"payer": "", "id_number": number_of(builders.chen().pk), "pay_by": "2026-12-31"}
    return li_row(**({**row, "amount": "1000.00", "account": "400.00"} | changes))


def write(folder: Path, rows: Sequence[str] | None = None, **changes: Any) -> Path:
    """Write the file and the signed manifest; give the folder."""
    lines = default_rows() if rows is None else rows
    text = "".join(f"{line}\n" for line in (",".join(HEADER), *lines))
    (folder / "arrears.csv").write_text(text)
    described = {
        "name": "arrears.csv",
        "rows": len(lines),
        "sha256": sha256(text.encode()).hexdigest(),
    }
    content = {
        "format": FORMAT, "source_system": "演示原系统", "region": "340800",
        "extracted_at": "2026-10-31T18:00:00+08:00", "first_period": "2026-11", "demo": True,
        "files": [described], "totals": TOTALS,
    } | changes  # fmt: skip
    digest = sha256(canonical(content)).hexdigest()
    signatures = [
        {
            "side": side,
            "name": "演示",
            "public_key": TRUSTED[side],
            "signature": key.sign(f"{FORMAT}\n{digest}".encode()).hex(),
        }
        for side, key in KEYS.items()
    ]
    signed = {**content, "digest": digest, "signatures": signatures}
    (folder / "manifest.json").write_text(json.dumps(signed, ensure_ascii=False))
    return folder


def take(folder: Path) -> tuple[Taken, list[RefusedRow]]:
    """Take it over; what was taken, and the rows that were not."""
    refused: list[RefusedRow] = []
    return take_over(folder=folder, trusted=TRUSTED, refused=refused), refused


def insured() -> Organisation:
    """Li works at the company since 2020, Chen pays alone since January."""
    for scheme in ("110", "210"):
        of.enrolment(scheme=scheme)
    of.wage()
    of.enrolment(person_id=builders.chen().pk, kind=Kind.FLEXIBLE, valid=of.months("2026-01"))
    return of.employer()


def many_insured(payer_id: int, count: int) -> list[int]:
    """So many persons who work at the company since 2020."""
    city.write_parties(payers=0)
    persons = list(range(city.FIRST_PERSON, city.FIRST_PERSON + count))
    of_li = {
        "scheme": "110", "kind": Kind.EMPLOYED, "payer_id": payer_id, "district": "340802",
        "valid": of.months("2020-01"), "source": Source.DESK,
    }  # fmt: skip
    Enrolment.objects.bulk_create(Enrolment(person_id=one, **of_li) for one in persons)
    return persons
