"""Wang was paid too much and gives it back (追回样例), step by step; all invented (演示)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from backend.cases.models import Case
from backend.kernel.months import Month
from backend.people.models import Person
from insurance.benefits.models import Entitlement
from insurance.benefits.recovery import closing, receive, set_off, steps
from insurance.benefits.recovery.models import Recovery
from payments.ledger.models import MemoEntry
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER

PAID = 8
DECIDED_AT = datetime(2026, 12, 20, 10, 0, tzinfo=builders.CHINA)
DECIDED_EARLIER = {  # what a term runs from
    "RECOVERY_NOTICE": DECIDED_AT.replace(day=1),
    "RECOVERY_ORDER": DECIDED_AT.replace(day=9),
}
SEPTEMBER = Month(2026, 9)
MONTH_FEN = 12_000  # too much in each of September, October, November
OWED_FEN = 36_000
ACTS = {
    "RECOVERY_NOTICE": (steps.check_notice, steps.decide_notice),
    "RECOVERY_ORDER": (steps.check_order, steps.decide_order),
    "RECOVERY_SERVICE": (steps.check_service, steps.decide_service),
    "RECOVERY_PLAN": (steps.check_plan, steps.decide_plan),
    "RECOVERY_COURT": (steps.check_court, steps.decide_court),
    "RECOVERY_SET_OFF": (set_off.check, set_off.decide),
    "RECOVERY_RECEIPT": (receive.check, receive.decide),
    "RECOVERY_CLOSE": (closing.check, closing.decide),
}
DEFAULTS: dict[str, dict[str, object]] = {
    "RECOVERY_NOTICE": {
        "scheme": "170",
        "amount": "360.00",
        "facts": "2026年9月至11月多发基础养老金（演示）",
        "addressee": "王秀英",
        "document": "追告〔2026〕演示1号",
        "notified_on": "2026-12-01",
        "holidays": [],
    },
    "RECOVERY_ORDER": {
        "amount": "360.00",
        "ordered_on": "2026-12-09",
        "pay_by": "2026-12-19",
        "document": "追决〔2026〕演示1号",
    },
    "RECOVERY_SERVICE": {
        "served_on": "2026-12-10",
        "how": "DIRECT",
        "evidence": "送达回证 演示1号",
    },
    "RECOVERY_PLAN": {
        "agreed_on": "2026-12-12",
        "document": "还款协议 演示1号",
        "instalments": [
            {"due_on": "2026-12-31", "amount": "120.00"},
            {"due_on": "2027-01-31", "amount": "240.00"},
        ],
    },
    "RECOVERY_COURT": {
        "filed_on": "2026-12-20",
        "court": "演示区人民法院",
        "document": "申请书 演示1号",
    },
    "RECOVERY_CLOSE": {
        "closed_on": "2026-12-20",
        "document": "追撤〔2026〕演示1号",
        "reason": "申辩成立，没有多发（演示）",
    },
    "RECOVERY_SET_OFF": {"decided_on": "2026-12-12", "document": "抵扣决定 演示1号"},
    "RECOVERY_RECEIPT": {
        "amount": "120.00",
        "received_on": "2026-12-15",
        "document": "银行回单 演示1号",
    },
}


def overpaid(*, scheme: str = "170") -> Entitlement:
    """Wang's basic pension was 120.00 too high since September, as December found out."""
    wang = m.entitlement(scheme=scheme)
    m.sealed()
    m.answered(m.line(wang), PAID)
    m.raise_basic(of=wang, to_fen=10_000, since=SEPTEMBER)
    m.sealed(DECEMBER)
    assert owed_back() == OWED_FEN
    return wang


def case(kind: str, **changes: object) -> Case:
    """A case of a step about Wang, as its act is given it."""
    content: dict[str, object] = {**DEFAULTS[kind], **changes}
    if kind != "RECOVERY_NOTICE":
        content.setdefault("recovery", Recovery.objects.latest("pk").pk)
    made = builders.case(kind=kind, content=content)
    made.received_at = made.decided_at = DECIDED_EARLIER.get(kind, DECIDED_AT)
    return made


def checked(kind: str, **changes: object) -> None:
    """The case as it is received: what is refused leaves no case."""
    with transaction.atomic():
        ACTS[kind][0](case(kind, **changes))


def done(kind: str, **changes: object) -> int:
    """The case received and decided; rows written."""
    asked = case(kind, **changes)
    ACTS[kind][0](asked)
    rows = ACTS[kind][1](asked)
    Case.objects.filter(pk=asked.pk).update(state="REJECTED")  # it waits no more
    return rows


def noticed(**changes: object) -> Recovery:
    """Wang was told on the first of December; he may state his view until the eighth."""
    done("RECOVERY_NOTICE", **changes)
    return Recovery.objects.latest("pk")


def served(**changes: object) -> Recovery:
    """And ordered to give it back, and the order was served."""
    recovery = noticed(**changes)
    amount: Mapping[str, object] = {"amount": changes["amount"]} if "amount" in changes else {}
    done("RECOVERY_ORDER", **amount)
    done("RECOVERY_SERVICE")
    return recovery


def told_and_ordered_today() -> tuple[dict[str, object], dict[str, object]]:
    """What a notice and an order of today's clock say: he states his view at once."""
    today = timezone.localdate()
    notice = {**DEFAULTS["RECOVERY_NOTICE"], "notified_on": today.isoformat()}
    order = {
        **DEFAULTS["RECOVERY_ORDER"],
        "ordered_on": today.isoformat(),
        "pay_by": (today + timedelta(days=10)).isoformat(),
        "statement": "确实领多了，同意退回（演示）",
        "stated_on": today.isoformat(),
    }
    return notice, order


def owed_back(person: Person | None = None) -> int:
    """What the memo register says."""
    of = (person or builders.wang()).pk
    return sum(MemoEntry.objects.filter(party=of).values_list("fen", flat=True))
