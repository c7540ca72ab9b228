"""Prove that each baseline is what both sides signed (接管基线不变量): the first and all after it.

A baseline that SQL put in names keys that nobody pinned, whatever else it brings along.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import Model

from backend.access.models import TrustedKey
from backend.access.trusted_keys import is_certified, pinned
from backend.audit.models import Act
from backend.feeds.signed import verified
from backend.kernel.errors import Refusal
from insurance.accounts import take_over as accounts
from insurance.accounts.models import AccountBaseline
from insurance.benefits.baseline import manifest as benefits
from insurance.benefits.models import Baseline
from insurance.collection import take_over as arrears
from insurance.collection.models import ArrearsBaseline
from insurance.enrolment import take_over as enrolment
from insurance.enrolment.models import EnrolmentBaseline
from payments.ledger.invariants import Broken, broken_by

KEYS = "INV-02 受信公钥由本系统登记"
SIGNED = "INV-02 每份基线由双方以登记的公钥签名"
ONCE = "INV-02 参保、账户、欠费的每份基线恰有一条接管记录"
KINDS: tuple[tuple[type[Model], str, frozenset[str]], ...] = (
    (Baseline, benefits.FORMAT, benefits.FIELDS),
    (EnrolmentBaseline, enrolment.FORMAT, enrolment.FIELDS),
    (AccountBaseline, accounts.FORMAT, accounts.FIELDS),
    (ArrearsBaseline, arrears.FORMAT, arrears.FIELDS),
)
RECORDED: dict[type[Model], str] = {
    EnrolmentBaseline: "enrolment",
    AccountBaseline: "accounts",
    ArrearsBaseline: "collection",
}

# Entries are only ever added, and of a baseline's own none after its take-over.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "INV-02 接管的账户明细与接管时的笔数相同",
        """
        SELECT '账户基线 ' || b.id, coalesce(t.rows, 0)::text, coalesce(f.rows, 0)::text
        FROM accounts_accountbaseline b
        LEFT JOIN (SELECT source_id, count(*) AS rows FROM accounts_accountentry
            WHERE source = 'BASELINE' GROUP BY 1) f ON f.source_id = b.id
        LEFT JOIN (SELECT subject_id, sum(rows) - 1 AS rows FROM audit_act
            WHERE (subject_kind, name) = ('accounts.baseline', 'accounts.baseline_taken')
            GROUP BY 1) t ON t.subject_id = b.id::text
        WHERE coalesce(f.rows, 0) <> coalesce(t.rows, 0)
        """,
    ),
)


def broken_promises() -> Iterator[Broken]:
    """Run every check; nothing is the proof. There are a handful of baselines."""
    for key in TrustedKey.objects.order_by("pk"):
        if not is_certified(key):
            yield Broken(KEYS, f"{key.side} {key.source}", "登记证明有效", "缺失或无效")
    for model, wanted, fields in KINDS:
        for one in _all(model):
            fault = _fault_of(one, wanted, fields)
            if fault:
                yield Broken(SIGNED, f"{model._meta.verbose_name} {one.pk}", "签名有效", fault)
    for model, name in RECORDED.items():
        yield from _unrecorded(model, name)
    yield from broken_by(STATEMENTS)


def promises() -> list[str]:
    """The names of all checks."""
    return [KEYS, SIGNED, ONCE, *(promise for promise, _ in STATEMENTS)]


def _all(model: type[Model]) -> Iterator[Any]:
    """The rows of one kind of baseline: each has its digest and manifest."""
    yield from model._default_manager.order_by("pk")


def _fault_of(baseline: Any, wanted: str, fields: frozenset[str]) -> str:
    """Why this is not what both sides signed; nothing when it is."""
    content = baseline.manifest
    if not isinstance(content, dict):
        return "清单不是 JSON 对象"
    trusted = pinned(source=str(content.get("source_system", "")))
    try:
        digest = verified(content=content, wanted=wanted, fields=fields, trusted=trusted)
    except Refusal as refusal:
        return refusal.detail
    return "" if digest == baseline.digest else "摘要与清单不符"


def _unrecorded(model: type[Model], name: str) -> Iterator[Broken]:
    for one in _all(model):
        acts = Act.objects.filter(
            name=f"{name}.baseline_taken",
            subject_kind=f"{name}.baseline",
            subject_id=str(one.pk),
            digest=one.digest,
        ).count()
        if acts != 1:
            yield Broken(ONCE, f"{model._meta.verbose_name} {one.pk}", "1", str(acts))
