"""The demo city's staff (演示人员): they sign and decide through the same API as people do.

Only in a database marked DEMO at its creation. Their passwords and authenticators come from
``var/city/office.json``, which the demo city wrote.
"""

import json
import time
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from rest_framework.test import APIClient

from backend.access.models import Staff, rank
from backend.access.sessions import SessionStore
from backend.access.totp import DRIFT_STEPS, STEP_SECONDS, code_at, secret_from_text
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from payments.ledger.models import Book, LedgerMonth
from payments.ledger.year_end import not_carried
from payments.models import Batch

HOST = "127.0.0.1"
ON_ITS_WAY_SECONDS = 10
PENSION_AGENCY = "34080001"
DEATH_MATCH = "DEATH_MATCH"
RELEASE = "SEND"
CONTRIBUTIONS, ARRIVED = "FUND_CONTRIBUTIONS", "FUND_CONTRIBUTIONS_RECEIVED"


class DemoStaffRefused(Refusal):
    """The API refused what a member of the demo staff asked for (演示人员的操作被拒)."""

    code = "demo_staff_refused"


class DemoOffice:
    """All demo staff, by role."""

    def __init__(self, *, office: Path) -> None:
        content = json.loads(office.read_text(encoding="utf-8"))
        self._staff: list[Mapping[str, Any]] = content["staff"]
        self._members: dict[str, Member] = {}

    def member(
        self,
        role: str,
        *,
        agency: str = PENSION_AGENCY,
        besides: Collection[int] = (),
        level: str = "",
    ) -> "Member":
        """Whoever of an agency's in ``role``, an approver at ``level`` at least, ``besides`` some
        persons, has used the fewest codes; logged in at first use."""
        names = [
            entry["username"]
            for entry in self._staff
            if role in entry["roles"] and entry["agency"] == agency
            if not level or rank(entry["level"]) >= rank(level)
        ]
        others = Staff.objects.filter(username__in=names).exclude(person_id__in=list(besides))
        used = others.order_by("totp_last_step", "username")
        name = used.values_list("username", flat=True)[0]
        if name not in self._members:
            entry = next(entry for entry in self._staff if entry["username"] == name)
            self._members[name] = Member(entry)
        self._members[name].log_in()
        return self._members[name]


