"""How to log in as somebody of the demo city (演示登录): name, password and the code of now."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.access.models import Role, Staff
from backend.access.totp import code_at, secret_from_text
from backend.city.demo_staff import unused_step
from backend.deployment import is_demo
from backend.kernel.errors import Refusal


class NoDemo(Refusal):
    """Nobody's password is told outside a demonstration (只限演示库)."""

    code = "demo_only"


class OfficeMissing(Refusal):
    """The demo city was not made here (没有演示城市的人员文件)."""

    code = "demo_office_missing"


@dataclass(frozen=True)
class DemoLogin:
    """What to type; without a code all of this minute are used up."""

    roles: str
    username: str
    password: str
    code: str | None


def demo_logins(*, office: Path, role: str, seconds: float) -> Sequence[DemoLogin]:
    """Give those of a role, or everybody, with a code that was not used yet.

    Raises:
        NoDemo, OfficeMissing.
    """
    if not is_demo():
        raise NoDemo("这不是演示库，不告诉任何人的密码。")
    if not office.exists():
        raise OfficeMissing(f"没有 {office}，请先执行 bin/run。")
    found = []
    for entry in json.loads(office.read_text(encoding="utf-8"))["staff"]:
        used = Staff.objects.filter(username=entry["username"]).values_list("totp_last_step")
        if (role and role not in entry["roles"]) or not used:
            continue
        step = unused_step(used=used[0][0], seconds=seconds)
        secret = secret_from_text(entry["totp_secret"])
        found.append(
            DemoLogin(
                roles="、".join(Role(one).label for one in entry["roles"]),
                username=entry["username"],
                password=entry["password"],
                code=None if step is None else code_at(secret=secret, step=step),
            )
        )
    return found
