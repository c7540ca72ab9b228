"""Typed builders (样例构造): every default is valid; all persons are invented (演示).

The cast: Wang draws a pension, Li works, Zhao is out of work, Chen is a stranger to the case.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.test import Client

from backend.access import credentials, keys
from backend.access.administer import Administrator
from backend.access.keys import UnlockedKey
from backend.access.models import Agency, Hall, RoleAssignment, Staff
from backend.access.staff import create_staff, grant_role
from backend.access.totp import code_at, step_of
from backend.cases.models import Case
from backend.cases.receive import receive_case
from backend.kernel.identity import (
    IdKind,
    Sex,
    credit_check,
    id_check_digit,
    organisation_check,
)
from backend.kernel.months import DateRange
from backend.people import queries, register
from backend.people.models import Organisation, PartyKind, Person

CHINA = timezone(timedelta(hours=8))
TODAY = date(2026, 11, 5)
NOW = datetime(2026, 11, 5, 10, 0, tzinfo=CHINA)
IN_OFFICE_SINCE = date(2020, 1, 1)
KEY_MADE_AT = datetime(2020, 1, 1, tzinfo=UTC)
PASSWORD = "yanshi-kouling-2026"
SCHEMES = ["110", "170", "210", "310", "390"]
TOTP_SECRET = b"yanshi-totp-secret-1"
# Those who have names (Wang, Li …) stand from 300 and 400 on: nobody else gets their numbers.
UNNAMED = [*range(300), *range(320, 400), *range(420, 500)]
_serials = itertools.count(1)


@dataclass(frozen=True)
class Member:
    """A member of staff with one role and an unlocked key."""

    staff: Staff
    role: str
    key: UnlockedKey


def agency(*, code: str = "34080001", name: str = "演示市社保中心") -> Agency:
    """The city's agency, once."""
    values = {"name": name, "region": "340800", "schemes": SCHEMES}
    found, _ = Agency.objects.get_or_create(code=code, defaults=values)
    return found


def hall(*, code: str = "34080001-01", name: str = "演示服务大厅") -> Hall:
    """A hall of the agency, once."""
    values = {"name": name, "agency": agency(), "district": "340802"}
    found, _ = Hall.objects.get_or_create(code=code, defaults=values)
    return found


def id_number(*, birth_date: date, sex: Sex, serial: int | None = None) -> str:
    """A citizen's number that is right by GB 11643; each call gives another."""
    if serial is None:
        serial = UNNAMED[next(_serials) % len(UNNAMED)]
    order = serial * 2 + (sex is Sex.MALE)
    digits = f"340802{birth_date:%Y%m%d}{order:03d}"
    return digits + id_check_digit(digits)


def person(
    *,
    name: str = "江明华",
    birth_date: date = date(1970, 5, 20),
    sex: Sex = Sex.MALE,
    number: str = "",
) -> Person:
    """A citizen; the one who is there already when the number is known."""
    number = number or id_number(birth_date=birth_date, sex=sex)
    known = queries.party_by_number(number=number, kind=IdKind.CITIZEN.value)
    if known is not None:
        return Person.objects.get(pk=known)
    return register.register_person(
        name=name,
        id_kind=IdKind.CITIZEN,
        id_number=number,
        birth_date=birth_date,
        sex=sex,
        nation="01",
        district="340802",
        today=TODAY,
    )


def wang() -> Person:
    """Wang is retired (退休)."""
    birth_date = date(1958, 3, 12)
    number = id_number(birth_date=birth_date, sex=Sex.FEMALE, serial=301)
    return person(name="王秀英", birth_date=birth_date, sex=Sex.FEMALE, number=number)


def li() -> Person:
    """Li works (在职)."""
    birth_date = date(1985, 7, 1)
    number = id_number(birth_date=birth_date, sex=Sex.MALE, serial=302)
    return person(name="李建国", birth_date=birth_date, number=number)


def zhao() -> Person:
    """Zhao is out of work (失业)."""
    birth_date = date(1979, 2, 28)
    number = id_number(birth_date=birth_date, sex=Sex.MALE, serial=303)
    return person(name="赵志强", birth_date=birth_date, number=number)


def chen() -> Person:
    """Chen is a stranger to the case."""
    birth_date = date(1966, 12, 31)
    number = id_number(birth_date=birth_date, sex=Sex.FEMALE, serial=304)
    return person(name="陈桂芳", birth_date=birth_date, sex=Sex.FEMALE, number=number)


def credit_code(*, serial: int = 1, district: str = "340802") -> str:
    """A credit code that is right by GB 32100."""
    body = f"MA{serial:06d}"
    code = f"91{district}{body}{organisation_check(body)}"
    return code + credit_check(code)


def employer(*, serial: int = 1, district: str = "340802", name: str = "") -> Organisation:
    """An invented company, once for each serial."""
    code = credit_code(serial=serial, district=district)
    known = queries.party_by_number(number=code, kind=register.CREDIT_CODE)
    if known is not None:
        return Organisation.objects.get(pk=known)
    return register.register_organisation(
        name=name or f"演示商贸{serial}号有限公司",
        kind=PartyKind.EMPLOYER,
        code=code,
        district=district,
        since=date(2010, 1, 1),
    )


