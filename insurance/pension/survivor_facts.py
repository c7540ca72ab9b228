"""Who died, as far as it counts (死亡的参保人员): drew a pension or not, months paid and drawn."""

from collections.abc import Sequence

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.months import Month, MonthRange, months_between
from backend.kernel.parameters import Resolved
from backend.people.models import Death
from backend.people.queries import family_of
from insurance.accounts.sent_away import counts_since
from insurance.benefits.models import Entitlement, Stop
from insurance.benefits.register_word import SAID, months_evidence, own_evidence
from insurance.pension import archive_facts
from insurance.pension.adjusting.paid_months_known import paid_months_known
from insurance.pension.deemed import check_months
from insurance.pension.paid_months import SCHEME, history_of
from insurance.pension.survivor import FIVE_YEARS, Deceased, Status
from insurance.policy import parameters as policy

MONTHS_MAX = 12 * 70
ALLOWANCE = "survivor.allowance_counts_as"
FIRST_MONTH = Month(1951, 1)  # 劳动保险条例: nothing was paid before


class NeverPaid(Refusal):
    """Nobody knows of months paid for (没有缴费记录)."""

    code = "survivor_never_paid"


class MonthsDiffer(Refusal):
    """The register knows another number of months (缴费月数与登记不符)."""

    code = "survivor_months_differ"


def deceased_of(*, case: Case, death: Death) -> Deceased:
    """Give what counts of who died: by the register where it knows, else by the case's papers.

    Raises:
        ContentInvalid, NeverPaid, MonthsDiffer, OwnContributionsDiffer; as ``months_evidence``;
        NotVerified: as what an allowance for illness counts.
    """
    month = Month.of(death.death_date)
    drawn_of = _drawn_of(case, month)
    if drawn_of:
        paid, papers = _paid_months_drawn(case, drawn_of), list[str]()
    else:
        paid, papers = _paid_months(case, month)
    own = None
    if paid < FIVE_YEARS:
        own, evidence = _own_contributions(case, all_here=not (drawn_of or papers))
        papers.append(evidence)
    said = tuple(paper for paper in papers if SAID in paper)
    rule = _rule_of_allowance(case, drawn_of, month)
    status = Status[rule.text] if rule else Status.RETIRED if drawn_of else Status.IN_SERVICE
    if status is Status.IN_SERVICE:
        return Deceased(status, paid, 0, own, said, rule)
    drawn = sum(_drawn_months(entitlement, month) for entitlement in drawn_of)
    return Deceased(status, paid, drawn, own, said, rule)


def _rule_of_allowance(
    case: Case, drawn_of: Sequence[Entitlement], month: Month
) -> Resolved | None:
    """As what somebody counts who drew an allowance for illness (病残津贴) at the death; none: a
    pension, or nothing.

    Raises:
        NotConfigured, NotVerified.
    """
    last = drawn_of[-1] if drawn_of else None
    if last is None or last.item_ordinal is None:
        return None
    if last.item_until is not None and month.first_day >= last.item_until:
        return None
    return policy.load().resolve(ALLOWANCE, case.agency.region, month.first_day, is_demo())


def _own_contributions(case: Case, *, all_here: bool) -> tuple[int, str]:
    """Those of somebody with less than five years (fen), and on what they rest."""
    evidence = content.text(case, "own_evidence", "本人缴费之和的依据")
    own = content.fen(case, "own_contributions", "本人缴费之和")
    held = own_evidence(case=case, scheme=SCHEME, said=own, evidence=evidence, all_here=all_here)
    return own, held


def _drawn_of(case: Case, month: Month) -> list[Entitlement]:
    """The pensions of the scheme that had begun by the death."""
    return list(
        Entitlement.objects.filter(
            person__in=family_of(party_id=case.party_id),
            scheme=SCHEME,
            start_month__lte=month.first_day,
        ).order_by("start_month")
    )


def _paid_months_drawn(case: Case, entitlements: list[Entitlement]) -> int:
    known = paid_months_known(entitlement=entitlements[-1])
    if known is not None:
        if case.content.get("paid_months") not in (None, known):
            raise MonthsDiffer(f"登记的缴费月数为 {known}。", case_id=case.pk)
        return known
    content.text(case, "paid_evidence", "缴费月数的依据")
    return content.count(case, "paid_months", "缴费月数", most=MONTHS_MAX)


def _paid_months(case: Case, month: Month) -> tuple[int, list[str]]:
    """Deemed months, those before this system's own bills, and those paid for here; the papers of
    those before."""
    earlier, since, papers = 0, FIRST_MONTH, list[str]()
    facts = archive_facts.current(person_id=case.party_id)
    if case.content.get("paid_months") is not None:
        earlier = content.count(case, "paid_months", "以前缴费月数", most=MONTHS_MAX)
        last = Month.parse(case.content.get("paid_until"))
        since = last.next
        first_work = Month.of(facts.first_work_month) if facts else FIRST_MONTH
        papers.append(
            months_evidence(
                case=case,
                scheme=SCHEME,
                said=earlier,
                evidence=content.text(case, "paid_evidence", "以前缴费的依据"),
                since=first_work,
                last=last,
                counted_since=counts_since(
                    person_id=case.party_id, scheme=SCHEME, since=first_work
                ),
                deemed=archive_facts.deemed_of(facts=facts) if facts else (),
            )
        )
    here = history_of(
        person_id=case.party_id,
        since=since,
        until=month,
        region=case.agency.region,
        on=content.day_of(case),
    )
    if facts is not None:
        check_months(
            deemed=archive_facts.deemed_of(facts=facts),
            paid={one.month for one in here.paid},
            earlier_months=earlier + here.brought_months,
            first_work=Month.of(facts.first_work_month),
            last=month,
        )
    counted = here.brought_months + here.one_off_months + here.months
    paid = earlier + counted + (facts.deemed_months if facts else 0)
    if not paid:
        raise NeverPaid("没有缴费记录，请填写以前的缴费月数和依据。", case_id=case.pk)
    return paid, papers


def _drawn_months(entitlement: Entitlement, month: Month) -> int:
    """Months from the first to that of the death in which the pension existed."""
    start = Month.of(entitlement.start_month)
    months = set(start.until(month.next))
    stops = Stop.objects.filter(entitlement=entitlement, superseded_at__isnull=True)
    for stop in stops:
        until = Month.of(stop.valid.upper) if stop.valid.upper else month.next
        first = Month.of(stop.valid.lower)
        if months_between(first, until) > 0:
            months -= set(MonthRange(first, until).months())
    return len(months)
