"""Three persons who sign in the benchmark (测速用签名人): real accounts, keys and codes."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from backend.access import keys
from backend.access.keys import UnlockedKey
from backend.access.models import Agency, Role
from backend.access.staff import create_staff, grant_role
from backend.access.totp import code_at, secret_from_text, step_of
from backend.kernel.months import DateRange
from backend.people import queries

SIGNERS = ("REVIEWER", "APPROVER", "CASHIER")


def open_agency(*, office: Path) -> Agency:
    """The agency of the demo city: the baseline needs it."""
    agencies = json.loads(office.read_text(encoding="utf-8"))["agencies"]
    row = next(row for row in agencies if row["kind"] == "PENSION")
    values = {"name": row["name"], "region": row["region"], "kind": row["kind"]}
    return Agency.objects.get_or_create(code=row["code"], defaults=values)[0]


def signing_keys(*, office: Path, now: datetime) -> dict[str, UnlockedKey]:
    """By role, the unlocked key of a member of staff whose account is opened here."""
    described = json.loads(office.read_text(encoding="utf-8"))["staff"]
    agency = open_agency(office=office)
    own = [row for row in described if row["agency"] == agency.code]
    members = {role: row for row in own for role in row["roles"]}
    return {role: _key(members[role], role, agency, now) for role in SIGNERS}


def _key(row: dict[str, Any], role: str, agency: Agency, now: datetime) -> UnlockedKey:
    person_id = queries.party_by_number(number=row["id_number"], kind=row["id_kind"])
    if person_id is None:
        raise LookupError(row["username"])
    secret = secret_from_text(row["totp_secret"])
    staff = create_staff(
        username=row["username"],
        person_id=person_id,
        agency=agency,
        hall=None,
        password=row["password"],
        totp_secret=secret,
        now=now,
    )
    level = row["level"] if role == Role.APPROVER else ""
    today = timezone.localdate(now)
    grant_role(staff=staff, role=role, level=level, valid=DateRange(today), granted_by=None)
    code = code_at(secret=secret, step=step_of(now=now))
    return keys.unlock(staff=staff, password=row["password"], code=code, now=now)
