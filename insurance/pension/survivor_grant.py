"""Grant the survivors what a death brings (遗属待遇核定): once, to the heirs, with its steps.

Two people confirmed the death before; three persons grant. The account is inherited besides, by a
case of its own. Who died serving a sentence leaves the own contributions only
(劳社厅函〔2001〕44号).
"""

from dataclasses import dataclass

from django.db import transaction

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.kernel.parameters import Resolved
from backend.people.models import Death, Person
from backend.people.queries import canonical_id, family_of
from insurance.benefits.claims import correcting, grant
from insurance.benefits.claims.correcting import Correction
from insurance.benefits.claims.grant import Granted
from insurance.benefits.claims.models import ClaimKind
from insurance.benefits.drawn import draws
from insurance.benefits.items import claim_parts
from insurance.benefits.life.queries import died_in_prison
from insurance.benefits.models import Entitlement
from insurance.enrolment.queries import employed_last_in, months_insured
from insurance.pension.adjusting.figures import place_of
from insurance.pension.locks import lock_person
from insurance.pension.models import Award
from insurance.pension.survivor import (
    FIVE_YEARS,
    FUNERAL,
    Deceased,
    SurvivorBenefits,
    survivor_benefits,
)
from insurance.pension.survivor_facts import NeverPaid, deceased_of
from insurance.pension.survivor_terms import income_before, survivor_terms
from insurance.pension.survivor_unemployed import grants_of_place, require_drawing, steps_of
from insurance.policy import parameters as policy
from insurance.policy.standing import mark_of_amount, weakest
from insurance.policy.steps import Step, authority
from payments.ledger.models import Book

EMPLOYEES, RESIDENTS, UNEMPLOYED = SCHEMES = ("110", "170", "210")
RESIDENTS_KEY = "resident_pension.funeral_grant"
OTHERS = {
    "110": "职工养老保险",
    "170": "城乡居民养老保险",
    "410": "工伤保险",
    "210": "失业保险",
}
PAPERS = (
    *("paid_months", "paid_until", "paid_evidence", "own_evidence", "difference_reason"),
    "other_funeral",
)


class NotDead(Refusal):
    """Nothing is owed before two people confirmed the death (死亡信息尚未核实)."""

    code = "survivor_death_not_confirmed"


class DiedInPrison(Refusal):
    """Who died serving a sentence leaves the own contributions with interest (服刑期间死亡)."""

    code = "survivor_died_in_prison"


class NothingLeft(Refusal):
    """What is left to grant comes to nothing (没有可发的金额)."""

    code = "survivor_nothing_left"


class NoBook(Refusal):
    """The agency keeps no book of this fund (本机构没有该险种的账套)."""

    code = "survivor_no_book"


@dataclass(frozen=True)
class Reckoned:
    """What is granted, of that the funeral grant, by whose values, and why."""

    fen: int
    funeral_fen: int
    steps: tuple[Step, ...]
    sources: tuple[Resolved, ...]
    figures: dict[str, object]
    region: str


