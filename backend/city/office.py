"""Set a bureau up from its file (机构、大厅、人员开通): repeated, it adds only what is missing.

Accounts and roles are given so by one person alone: in a live database once, before anybody works.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from backend.access.models import Agency, Hall, Role, RoleAssignment, Staff
from backend.access.security_admins import require_two
from backend.access.staff import create_staff, grant_role
from backend.access.totp import secret_from_text
from backend.audit.record import record
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.months import DateRange
from backend.people import queries
from backend.people.models import Organisation, PartyKind
from insurance.enrolment.models import Scheme
from insurance.issuing.office import Facts, tell

FORMAT = "yikatong-office/1"


class OfficeInvalid(Refusal):
    """The file is no description of a bureau (机构人员文件不正确)."""

    code = "office_invalid"


class DemoOffice(Refusal):
    """Passwords of a demonstration open no live database (演示人员不能进入正式库)."""

    code = "office_demo"


class OfficeStaffed(Refusal):
    """Where somebody works, administrators open accounts and grant roles (已有工作人员)."""

    code = "office_staffed"


class StaffPersonMissing(Refusal):
    """A member of staff is not in the register of persons (工作人员不在人员库中)."""

    code = "office_person_missing"


@dataclass(frozen=True)
class SetUp:
    """How many of each were new."""

    agencies: int = 0
    halls: int = 0
    staff: int = 0
    roles: int = 0


@transaction.atomic
def set_up_office(*, path: Path, now: datetime, with_staff: bool = True) -> SetUp:
    """Open agencies and halls; then accounts with keys and codes, and roles from today on.

    A take-over needs the agency, the staff need the persons taken over: before it, the office is
    set up without its staff.

    Raises:
        OfficeInvalid: when the file cannot be read as one.
        DemoOffice: for a demonstration's file in a live database.
        OfficeStaffed: for staff, in a live database that has some.
        StaffPersonMissing: when a person is not in the register: take the baseline over first.
        SecurityAdminsTooFew: for staff without two security administrators.
    """
    described = _read(path)
    if described.get("demo") is not False and not is_demo():
        raise DemoOffice("这是演示机构的人员文件，不能用于正式库。")
    if with_staff and not is_demo() and Staff.objects.exists():
        raise OfficeStaffed(
            "本库已有工作人员：账号由安全管理员开通、岗位由另一人授予，不能再用文件开通；"
            "只补机构和大厅请加 --agencies-only。"
        )
    today = timezone.localdate(now)
    try:
        agencies = sum(_open_agency(row) for row in described["agencies"])
        superiors = sum(_tell_superior(row) for row in described["agencies"])
        facts = sum(_tell_papers(row) for row in described["agencies"])
        halls = sum(_open_hall(row) for row in described["halls"])
        people = described["staff"] if with_staff else ()
        initial = not is_demo()  # whoever wrote the file knows the passwords of a live office
        staff = sum(_open_account(row, now, initial=initial) for row in people)
        roles = sum(_grant(row, today) for row in people)
    except (KeyError, TypeError) as error:
        raise OfficeInvalid(f"{path.name} 缺少内容：{error}。", file=path.name) from None
    if with_staff:
        require_two(today=today)
    if agencies + superiors + halls + facts:
        record(
            name="city.office_set_up",
            subject_kind="access.agency",
            subject_id=path.name,
            rows=agencies + superiors + halls + facts,
        )
    return SetUp(agencies, halls, staff, roles)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OfficeInvalid(f"读不了 {path.name}：{error}", file=path.name) from None
    if not isinstance(described, dict) or described.get("format") != FORMAT:
        raise OfficeInvalid(f"{path.name} 不是 {FORMAT} 格式。", file=path.name)
    return described


def _open_agency(row: Mapping[str, Any]) -> bool:
    if Agency.objects.filter(code=row["code"]).exists():
        return False
    Agency.objects.create(
        code=row["code"],
        name=row["name"],
        region=row["region"],
        kind=row["kind"],
        schemes=_schemes(row["schemes"]),
    )
    return True


def _schemes(told: list[str]) -> list[str]:
    """What its staff see of what carries a scheme."""
    unknown = sorted(set(told) - set(Scheme.values))
    if unknown:
        raise OfficeInvalid(f"经办险种 {'、'.join(unknown)} 不在险种代码之列。")
    return told


def _tell_superior(row: Mapping[str, Any]) -> int:
    """Which agency takes steps for one with too few people; told once, it stays."""
    code = row.get("parent")
    if not code:
        return 0
    superior = Agency.objects.filter(code=code).exclude(code=row["code"]).first()
    if superior is None:
        raise OfficeInvalid(f"{row['code']} 的上级机构 {code} 不存在。", agency=row["code"])
    return Agency.objects.filter(code=row["code"], parent=None).update(parent=superior)


def _tell_papers(row: Mapping[str, Any]) -> int:
    """What the agency's papers name from a day on; one that issues none says nothing."""
    agency = Agency.objects.get(code=row["code"])
    return sum(
        tell(
            agency=agency,
            facts=Facts(
                from_date=_day(told["from"]),
                place=told["place"],
                reviewing_body=told["reviewing_body"],
                court=told["court"],
            ),
        )
        for told in row.get("papers", ())
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise OfficeInvalid(f"“{text}”不是日期，应如 2026-01-01。") from None


def _open_hall(row: Mapping[str, str]) -> bool:
    agency = Agency.objects.get(code=row["agency"])
    values = {"name": row["name"], "agency": agency, "district": row["district"]}
    return Hall.objects.get_or_create(code=row["code"], defaults=values)[1]


def _open_account(row: Mapping[str, str], now: datetime, *, initial: bool) -> bool:
    person_id = queries.party_by_number(number=row["id_number"], kind=row["id_kind"])
    if person_id is None:
        raise StaffPersonMissing(
            f"人员库中没有工作人员 {row['username']}，请先接收基线。", username=row["username"]
        )
    known = Staff.objects.filter(username=row["username"]).first()
    if known is not None:
        if known.person_id != person_id:
            raise OfficeInvalid(
                f"用户名 {known.username} 已属于另一个人。", username=known.username
            )
        return False
    create_staff(
        username=row["username"],
        person_id=person_id,
        agency=Agency.objects.get(code=row["agency"]),
        hall=Hall.objects.get(code=row["hall"]) if row["hall"] else None,
        village_id=_village(row["village"]) if row.get("village") else None,
        password=row["password"],
        totp_secret=secret_from_text(row["totp_secret"]),
        now=now,
        password_initial=initial,
    )
    return True


def _village(code: str) -> int:
    villages = Organisation.objects.filter(party__kind=PartyKind.VILLAGE, district=code)
    found = villages.values_list("pk", flat=True).first()
    if found is None:
        raise OfficeInvalid(f"单位库中没有村（社区）{code}。")
    return found


def _grant(row: Mapping[str, Any], today: date) -> int:
    """Grant what was never granted; a role that somebody ended since stays ended."""
    staff = Staff.objects.get(username=row["username"])
    held = set(RoleAssignment.objects.filter(staff=staff).values_list("role", flat=True))
    missing = [role for role in row["roles"] if role not in held]
    for role in missing:
        level = row["level"] if role == Role.APPROVER else ""
        grant_role(staff=staff, role=role, level=level, valid=DateRange(today), granted_by=None)
    return len(missing)
