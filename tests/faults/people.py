"""What people do in a month, and what then stands in the books (办理人员)."""

import json
from collections.abc import Sequence

from django.conf import settings

from backend.audit.models import Act
from backend.cases.kinds import CASE
from backend.cases.models import Approval, Case, CaseState
from backend.city import month_steps
from backend.kernel.months import Month
from insurance.benefits.conditions import DEATH_MATCH, unconfirmed
from payments.banks.profile import bank_codes
from payments.models import BankFile, Batch, BatchState, Discrepancy
from payments.signing import SEND, SUBJECT, SigningStep
from tests import funds
from tests.faults.desk import Answer, Desk
from tests.faults.harness import Site
from tests.faults.month import PERIOD
from tests.flows.canaries import text_of_files, traces
from tests.flows.lies import SETTLED_AS, TYPED_AS

MONTH = Month.parse(PERIOD)


def ask() -> None:
    """Let somebody ask for the month; nobody runs it."""
    month_steps.ask(period=MONTH)


def match_waits() -> bool:
    """Whether the month's death match is there, and nobody has vouched for it."""
    return unconfirmed(period=MONTH).exists()


def confirm_deaths(clerk: Desk, reviewer: Desk) -> Answer:
    """A clerk vouches for the match, a reviewer confirms it."""
    (row,) = clerk.get(f"death-matches/?period={MONTH.first_day}")["results"]
    content = {name: row[name] for name in ("period", "as_of", "source", "rows", "sha256")}
    body = {"kind": DEATH_MATCH, "content": {"match": row["id"], **content}}
    own = clerk.get("staff/me")["person_id"]
    case = clerk.post("cases/receive", {**body, "party": own}).body["id"]
    return decide_all(reviewer, [case])


def awaits(step: SigningStep) -> bool:
    """Whether the batches wait for this signature, with their files where it needs them."""
    waiting = month_steps.batches_in(period=MONTH, state=step.before)
    ready = step is not SEND or BankFile.objects.count() == len(waiting)
    return bool(waiting) and ready


def sign(desk: Desk, step: SigningStep) -> Answer:
    """Look at the batches that wait for a step and sign the digests shown."""
    rows = desk.get(f"batches/?state={step.before}")["results"]
    if step is SEND:
        funds.cover(month_steps.batches_in(period=MONTH, state=step.before))
    else:
        for row in rows:
            for what in ("MOVEMENT", "HELD"):
                desk.post(f"batches/{row['id']}/opened", {"what": what})
    shown = [{"id": row["id"], "digest": row["digest"]} for row in rows]
    return desk.signed_post("batches/sign", {"step": step.name, "batches": shown})


def signed_once(step: SigningStep) -> bool:
    """Whether each batch has one signature of this step, and has made this one transition."""
    batches = Batch.objects.exclude(state=BatchState.EMPTY)
    signed = Approval.objects.filter(subject_kind=SUBJECT, step=step.name)
    acts = Act.objects.filter(name=f"payments.{step.name.lower()}")
    subjects = sorted(signed.values_list("subject_id", flat=True))
    return subjects == sorted(batches.values_list("id", flat=True)) and acts.count() == 1


def is_sent() -> bool:
    """Whether the banks have all files."""
    sent = Batch.objects.exclude(state=BatchState.EMPTY).values_list("state", flat=True)
    return set(sent) == {BatchState.SENT}


def let_banks_answer(site: Site) -> None:
    """The simulated banks look into their inboxes once."""
    for bank in bank_codes(demo=True):
        folder = site.var / "bank" / bank
        if not any((folder / "inbox").glob("*")):
            continue  # nothing was sent there: not every layout has a bank that answers
        site.run(
            *("-m", "backend.city.bank", "--bank", bank),
            *("--inbox", str(folder / "inbox"), "--outbox", str(folder / "returns")),
        )


def is_reconciled() -> bool:
    """Whether every line of the month is paid or returned, and the batches are closed."""
    settled = (BatchState.CLOSED, BatchState.EMPTY)
    return not Batch.objects.exclude(state__in=settled).exists()


def lies(site: Site) -> set[tuple[str, str, str]]:
    """What the lying banks confess: batch, kind of discrepancy, line."""
    told = [path.read_text(encoding="utf-8") for path in site.var.glob("bank/*/truth.json")]
    return {
        (lie["batch_no"], TYPED_AS[lie["kind"]], lie["ref"])
        for text in told
        for lie in json.loads(text)
    }


def open_discrepancies() -> set[tuple[str, str, str]]:
    """What is open, the same way."""
    rows = Discrepancy.objects.filter(closed_at=None).select_related("batch")
    return {(row.batch.no, row.kind, row.ref) for row in rows}


def propose_all(finance: Desk) -> list[int]:
    """Finance proposes what the bank confirmed for each open discrepancy; the cases."""
    return [
        finance.post(
            f"discrepancies/{row['id']}/propose",
            {"decision": SETTLED_AS[row["kind"]], "evidence": "查复书 演示-1"},
        ).body["case"]
        for row in finance.get("discrepancies/?open=true&page_size=200")["results"]
    ]


def decide_all(reviewer: Desk, cases: list[int]) -> Answer:
    """A reviewer approves them in one signing."""
    body = {"cases": cases, "approve": True, "reason": "", "role": "REVIEWER"}
    return reviewer.signed_post("cases/decide", body)


def nothing_half_decided() -> bool:
    """Signed, decided, closed: all of it or nothing."""
    decisions = Case.objects.filter(kind="DISCREPANCY")
    signed = Approval.objects.filter(subject_kind=CASE, subject_id__in=decisions.values("id"))
    approved = decisions.filter(state=CaseState.APPROVED)
    closed = Discrepancy.objects.filter(case_id__isnull=False)
    return (
        set(signed.values_list("subject_id", flat=True))
        == set(approved.values_list("id", flat=True))
        == set(closed.values_list("case_id", flat=True))
    )


def secrets_in_logs(site: Site, *, sessions: Sequence[str]) -> list[str]:
    """Passwords, authenticators and sessions of the staff in whatever worker, beat and web wrote,
    and in the messages between them."""
    office = json.loads((site.var / "city" / "office.json").read_text(encoding="utf-8"))
    secrets = {
        f"{entry['username']}: {name}": str(entry[name]).encode()
        for entry in office["staff"]
        for name in ("password", "totp_secret")
    }
    secrets |= {f"session {n}": session.encode() for n, session in enumerate(sessions)}
    secrets["key of this host"] = settings.SECRET_KEY.encode()
    written = text_of_files([site.var / "log", site.var / "broker"])
    assert all(f"{name}.log".encode() in written for name in ("worker", "beat", "web"))
    return list(traces(secrets=secrets, place="logs and messages", found=written))