def check(case: Case) -> int:
    """At its receipt a SURVIVOR_GRANT case can be decided as it asks; writes nothing.

    Content: ``scheme`` (110, 170; 210 of who died while drawing unemployment benefit); ``heirs``
    (``payee``, ``weight``, ``relation``). For 110, of who drew a
    pension whose months are not known here, and of who was in service: ``paid_months`` (before this
    system's own bills, deemed ones of the archive not counted) with ``paid_until`` (the last of
    them) and ``paid_evidence``; of less than five years ``own_contributions`` (yuan)
    with ``own_evidence``.
    ``corrects`` (a claim) with ``objection``, or with ``error`` and ``error_evidence``: it takes
    the place of that one, and the difference is paid or owed back.
    ``other_funeral`` (110, 170, 410 or 210) with ``other_evidence``: the funeral grant is taken
    there.

    Raises:
        ContentInvalid, HeirInvalid, ProposalWaits, NotDead, DiedInPrison, AlreadyGranted,
        NeverPaid, MonthsDiffer, NotDrawing, NothingLeft, NoBook; NotConfigured, NotVerified: a
            figure; as ``correction_of``, NothingChanged.
    """
    content.require_only_proposal(case, of_party=True, scheme=case.content.get("scheme"))
    correction = _correction(case)
    correcting.require_change(
        correction=correction, granted=_granted(case, correction), heirs=grant.heirs_of(case)
    )
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a SURVIVOR_GRANT case; rows written.

    Raises:
        as ``check``, but for ProposalWaits.
    """
    correcting.hold_to_correct(case)
    lock_person(person_id=canonical_id(party_id=case.party_id))
    correction = _correction(case)
    return correcting.put_on_record(
        case=case,
        correction=correction,
        granted=_granted(case, correction),
        heirs=grant.heirs_of(case),
    )


def _correction(case: Case) -> Correction | None:
    scheme = content.choice(case, "scheme", "险种", SCHEMES)
    return correcting.correction_of(case=case, kind=ClaimKind.SURVIVOR, scheme=scheme)


def _granted(case: Case, correction: Correction | None) -> Granted:
    scheme = content.choice(case, "scheme", "险种", SCHEMES)
    death = _death(case)
    if died_in_prison(person_ids=family_of(party_id=case.party_id), death_date=death.death_date):
        raise DiedInPrison(
            "服刑期间死亡，遗属不享受丧葬补助金和抚恤金，个人账户中本人缴费本息另行继承。",
            case_id=case.pk,
        )
    other = _funeral_elsewhere(case, scheme)
    grant.refuse_granted(
        case=case,
        kind=ClaimKind.SURVIVOR,
        scheme=scheme,
        funeral=not other,
        besides=correcting.claim_besides(correction),
    )
    of_schemes = {EMPLOYEES: _of_employees, RESIDENTS: _of_residents, UNEMPLOYED: _of_unemployed}
    reckoned = of_schemes[scheme](case, death, other)
    standing = weakest(standings=[source.standing for source in reckoned.sources])
    given = {name: case.content[name] for name in PAPERS if name in case.content}
    return Granted(
        kind=ClaimKind.SURVIVOR,
        person_id=canonical_id(party_id=case.party_id),
        scheme=scheme,
        book=_book(case, scheme),
        parts=claim_parts(scheme=scheme, kind=ClaimKind.SURVIVOR, fen=reckoned.fen),
        event_date=death.death_date,
        fen=reckoned.fen,
        funeral_fen=reckoned.funeral_fen,
        region=reckoned.region,
        figures={
            "death_date": death.death_date.isoformat(),
            "given": given,
            **reckoned.figures,
            **correcting.kept_ground(correction),
        },
        steps=reckoned.steps,
        policy_version=policy.version(),
        standing=mark_of_amount(standing=standing, demo=is_demo()),
    )


def _of_employees(case: Case, death: Death, other: str) -> Reckoned:
    """人社部发〔2021〕18号: both grants, or the second alone."""
    deceased, month = deceased_of(case=case, death=death), Month.of(death.death_date)
    tree, region, demo = policy.load(), case.agency.region, is_demo()
    found = survivor_benefits(
        deceased=deceased,
        income=income_before(tree=tree, region=region, death_month=month, demo=demo),
        terms=survivor_terms(
            tree=tree,
            region=region,
            death_month=month,
            under_five_years=deceased.paid_months < FIVE_YEARS,
            demo=demo,
        ),
        funeral_elsewhere=OTHERS[other] if other else "",
    )
    if not found.total_fen:
        raise NothingLeft("没有可发的金额。", case_id=case.pk)
    figures: dict[str, object] = {
        "status": deceased.status.name,
        "paid_months": deceased.paid_months,
        "drawn_months": deceased.drawn_months,
        "months": str(found.months),
    }
    rule = (deceased.counts_as,) if deceased.counts_as else ()
    sources = (*found.sources, *rule)
    steps = _told(found, deceased)
    return Reckoned(found.total_fen, found.funeral_fen, steps, sources, figures, region)


def _told(found: SurvivorBenefits, deceased: Deceased) -> tuple[Step, ...]:
    """The steps, the first with the papers that the register does not bear out."""
    first, *rest = found.steps
    rule = (authority(deceased.counts_as),) if deceased.counts_as else ()
    article = "；".join((first.article, *rule, *deceased.papers))
    return (first._replace(article=article), *rest)


def _of_residents(case: Case, death: Death, other: str) -> Reckoned:
    """国发〔2014〕8号 leaves the funeral grant to the place, where the pension goes by too."""
    if other:
        raise NothingLeft("丧葬补助金另行领取后没有可发的金额。", case_id=case.pk)
    month = Month.of(death.death_date)
    insured = months_insured(person_id=case.party_id, scheme=RESIDENTS, until=month.next)
    if not insured and not draws(person_id=case.party_id, scheme=RESIDENTS):
        raise NeverPaid("此人没有参加城乡居民基本养老保险。", case_id=case.pk)
    tree, region = policy.load(), place_of(district=_district(case), region=case.agency.region)
    source = tree.resolve(RESIDENTS_KEY, region, death.death_date, is_demo())
    amount = str(source.money)
    step = Step(
        formula="当地标准",
        inputs=(("当地标准", amount),),
        result=amount,
        version=tree.version,
        article=authority(source),
        name=FUNERAL,
        sentence=f"丧葬补助金按当地标准一次发给遗属{amount}元；个人账户余额另行继承。",
        rounding="",
    )
    return Reckoned(source.money.fen, source.money.fen, (step,), (source,), {}, region)


def _district(case: Case) -> str:
    """Where the pension was drawn, wherever somebody moved to; else where somebody lives."""
    family = family_of(party_id=case.party_id)
    drawn = Entitlement.objects.filter(person__in=family, scheme=RESIDENTS)
    last = drawn.order_by("start_month").last()
    if last is None:
        return Person.objects.get(pk=family[0]).district
    award = Award.objects.filter(entitlement=last).order_by("pk").last()  # corrected perhaps
    return award.region if award else last.district


def _of_unemployed(case: Case, death: Death, other: str) -> Reckoned:
    """社会保险法第四十九条: both grants as the place lays down, or the second alone."""
    require_drawing(case=case, death_date=death.death_date)
    family, tree = family_of(party_id=case.party_id), policy.load()
    region = employed_last_in(family=family, scheme=UNEMPLOYED, region=case.agency.region)
    funeral, survivors = grants_of_place(
        tree=tree, region=region, death_date=death.death_date, demo=is_demo()
    )
    steps = steps_of(tree=tree, funeral=funeral, grant=survivors, with_funeral=not other)
    funeral_fen = 0 if other else funeral.money.fen
    sources = (survivors,) if other else (funeral, survivors)
    fen = funeral_fen + survivors.money.fen
    return Reckoned(fen, funeral_fen, steps, sources, {}, region)


def _death(case: Case) -> Death:
    death = Death.objects.filter(
        person__in=family_of(party_id=case.party_id), confirmed=True, superseded_at__isnull=True
    ).first()
    if death is None:
        raise NotDead("死亡信息尚未由两人核实，不能核定遗属待遇。", case_id=case.pk)
    return death


def _funeral_elsewhere(case: Case, scheme: str) -> str:
    """The scheme from which the funeral grant is taken instead; empty: from this one."""
    if case.content.get("other_funeral") is None:
        return ""
    content.text(case, "other_evidence", "另行领取丧葬补助金的依据")
    others = tuple(one for one in OTHERS if one != scheme)
    return content.choice(case, "other_funeral", "领取丧葬补助金的险种", others)


def _book(case: Case, scheme: str) -> Book:
    book = Book.objects.filter(agency=case.agency, scheme=scheme).order_by("pk").first()
    if book is None:
        raise NoBook("本机构没有该险种的账套，不能核定。", case_id=case.pk)
    return book