class Member:
    """One member of the demo staff at the API."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        self._username: str = entry["username"]
        self._password: str = entry["password"]
        self._secret = secret_from_text(entry["totp_secret"])
        self._client = APIClient(HTTP_HOST=HOST)

    def log_in(self) -> None:
        """Open a session, unless one is open: a large city's months last longer than a session."""
        if not self._is_logged_in():
            self.post("/api/v1/staff/login", {"username": self._username, **self._proof()})

    def get(self, path: str) -> Any:
        """Ask; give the answer's body."""
        return self._checked(self._client.get(path))

    def post(self, path: str, body: Mapping[str, Any], *, seen: str = "") -> Any:
        """Act, with a key of its own, upon what was ``seen`` at another path; give the body."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        if seen:
            headers["If-Match"] = self._client.get(seen)["ETag"]
        return self._checked(self._client.post(path, body, format="json", headers=headers))

    def signed_post(self, path: str, body: Mapping[str, Any], *, seen: str = "") -> Any:
        """Act with password and one-time code, which open the signing key."""
        return self.post(path, {**body, **self._proof()}, seen=seen)

    def upload(
        self, path: str, told: Mapping[str, str] = MappingProxyType({}), **files: Path
    ) -> Any:
        """Hand files in, each by the name of its part, with what is ``told`` beside them."""
        return self._handed_in(path, told, files)

    def signed_upload(self, path: str, **files: Path) -> Any:
        """The same with password and one-time code."""
        return self._handed_in(path, self._proof(), files)

    def pages(self, path: str) -> list[Any]:
        """All rows of a list, page by page."""
        rows: list[Any] = []
        following: str | None = path
        while following:
            page = self.get(following)
            rows += page["results"]
            following = page["next"]
        return rows

    def _handed_in(self, path: str, told: Mapping[str, str], files: Mapping[str, Path]) -> Any:
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        with ExitStack() as stack:
            parts = {name: stack.enter_context(file.open("rb")) for name, file in files.items()}
            answer = self._client.post(path, {**told, **parts}, format="multipart", headers=headers)
        return self._checked(answer)

    def _is_logged_in(self) -> bool:
        """Whether the cookie still opens a session."""
        cookie = self._client.cookies.get(settings.SESSION_COOKIE_NAME)
        return cookie is not None and SESSION_KEY in SessionStore(cookie.value)

    def _proof(self) -> dict[str, str]:
        """Password and a code that was not used yet; waits when all of this minute are used."""
        used = Staff.objects.values_list("totp_last_step", flat=True).get(username=self._username)
        while (step := unused_step(used=used, seconds=time.time())) is None:
            time.sleep(1)
        return {"password": self._password, "code": code_at(secret=self._secret, step=step)}

    def _checked(self, response: Any) -> Any:
        if response.status_code >= 300:
            raise DemoStaffRefused(
                f"{self._username}：{response.content.decode('utf-8', 'replace')[:500]}"
            )
        return response.json() if response.content else None


def unused_step(*, used: int, seconds: float) -> int | None:
    """Give the earliest step after ``used`` that is accepted now and still while the call is on
    its way; None when there is none yet."""
    earliest = int(seconds + ON_ITS_WAY_SECONDS) // STEP_SECONDS + DRIFT_STEPS[0]
    latest = int(seconds) // STEP_SECONDS + DRIFT_STEPS[-1]
    step = max(used + 1, earliest)
    return step if step <= latest else None


def sign_batches(*, office: DemoOffice, step: str, role: str, ids: Sequence[int]) -> None:
    """Staff of each agency look at the batches of its books and sign the digests shown."""
    own: dict[str, list[int]] = {}
    batches = Batch.objects.filter(pk__in=ids).order_by("pk")
    for batch_id, agency in batches.values_list("pk", "book__agency__code"):
        own.setdefault(agency, []).append(batch_id)
    for agency, of_agency in own.items():
        member = office.member(role, agency=agency)
        _sign(member, step, [member.get(f"/api/v1/batches/{one}/") for one in of_agency])


def _sign(member: Member, step: str, shown: Sequence[Mapping[str, Any]]) -> None:
    if step != RELEASE:
        for batch in shown:
            _open(member, batch["id"])
    member.signed_post(
        "/api/v1/batches/sign",
        {
            "step": step,
            "batches": [{"id": batch["id"], "digest": batch["digest"]} for batch in shown],
        },
    )


def _open(member: Member, batch: int) -> None:
    """Look at what is to be seen before signing."""
    for path, what in (("review", "MOVEMENT"), ("held", "HELD")):
        member.get(f"/api/v1/batches/{batch}/{path}/")
        member.post(f"/api/v1/batches/{batch}/opened", {"what": what})


def confirm_death_match(*, office: DemoOffice, period: Month) -> None:
    """A clerk vouches for the month's matches, unless somebody has; a reviewer confirms them."""
    clerk = office.member("CLERK")
    listed = f"/api/v1/cases/?kind={DEATH_MATCH}&state=RECEIVED"
    begun = {_match_of(clerk, case["id"]) for case in clerk.pages(listed)}
    for row in clerk.pages(f"/api/v1/death-matches/?period={period.first_day}"):
        if not row["confirmed"] and row["id"] not in begun:
            content = {name: row[name] for name in ("period", "as_of", "source", "rows", "sha256")}
            body = {"kind": DEATH_MATCH, "content": {"match": row["id"], **content}}
            own = clerk.get("/api/v1/staff/me")["person_id"]
            clerk.post("/api/v1/cases/receive", {**body, "party": own})
    reviewer = office.member("REVIEWER")
    waiting = [case["id"] for case in reviewer.pages(listed)]
    answer = {"cases": waiting, "approve": True, "reason": "", "role": "REVIEWER"}
    reviewer.signed_post("/api/v1/cases/decide", answer)


def _match_of(clerk: Member, case_id: int) -> int:
    match: int = clerk.get(f"/api/v1/cases/{case_id}/")["content"]["match"]
    return match


def import_corrections(*, office: DemoOffice, corrections: Path) -> None:
    """A clerk imports the correction file."""
    office.member("CLERK").signed_upload("/api/v1/accounts/corrections", file=corrections)


def decide_corrections(*, office: DemoOffice) -> int:
    """A reviewer decides the changes of accounts that wait; how many."""
    reviewer = office.member("REVIEWER")
    waiting = reviewer.pages("/api/v1/cases/?kind=ACCOUNT_CHANGE&state=RECEIVED&page_size=200")
    if waiting:
        reviewer.signed_post(
            "/api/v1/cases/decide",
            {
                "cases": [case["id"] for case in waiting],
                "approve": True,
                "reason": "",
                "role": "REVIEWER",
            },
        )
    return len(waiting)


