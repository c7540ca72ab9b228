"""How an amount that is owed came about (应缴金额怎样得来): of each line of a key, its steps.

A line is explained by what its run knew and by the figures that the run keeps: a share by the base
and the rate, a rest that rounding leaves by the employer's total, an estimate by the month before,
a difference by what is owed now and was billed before. A step that would not give the line is not
shown: then the line names the run, or the decision, that it rests on.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from backend.kernel.errors import Refusal
from backend.kernel.money import Money, Rounding
from backend.kernel.months import Month
from insurance.collection.bills import bill_sql as sql
from insurance.collection.bills.bill_figures import scaled
from insurance.collection.models import BillLine, BillRun, BillRunKind, LinePart
from insurance.collection.rules.assess import Insured, assess_person
from insurance.collection.rules.lines import Part
from insurance.collection.rules.terms import MILLION, Terms, terms_for
from insurance.collection.rules.undeclared import MonthTotal, assess_undeclared, undeclared_terms
from insurance.enrolment.models import Kind, Wage
from insurance.policy import parameters as policy
from insurance.policy.recompute import holds
from insurance.policy.steps import Step, authority

BASE, TOTAL, SHARES = "缴费基数", "单位缴费合计", "各人单位缴费之和"
OWED, BILLED, DIFFERENCE = "现应缴", "已核定", "补差"
SHOWN_VERSION = 16
MONTHLY = (BillRunKind.EMPLOYERS, BillRunKind.INDIVIDUALS, BillRunKind.TOP_UP)
# By which parameters the amounts of the others are fixed.
RULES: Mapping[str, tuple[str, ...]] = {
    BillRunKind.LATE_FEE: ("collection.late_fee_daily", "collection.late_fee_cap"),
    BillRunKind.RESIDENTS + "170": (
        *("resident_pension.grades", "resident_pension.support_amount"),
        "resident_pension.collective_limit",
    ),
    BillRunKind.RESIDENTS + "390": (
        *("medical.resident_amount", "medical.resident_subsidy", "medical.resident_support_share"),
    ),
}
# The base of one person at a payer, as the run reckoned it.
ONE_BASE = f"""
WITH {sql.TERM}, member AS MATERIALIZED (
    SELECT p.id AS person_id, y.party_id, %(month)s::date AS from_month,
        (%(month)s::date + interval '1 month')::date AS until_month
    FROM (SELECT coalesce((SELECT a.survivor_id FROM people_alias a
        WHERE a.party_id = %(person)s AND a.recorded_at <= %(known_at)s), %(person)s) AS id) p
    CROSS JOIN LATERAL (SELECT p.id AS party_id UNION ALL
        SELECT a.party_id FROM people_alias a WHERE a.survivor_id = p.id
            AND a.recorded_at <= %(known_at)s) y),
{sql.bases(enrolled=sql.ENROLLED_AGAIN)}
SELECT s.kind, s.base_fen FROM shared s
WHERE s.scheme = %(scheme)s AND s.month = %(month)s AND s.payer_id = coalesce((
    SELECT a.survivor_id FROM people_alias a
    WHERE a.party_id = %(payer)s AND a.recorded_at <= %(known_at)s), %(payer)s)
