"""Pay at once for the months that are missing to the least (一次性缴费至最低年限).

Who was insured before 社会保险法 and paid on for five years after the statutory month, and has too
few months still, pays for the rest at once. It is billed as any contribution; once it is paid its
months count at the award, and the department may let him retire. Another case tells it anew, or
withdraws it, by difference.
"""

from dataclasses import dataclass

from django.db import transaction

from backend.cases import content
from backend.cases.corrections import Ground, ground_of, number_corrected, require_own
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.kernel.parameters import Resolved
from backend.people.queries import canonical_id
from insurance.benefits.drawn import bars
from insurance.collection.cases.one_off_bill import bill_one_off, require_free
from insurance.collection.rules.one_off import OneOff, one_off
from insurance.collection.rules.terms import FLEXIBLE, terms_for
from insurance.pension import archive_facts
from insurance.pension.in_payment import AlreadyAwarded
from insurance.pension.locks import lock_person
from insurance.pension.lump_sum import MONTHS_MAX, hold_against_register
from insurance.pension.models import ArchiveFacts, OneOffPayment
from insurance.pension.one_off_paid import current
from insurance.pension.retirement import Route, route_terms
from insurance.policy import parameters as policy
from insurance.policy.kept_steps import kept, read
from insurance.policy.retirement import Category, delay_rule, retirement
from insurance.policy.standing import weakest

SCHEME = "110"
RULE = "retirement.one_off_payment"
NOTHING = OneOff(0, 0, 0, 0, ())


class ArchiveMissing(Refusal):
    """The statutory month is not known before the archive is recognised (尚未办理档案认定)."""

    code = "one_off_archive_missing"


class InsuredTooLate(Refusal):
    """Only who was insured before the law came into force may pay at once (参保时间晚于规定)."""

    code = "one_off_insured_too_late"


class NotPaidOn(Refusal):
    """First one pays on for some years (延长缴费尚未满规定年数)."""

    code = "one_off_not_paid_on"


class MonthsEnough(Refusal):
    """Nothing is missing to the least months (已满最低年限)."""

    code = "one_off_months_enough"


class AlreadyBilled(Refusal):
    """It is billed; another amount is a correction of it (已核定一次性缴费)."""

    code = "one_off_already_billed"


class OneOffUnknown(Refusal):
    """There is no such one-off payment in force (没有这项一次性缴费)."""

    code = "one_off_unknown"


class NothingChanged(Refusal):
    """It comes to what was billed (更正前后没有差别)."""

    code = "one_off_nothing_changed"


@dataclass(frozen=True)
class Correction:
    """What is told anew, and why."""

    before: OneOffPayment
    ground: Ground


@dataclass(frozen=True)
class Asked:
    """What is to be paid at once, in which month it stands, and by which rules."""

    month: Month
    owed: OneOff
    sources: tuple[Resolved, ...]
    evidence: str