def propose_contributions(*, office: DemoOffice, fund_list: int, party: int, day: date) -> None:
    """Finance says how a list of contributions was paid; ``party`` is somebody whom it names."""
    content = {
        "list": fund_list,
        "day": day.isoformat(),
        "document": f"演示代缴付款{fund_list}号",
    }
    body = {"kind": CONTRIBUTIONS, "party": party, "content": content}
    office.member("FINANCE").post("/api/v1/cases/receive", body)


def approve_contributions(*, office: DemoOffice) -> None:
    """A reviewer and an approver sign the payments that wait for them."""
    listed = f"/api/v1/cases/?kind={CONTRIBUTIONS}&state="
    reviewer = office.member("REVIEWER")
    for case in reviewer.pages(f"{listed}RECEIVED"):
        reviewer.signed_post(f"/api/v1/cases/{case['id']}/review", {"role": "REVIEWER"})
    approver = office.member("APPROVER")
    waiting = [case["id"] for case in approver.pages(f"{listed}REVIEWED")]
    if waiting:
        answer = {"cases": waiting, "approve": True, "reason": "", "role": "APPROVER"}
        approver.signed_post("/api/v1/cases/decide", answer)


def propose_arrival(*, office: DemoOffice, agency: str, payment: int, day: date) -> None:
    """Finance of the agency that keeps the book says when a payment arrived."""
    finance = office.member("FINANCE", agency=agency)
    content = {
        "payment": payment,
        "day": day.isoformat(),
        "document": f"演示代缴到账{payment}号",
    }
    own = finance.get("/api/v1/staff/me")["person_id"]
    body = {"kind": ARRIVED, "party": own, "content": content}
    finance.post("/api/v1/cases/receive", body)


def decide_arrivals(*, office: DemoOffice, agency: str) -> None:
    """A reviewer of the same agency decides the arrivals that wait for it, in their order."""
    reviewer = office.member("REVIEWER", agency=agency)
    number = {row["code"]: row["id"] for row in reviewer.pages("/api/v1/agencies/")}[agency]
    listed = reviewer.pages(f"/api/v1/cases/?kind={ARRIVED}&state=RECEIVED&agency={number}")
    waiting = sorted(case["id"] for case in listed)
    if waiting:
        answer = {"cases": waiting, "approve": True, "reason": "", "role": "REVIEWER"}
        reviewer.signed_post("/api/v1/cases/decide", answer)


def close_month(*, office: DemoOffice, month: str) -> None:
    """An approver of each agency looks at the balances of its books and signs the close."""
    open_months = LedgerMonth.objects.filter(month=Month.parse(month).first_day, closed_at=None)
    for agency in sorted(set(open_months.values_list("book__agency__code", flat=True))):
        approver = office.member("APPROVER", agency=agency)
        rows = approver.pages(f"/api/v1/ledger-months/?month={month}")
        _close(approver, [row for row in rows if row["closed_at"] is None])


def carry_over(*, office: DemoOffice, year: int) -> None:
    """Finance of each agency carries a year of its books over, an approver signs it."""
    for agency, books in sorted(_by_agency(not_carried(year=year)).items()):
        finance = office.member("FINANCE", agency=agency)
        rows = [finance.post(f"/api/v1/books/{book}/year-end", {"year": year}) for book in books]
        _close(office.member("APPROVER", agency=agency), rows)


def books_by_agency() -> dict[str, list[int]]:
    """The ids of each agency's books, by the agency's code: nobody sees those of all."""
    return _by_agency(Book.objects.select_related("agency").order_by("pk"))


def _by_agency(books: Iterable[Book]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for book in books:
        found.setdefault(book.agency.code, []).append(book.pk)
    return found


def _close(approver: Member, open_months: Sequence[Mapping[str, Any]]) -> None:
    shown = [approver.get(f"/api/v1/ledger-months/{row['id']}/") for row in open_months]
    approver.signed_post(
        "/api/v1/ledger-months/close",
        {"months": [{"id": row["id"], "digest": row["digest"]} for row in shown]},
    )


def office_file() -> Path:
    """Where the demo city wrote its office."""
    return Path(settings.VAR_DIR) / "city" / "office.json"