"""


class Based(NamedTuple):
    """On which base somebody was assessed, and as what."""

    kind: str
    fen: int


def steps_of(*, line: BillLine) -> tuple[Step, ...]:
    """Give the steps of a line; the last gives its amount."""
    under = BillLine.objects.filter(key_id=line.key_id, pk__lt=line.pk)
    before = sum(under.values_list("fen", flat=True))
    owed = before + line.fen
    steps = _owed(line, owed)
    if line.pk == line.key_id:
        return steps
    inputs = ((OWED, str(Money(owed))), (BILLED, str(Money(before))))
    return (
        *steps,
        Step(
            formula=f"{OWED} − {BILLED}",
            inputs=inputs,
            result=str(Money(line.fen)),
            version=line.run.policy_version,
            article=_because(line.run),
            name=DIFFERENCE,
            sentence=f"{Month.of(line.month)} 的{line.get_part_display()}重新核定，"
            f"与已核定的相差 {Money(line.fen)} 元。",
            rounding="",
        ),
    )


def _owed(line: BillLine, owed: int) -> tuple[Step, ...]:
    """What gives all that is owed under a key; the first that does."""
    ways: Sequence[Callable[[BillLine, int], tuple[Step, ...]]] = {
        LinePart.PERSON: (_share, _decided),
        LinePart.EMPLOYER: (_share, _decided),
        LinePart.ROUNDING: (_rest,),
        LinePart.ESTIMATE: (_estimate,),
    }.get(LinePart(line.part), ())
    for way in ways:
        steps = way(line, owed)
        if steps and steps[-1].result == str(Money(owed)) and all(holds(step=s) for s in steps):
            return steps
    return (_told(line, owed),)


def _share(line: BillLine, owed: int) -> tuple[Step, ...]:
    """Of a monthly run: the base, and the rate of the part."""
    run = line.run
    if run.kind not in MONTHLY or line.person_id is None:
        return ()
    based = _base_of(line)
    kept = based and next(
        (one for one in run.parameters["terms"] if _is_of(one, line, based)), None
    )
    if based is None or kept is None:
        return ()
    terms = _terms(line, based.kind)
    if terms is not None and _figures(terms) == [kept[name] for name in FIGURES]:
        bill = assess_person(insured=_insured(line, based, terms), terms=terms)
        if bill.base.fen == based.fen:
            return _of_part(bill.steps, LinePart(line.part))
    return _by_kept(line, based.fen, kept)


FIGURES = ("floor_fen", "ceiling_fen", "own_ppm", "employer_ppm")


def _figures(terms: Terms) -> list[int | None]:
    employer = terms.employer.ppm if terms.employer else None
    return [terms.bounds.floor_fen, terms.bounds.ceiling_fen, terms.person.ppm, employer]


def _is_of(kept: Mapping[str, Any], line: BillLine, based: Based) -> bool:
    told = (kept["month"], kept["scheme"], kept["kind"])
    return told == (line.month.isoformat(), line.scheme, based.kind)


def _base_of(line: BillLine) -> Based | None:
    values: dict[str, Any] = {
        "run_id": line.run_id,
        "known_at": line.run.known_at,
        "person": line.person_id,
        "payer": line.payer_id,
        "scheme": line.scheme,
        "month": line.month,
    }
    with connection.cursor() as cursor:
        cursor.execute(ONE_BASE, values)
        row = cursor.fetchone()
    return Based(*row) if row else None


def _insured(line: BillLine, based: Based, terms: Terms) -> Insured:
    """With the wage that was known; what the base lacks to it is what other employers had."""
    alone = based.kind == Kind.FLEXIBLE
    wages = Wage.objects.filter(
        person=line.person_id,
        payer=None if alone else line.payer_id,
        valid__contains=line.month,
        recorded_at__lte=line.run.known_at,
    ).exclude(superseded_at__lte=line.run.known_at)
    wage = wages.values_list("monthly_fen", flat=True).first()
    bounded = max(terms.bounds.floor_fen, min(terms.bounds.ceiling_fen, wage or 0))
    elsewhere = terms.bounds.ceiling_fen - based.fen if bounded > based.fen else 0
    return Insured(line.person_id or 0, line.payer_id, wage, elsewhere)


def _terms(line: BillLine, kind: str) -> Terms | None:
    try:
        return terms_for(
            tree=policy.load(),
            scheme=line.scheme,
            kind=kind,
            region=line.run.parameters["region"],
            month=Month.of(line.month),
            known_on=timezone.localdate(line.run.known_at),
            demo=True,
        )
    except Refusal:  # what was in force then is not any more: the run's own figures are told
        return None


def _of_part(steps: Sequence[Step], part: LinePart) -> tuple[Step, ...]:
    """The base first, the share last."""
    name = Part[part.name].value
    return tuple(step for wanted in (BASE, name) for step in steps if step.name == wanted)


def _by_kept(line: BillLine, base_fen: int, kept: Mapping[str, Any]) -> tuple[Step, ...]:
    ppm = kept["own_ppm" if line.part == LinePart.PERSON else "employer_ppm"]
    how = (kept["addend"], kept["unit_fen"])
    rounding = next((r for r in Rounding if scaled(rounding=r, parts=MILLION) == how), None)
    if ppm is None or rounding is None:
        return ()
    rate, name = f"{ppm / MILLION:f}", Part[LinePart(line.part).name].value
    fen = (base_fen * ppm + kept["addend"]) // (MILLION * kept["unit_fen"]) * kept["unit_fen"]
    return (
        Step(
            formula=f"{BASE} × 缴费比例",
            inputs=((BASE, str(Money(base_fen))), ("缴费比例", rate)),
            result=str(Money(fen)),
            version=line.run.policy_version,
            article=_because(line.run),
            name=name,
            sentence=f"{name}按缴费基数 {Money(base_fen)} 元计，{Money(fen)} 元。",
            rounding=rounding.label,
        ),
    )


def _decided(line: BillLine, owed: int) -> tuple[Step, ...]:
    """Of a case that billed months (补缴): by the wage that it decided."""
    run = line.run
    wage = run.parameters.get("decided", {}).get("wage_fen")
    if run.kind != BillRunKind.BACK_PAYMENT or wage is None or line.person_id is None:
        return ()
    kind = Kind.FLEXIBLE if line.payer_id == line.person_id else Kind.EMPLOYED
    terms = _terms(line, kind)
    if terms is None:
        return ()
    insured = Insured(line.person_id, line.payer_id, wage)
    return _of_part(assess_person(insured=insured, terms=terms).steps, LinePart(line.part))


def _rest(line: BillLine, owed: int) -> tuple[Step, ...]:
    """What is left where the employer's total is rounded once (尾差)."""
    shares = sum(
        BillLine.objects.filter(
            payer_id=line.payer_id,
            scheme=line.scheme,
            month=line.month,
            part=LinePart.EMPLOYER,
            run_id__lte=line.run_id,
        ).values_list("fen", flat=True)
    )
    rule = policy.load().resolve_any(
        "collection.employer_share_rounding", line.run.parameters["region"], line.month
    )
    total = str(Money(shares + owed))
    return (
        Step(
            formula=f"{TOTAL} − {SHARES}",
            inputs=((TOTAL, total), (SHARES, str(Money(shares)))),
            result=str(Money(owed)),
            version=line.run.policy_version,
            article=authority(rule),
            name=Part.ROUNDING.value,
            sentence=f"单位缴费按全部基数合计 {total} 元，比各人之和多（少）{Money(owed)} 元。",
            rounding="",
        ),
    )


