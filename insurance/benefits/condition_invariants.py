"""Prove that a month was sealed on what two persons signed (封存条件不变量)."""

from collections.abc import Iterator

from backend.kernel.months import Month
from insurance.benefits.conditions import is_met, signed, timely
from insurance.benefits.death_match_file import fault_of
from insurance.benefits.models import DeathMatch, Run, RunState
from payments.ledger.invariants import Broken
from payments.models import SealCondition

SIGNED = "INV-04 封存条件由两人办理,签名有效"
KEPT = "INV-04 确认的死亡比对与保存的文件一致"
SEALED = "INV-04 已封存的月份有确认的死亡比对或者签名的放行"


def broken_promises() -> Iterator[Broken]:
    """Run every check; nothing is the proof. There is a row or two a month."""
    conditions = list(SealCondition.objects.order_by("pk"))
    right = {one.pk for one in signed(conditions)}
    for one in conditions:
        if one.pk not in right:
            yield Broken(SIGNED, f"{one.kind} {Month.of(one.period)}", "两人办理", "没有有效签名")
        if not one.override_reason:
            yield from _unlike_its_file(one)
    for run in Run.objects.filter(state=RunState.SEALED).order_by("period"):
        period = Month.of(run.period)
        if not is_met(timely(period=period, pay_date=run.pay_date), known_at=run.known_at):
            yield Broken(SEALED, str(period), "比对或放行", "都没有")


def promises() -> list[str]:
    """The names of all checks."""
    return [SIGNED, KEPT, SEALED]


def _unlike_its_file(one: SealCondition) -> Iterator[Broken]:
    match = DeathMatch.objects.filter(period=one.period, sha256=one.evidence_sha256).first()
    fault = "没有导入记录" if match is None else fault_of(match=match)
    if match is not None and not fault and match.as_of != one.as_of:
        fault = f"截止日 {match.as_of}"
    if fault:
        yield Broken(KEPT, str(Month.of(one.period)), f"{one.evidence} {one.as_of}", fault)