def member(
    *,
    role: str,
    of: Person | None = None,
    username: str = "",
    at: Agency | None = None,
    since: date = IN_OFFICE_SINCE,
    level: str = "LEADER",
    employer_id: int | None = None,
) -> Member:
    """A member of staff who can sign but not log in: cheap, without any password."""
    natural = of or person(name="方卫东")
    username = username or f"{role.lower()}-{next(_serials)}"
    staff = Staff(
        username=username,
        person_id=natural.pk,
        agency=at or agency(),
        totp_sealed=credentials.seal_totp(secret=TOTP_SECRET, username=username),
    )
    staff.set_unusable_password()
    staff.save()
    assign(staff, role, since=since, level=level, employer_id=employer_id)
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    key = keys.enrol_key(staff=staff, public=public, private_sealed=b"", now=KEY_MADE_AT)
    unlocked = UnlockedKey(
        staff_id=staff.pk, person_id=staff.person_id, key_id=key.pk, private=private
    )
    return Member(staff, role, unlocked)


def assign(
    staff: Staff,
    role: str,
    *,
    since: date = IN_OFFICE_SINCE,
    until: date | None = None,
    level: str = "LEADER",
    employer_id: int | None = None,
) -> RoleAssignment:
    """Give a role without any ceremony; an approver gets the ``level``, an agent an employer."""
    given = RoleAssignment.objects.create(
        staff=staff,
        person_id=staff.person_id,
        role=role,
        level=level if role == "APPROVER" else "",
        employer_id=_employer_of(role, employer_id),
        valid=SqlRange(since, until),
    )
    given.certify()
    return given


def _employer_of(role: str, employer_id: int | None) -> int | None:
    return (employer_id or employer().pk) if role == "EMPLOYER_AGENT" else None


def staff_with_password(
    *,
    role: str,
    username: str,
    of: Person | None = None,
    at: Agency | None = None,
    employer_id: int | None = None,
) -> Staff:
    """A member of staff as the office makes them; logs in with PASSWORD and ``code``."""
    staff = create_staff(
        username=username,
        person_id=(of or person(name="操慧敏", sex=Sex.FEMALE)).pk,
        agency=at or agency(),
        hall=hall() if at is None else None,
        password=PASSWORD,
        totp_secret=TOTP_SECRET,
        now=KEY_MADE_AT,
    )
    grant_role(
        staff=staff,
        role=role,
        level="LEADER" if role == "APPROVER" else "",
        employer_id=_employer_of(role, employer_id),
        valid=DateRange(IN_OFFICE_SINCE),
        granted_by=None,
    )
    return staff


def code(*, now: datetime = NOW, drift: int = 0) -> str:
    """The one-time code that an authenticator with TOTP_SECRET shows."""
    return code_at(secret=TOTP_SECRET, step=step_of(now=now) + drift)


def administrator(*, role: str = "SECURITY_ADMIN") -> Staff:
    """Whoever administers accounts or terminals, with password and authenticator."""
    return staff_with_password(role=role, username=f"{role.lower()}-{next(_serials)}")


def administering(staff: Staff) -> Administrator:
    """Somebody with one entry in the register, as whoever administers others."""
    return Administrator(staff, frozenset({staff.person_id}))


def proof_of(client: Client) -> dict[str, str]:
    """What whoever is logged in types for the next act: his password, and a code not used yet;
    a stranger has neither."""
    if "_auth_user_id" not in client.session:
        return {}
    Staff.objects.filter(pk=client.session["_auth_user_id"]).update(totp_last_step=0)
    return {"password": PASSWORD, "code": code(now=datetime.now(tz=UTC))}


def assigned_at_api(
    client: Client, worklist: str, *, rows: Sequence[int], to: Staff, seen: str = ""
) -> Any:
    """Give rows of a worklist to an owner, as whoever looked at them just now, or has ``seen``."""
    path = f"/api/v1/{worklist}/assign"
    tag = seen or client.get(path, {"rows": ",".join(map(str, rows))})["ETag"]
    return client.post(
        path,
        {"rows": list(rows), "staff": to.pk},
        content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex, "If-Match": tag},
    )


def minutes(**changes: object) -> dict[str, object]:
    """Minutes of a meeting that decided collectively, as a case names them."""
    told: dict[str, object] = {
        "minutes": "局长办公会纪要 演示3号",
        "minutes_on": "2020-06-01",
        "minutes_document": "会议纪要扫描件 演示3号",
        "participants": [{"participant": name} for name in ("方永庆", "江守义", "查明德")],
    }
    return {**told, **changes}


def case(
    *,
    kind: str = "ACCOUNT_CHANGE",
    party: Person | None = None,
    content: Mapping[str, object] | None = None,
    received_by: int | None = None,
    origin: str = "",
    at: Agency | None = None,
) -> Case:
    """A case about Wang, received by somebody who is no member of staff."""
    clerk = person(name="石玉兰", sex=Sex.FEMALE).pk if received_by is None else received_by
    return receive_case(
        kind=kind,
        agency=at or agency(),
        party_id=(party or wang()).pk,
        content=content or {"note": "演示"},
        origin=origin,
        received_by=clerk,
    )