def _estimate(line: BillLine, owed: int) -> tuple[Step, ...]:
    """社会保险法第六十二条: by what the employer owed before."""
    totals: dict[Month, tuple[int, bool]] = {}
    lines = BillLine.objects.filter(
        payer_id=line.payer_id, scheme=line.scheme, month__lt=line.month, run_id__lt=line.run_id
    ).exclude(part=LinePart.LATE_FEE)
    for day, part, fen in lines.values_list("month", "part", "fen"):
        so_far, estimated = totals.get(Month.of(day), (0, False))
        totals[Month.of(day)] = (so_far + fen, estimated or (part == LinePart.ESTIMATE and fen > 0))
    try:
        found = assess_undeclared(
            payer_id=line.payer_id,
            scheme=line.scheme,
            month=Month.of(line.month),
            totals=[MonthTotal(month, *told) for month, told in totals.items()],
            terms=undeclared_terms(
                tree=policy.load(),
                region=line.run.parameters["region"],
                month=Month.of(line.month),
                demo=True,
            ),
        )
    except Refusal:  # nothing of before is known here any more
        return ()
    return (found.step,)


def _told(line: BillLine, owed: int) -> Step:
    """By what it was billed, where no rule of a month gives it."""
    label, amount = line.get_part_display(), str(Money(owed))
    return Step(
        formula=label,
        inputs=((label, amount),),
        result=amount,
        version=line.run.policy_version,
        article=_rules(line) or _because(line.run),
        name=f"应缴{label}",
        sentence=f"{Month.of(line.month)} 的{label}由{line.run.get_kind_display()}核定，"
        f"{amount} 元。",
        rounding="",
    )


def _rules(line: BillLine) -> str:
    run, tree = line.run, policy.load()
    kind = BillRunKind.RESIDENTS if run.kind == BillRunKind.YEAR_TOP_UP else run.kind
    keys = RULES.get(kind) or RULES.get(f"{kind}{line.scheme}") or ()
    region = run.parameters.get("region")
    try:
        return authority(*(tree.resolve_any(key, region, line.month) for key in keys))
    except Refusal:  # never configured for that day: the run itself is named
        return ""


def _because(run: BillRun) -> str:
    said = f"；{run.reason}" if run.reason else ""
    version = run.policy_version[:SHOWN_VERSION]
    return f"{run.get_kind_display()}第 {run.pk} 批留存的政策数（{version}）{said}"
