"""The bureau of the demo city: agencies, halls, villages and staff (经办机构与人员, 演示)."""

from base64 import b32encode
from hashlib import sha256
from typing import NamedTuple

from backend.city.make.people import Wish
from backend.city.make.places import DISTRICTS, Village
from backend.city.make.records import Resident

AGENCY = {
    "code": "34080001",
    "name": "安庆市社会保险经办机构(演示)",
    "region": "340800",
    "kind": "PENSION",
}
MEDICAL_AGENCY = {  # its books are those of 310 and 390
    "code": "34080002",
    "name": "安庆市医疗保障经办机构(演示)",
    "region": "340800",
    "kind": "MEDICAL",
}

DEPARTMENT = {  # it lets people retire; it keeps no books
    "code": "34080003",
    "name": "安庆市人力资源和社会保障局(演示)",
    "region": "340800",
    "kind": "DEPARTMENT",
}

HEAD, LEADER = "HEAD", "LEADER"  # 科长、分管领导: how much an approver approves
AGENCIES = (AGENCY, MEDICAL_AGENCY, DEPARTMENT)
SCHEMES = {
    AGENCY["code"]: ["110", "170", "210", "310", "390"],  # its halls enrol for all insurances
    MEDICAL_AGENCY["code"]: ["310", "390"],
    DEPARTMENT["code"]: ["110", "170", "210"],
}
PAPERS = [  # what printed papers name
    {
        "from": "2020-01-01",
        "place": "演示路1号，电话0556-0000000（演示）",
        "reviewing_body": "安庆市人民政府（演示）",
        "court": "安庆市大观区人民法院（演示）",
    }
]


class Post(NamedTuple):
    """One member of staff: a name to log in with, a name, the roles, where the desk stands, the
    level of an approver."""

    username: str
    wish: Wish
    roles: tuple[str, ...]
    hall: int = 0
    agency: str = AGENCY["code"]
    level: str = ""


POSTS = (
    Post("clerk1", Wish(name="程桂芳", sex=2), ("CLERK",), hall=0),
    Post("clerk2", Wish(name="汪志强", sex=1), ("CLERK",), hall=3),
    Post("reviewer", Wish(name="查明德", sex=1), ("REVIEWER",)),
    Post("reviewer2", Wish(name="石玉兰", sex=2), ("REVIEWER",), hall=3),
    Post("finance", Wish(name="胡静", sex=2), ("FINANCE",)),
    Post("approver", Wish(name="方永庆", sex=1), ("APPROVER",), level=LEADER),
    Post("approver2", Wish(name="江守义", sex=1), ("APPROVER",), level=HEAD),
    Post("cashier", Wish(name="江敏", sex=2), ("CASHIER",)),
    Post("supervisor", Wish(name="章国华", sex=1), ("SUPERVISOR",)),
    Post("operator", Wish(name="吴鹏飞", sex=1), ("SYSTEM_ADMIN",)),
)


def _post(agency: str, name: str, role: str) -> Post:
    level = LEADER if role == "APPROVER" else ""
    return Post(f"{name}_{role.lower()}", Wish(), (role,), agency=agency, level=level)


# Whoever they are, they are ordinary residents: the roll is the same with them and without.
OTHER_POSTS = (
    *(
        _post(MEDICAL_AGENCY["code"], "medical", role)
        for role in ("CLERK", "REVIEWER", "FINANCE", "APPROVER", "CASHIER")
    ),
    *(_post(DEPARTMENT["code"], "department", role) for role in ("CLERK", "REVIEWER", "APPROVER")),
    Post("security", Wish(), ("SECURITY_ADMIN",)),
    Post("security2", Wish(), ("SECURITY_ADMIN",)),
    Post("auditor", Wish(), ("AUDIT_ADMIN",)),
)


def office(
    *, seed: int, staff: list[tuple[Post, Resident]], villages: tuple[Village, ...]
) -> dict[str, object]:
    """What ``office.json`` says; passwords and secrets come from the seed and open a demo only."""
    return {
        "format": "yikatong-office/1",
        "demo": True,
        "agencies": [
            {**agency, "schemes": SCHEMES[agency["code"]], "papers": PAPERS} for agency in AGENCIES
        ],
        "halls": [*(_hall(place) for place in range(len(DISTRICTS))), *OTHER_HALLS.values()],
        "villages": [
            {"code": village.code, "name": village.name, "district": village.district}
            for village in villages
        ],
        "staff": [_member(seed, post, person) for post, person in staff],
    }


def _hall(place: int) -> dict[str, str]:
    district = DISTRICTS[place]
    return {
        "code": f"{AGENCY['code']}{place + 1:02d}",
        "name": f"{district.name}社会保险服务大厅(演示)",
        "agency": AGENCY["code"],
        "district": district.code,
    }


OTHER_HALLS = {
    agency["code"]: {
        "code": f"{agency['code']}01",
        "name": name,
        "agency": agency["code"],
        "district": DISTRICTS[0].code,
    }
    for agency, name in (
        (MEDICAL_AGENCY, "安庆市医疗保障服务大厅(演示)"),
        (DEPARTMENT, "安庆市人社局政务窗口(演示)"),
    )
}


def _member(seed: int, post: Post, person: Resident) -> dict[str, object]:
    return {
        "username": post.username,
        "name": person.name,
        "person": person.old_id,
        "id_kind": person.id_kind,
        "id_number": person.id_number,
        "birth_date": str(person.born),
        "sex": person.sex,
        "agency": post.agency,
        "hall": _hall_of(post)["code"],
        "roles": list(post.roles),
        "level": post.level,
        "password": _secret(seed, post.username, "password")[:16].lower(),
        "totp_secret": _secret(seed, post.username, "totp"),
    }


def _hall_of(post: Post) -> dict[str, str]:
    return _hall(post.hall) if post.agency == AGENCY["code"] else OTHER_HALLS[post.agency]


def _secret(seed: int, username: str, use: str) -> str:
    """32 signs of base32, the same for the same city."""
    digest = sha256(f"yikatong-demo-office/{seed}/{username}/{use}".encode()).digest()
    return b32encode(digest[:20]).decode()