def check(case: Case) -> int:
    """At its receipt a ONE_OFF_PAYMENT case can be decided as it asks; writes nothing.

    Content: ``scheme`` (110), ``paid_months`` (all so far, deemed ones too), ``evidence`` of them,
    ``missing`` (months to the least), ``insured_since`` (first month insured) and
    ``insured_evidence``. What tells it anew also ``corrects`` (its number) and its ground;
    ``withdrawn`` (true): nothing is to be paid.

    Raises:
        ContentInvalid, MonthInvalid, ProposalWaits, ArchiveMissing, AlreadyAwarded, InsuredTooLate,
        NotPaidOn, MonthsEnough, AlreadyBilled, OneOffUnknown, OtherBody, MonthTaken,
        NothingChanged; as ``hold_against_register`` and ``ground_of``; NotConfigured, NotVerified:
        a rule or figure.
    """
    content.require_only_proposal(case, of_party=True)
    _asked(case, _correction(case))
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a ONE_OFF_PAYMENT case; rows written.

    Raises:
        RunStillOpen: a run of bills is being computed; as ``check``, but ProposalWaits.
    """
    person = canonical_id(party_id=case.party_id)
    lock_person(person_id=person)
    correction = _correction(case)
    asked = _asked(case, correction)
    before = correction.before if correction else None
    was = _as_billed(before) if before else NOTHING
    rows = bill_one_off(case=case, person_id=person, month=asked.month, owed=asked.owed, before=was)
    OneOffPayment.objects.create(
        person_id=person,
        month=asked.month.first_day,
        months=asked.owed.months,
        base_fen=asked.owed.base_fen,
        fen=asked.owed.fen,
        account_fen=asked.owed.account_fen,
        corrects=before,
        ground=correction.ground.kept() if correction else None,
        evidence=asked.evidence,
        steps=kept(steps=asked.owed.steps),
        standing=weakest(standings={one.standing for one in asked.sources}).value,
        policy_version=policy.version(),
        case_id=case.pk,
    )
    return rows + 1


def _correction(case: Case) -> Correction | None:
    content.choice(case, "scheme", "险种", (SCHEME,))
    number = number_corrected(case)
    mine = current(person_id=case.party_id)
    if number is None:
        if mine:
            raise AlreadyBilled(
                f"业务件 {mine[0].case_id} 已核定一次性缴费；有误的，写明 {mine[0].pk} 更正。",
                case_id=case.pk,
            )
        return None
    before = next((one for one in mine if one.pk == number), None)
    if before is None:
        raise OneOffUnknown(f"此人没有现行的一次性缴费 {number}。", case_id=case.pk)
    decided = Case.objects.select_related("agency").get(pk=before.case_id)
    require_own(case=case, number=number, agency=decided.agency)
    return Correction(before, ground_of(case=case, decided_cases=[before.case_id]))


def _asked(case: Case, correction: Correction | None) -> Asked:
    today = Month.of(content.day_of(case))
    month = Month.of(correction.before.month) if correction else today
    tree, region, demo = policy.load(), case.agency.region, is_demo()
    rule = tree.resolve(RULE, region, month.first_day, demo)
    if correction is not None and case.content.get("withdrawn") is True:
        return Asked(month, NOTHING, (rule,), "")
    facts = archive_facts.current(person_id=case.party_id)
    if facts is None:
        raise ArchiveMissing("此人尚未办理档案认定，不知法定退休年月。", case_id=case.pk)
    if bars(person_id=case.party_id, scheme=SCHEME, first=month.next):
        raise AlreadyAwarded("此人已享受职工养老待遇，不再缴费。", case_id=case.pk)
    reached = _statutory(facts)
    _refuse_too_early(case, rule, reached, month)
    said = content.count(case, "paid_months", "累计缴费月数（含视同）", most=MONTHS_MAX)
    evidence = hold_against_register(case, SCHEME, month, said)
    least = route_terms(
        tree=tree,
        region=region,
        route=Route.CONTINUED,
        month=month,
        statutory_month=reached,
        demo=demo,
    ).minimum
    if said >= least.whole:
        raise MonthsEnough(f"累计缴费 {said} 个月，已满 {least.whole} 个月，不必一次性缴费。")
    missing = least.whole - said
    if content.count(case, "missing", "所缺月数", most=MONTHS_MAX) != missing:
        raise content.ContentInvalid(
            f"最低 {least.whole} 个月，已缴 {said} 个月，还缺 {missing} 个月，请按此填写。",
            case_id=case.pk,
        )
    if correction is None:
        require_free(person_id=case.party_id, month=month)
    terms = terms_for(
        tree=tree,
        scheme=SCHEME,
        kind=FLEXIBLE,
        region=region,
        month=month,
        known_on=content.day_of(case),
        demo=demo,
    )
    owed = one_off(months=missing, terms=terms, rule=rule)
    if correction is not None and owed.fen == correction.before.fen:
        raise NothingChanged("更正以后应缴的与原核定相同，没有可更正的。", case_id=case.pk)
    return Asked(month, owed, (rule, least, *terms.sources), evidence)


def _refuse_too_early(case: Case, rule: Resolved, reached: Month, month: Month) -> None:
    since = Month.parse(case.content.get("insured_since"))
    content.text(case, "insured_evidence", "首次参保月份的依据")
    before = Month.parse(rule.part("insured_before").text)
    if since >= before:
        raise InsuredTooLate(
            f"首次参保 {since}，{before} 以前参保的才可以一次性缴费。", case_id=case.pk
        )
    earliest = reached.plus(rule.part("paid_on_months").whole)
    if month < earliest:
        raise NotPaidOn(
            f"法定退休年月 {reached}，延长缴费到 {earliest} 仍不足的才可以一次性缴费。",
            earliest=str(earliest),
        )


def _statutory(facts: ArchiveFacts) -> Month:
    rule = delay_rule(tree=policy.load(), category=Category[facts.category])
    return retirement(birth_month=Month.of(facts.birth_month), rule=rule).month


def _as_billed(row: OneOffPayment) -> OneOff:
    return OneOff(row.months, row.base_fen, row.fen, row.account_fen, read(rows=row.steps))
