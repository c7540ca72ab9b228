"""Put a claim on record with its shares (一次性待遇核定): once, to the fen, with every step."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from django.db import IntegrityError, transaction

from backend.access.constraints import violated
from backend.cases import content
from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.people.models import Death, Party
from backend.people.queries import canonical_id, family_of
from insurance.accounts.shares import divided
from insurance.benefits.claims.models import Claim, ClaimKind, ClaimShare, Relation
from insurance.benefits.claims.parts import divided_parts
from insurance.policy.kept_steps import kept
from insurance.policy.steps import Step
from payments.ledger.models import Book

WEIGHT_MAX = 1_000_000
HEIRS = tuple(one for one in Relation.values if one != Relation.SELF)
ALREADY = {
    "benefits_claim_once": "此人的该项待遇已核定，同一事项只发一次。",
    "benefits_claim_one_certificate": "该证书已领取过技能提升补贴，每本证书只补贴一次。",
    "benefits_claim_one_funeral": "此人的丧葬补助金已由另一险种发放，只能选择领取其中一项。",
}


class AlreadyGranted(Refusal):
    """It is granted once; of the funeral grants one only (已核定或已领取同类待遇)."""

    code = "claim_already_granted"


class HeirInvalid(Refusal):
    """Heirs are living persons, each once, none of them the dead person (继承人不正确)."""

    code = "claim_heir_invalid"


@dataclass(frozen=True)
class Heir:
    """Who gets how much of it in proportion (继承人、份额)."""

    payee_id: int
    weight: int
    relation: str


@dataclass(frozen=True)
class Granted:
    """What is to be put on record."""

    kind: ClaimKind
    person_id: int
    scheme: str
    book: Book
    parts: tuple[int, ...]  # by expense item
    event_date: date
    fen: int
    funeral_fen: int
    region: str
    figures: dict[str, object]
    steps: tuple[Step, ...]
    policy_version: str
    standing: str
    subject: str = ""  # of what is granted more than once: which birth, which certificate


def heirs_of(case: Case) -> tuple[Heir, ...]:
    """Read the heirs of a case: a list ``heirs`` of ``payee`` (party), ``weight``, ``relation``.

    Raises:
        ContentInvalid, HeirInvalid.
    """
    heirs = tuple(
        Heir(
            canonical_id(party_id=content.number(row, "payee", "继承人")),
            content.count(row, "weight", "份额", most=WEIGHT_MAX),
            content.choice(row, "relation", "与参保人关系", HEIRS),
        )
        for row in content.rows(case, "heirs", "继承人")
    )
    if not heirs or min(heir.weight for heir in heirs) <= 0:
        raise ContentInvalid("请逐一写明继承人和份额。", case_id=case.pk)
    _refuse_other_than_living(case, [heir.payee_id for heir in heirs])
    return heirs


def to_person(*, person_id: int) -> tuple[Heir, ...]:
    """Give the one payee of what is paid to the insured person himself."""
    return (Heir(person_id, 1, Relation.SELF),)


def refuse_granted(
    *,
    case: Case,
    kind: ClaimKind,
    scheme: str,
    funeral: bool = False,
    subject: str = "",
    besides: Claim | None = None,
) -> None:
    """Refuse what was granted before, under whatever entry of the person; a certificate, to any.

    ``besides``: the claim that the case corrects.

    Raises:
        AlreadyGranted.
    """
    standing = Claim.objects.filter(superseded_at__isnull=True)
    if besides is not None:
        standing = standing.exclude(pk=besides.pk)
    current = standing.filter(person__in=family_of(party_id=case.party_id))
    certified = standing.filter(kind=kind, subject=subject)
    if kind == ClaimKind.SKILL and certified.exists():
        raise AlreadyGranted(ALREADY["benefits_claim_one_certificate"], case_id=case.pk)
    if current.filter(kind=kind, scheme=scheme, subject=subject).exists():
        raise AlreadyGranted(ALREADY["benefits_claim_once"], case_id=case.pk)
    if funeral and current.filter(funeral_fen__gt=0).exists():
        raise AlreadyGranted(ALREADY["benefits_claim_one_funeral"], case_id=case.pk)


def put_down(
    *,
    case: Case,
    granted: Granted,
    heirs: Sequence[Heir],
    corrects: Claim | None = None,
    had: Mapping[int, int] = MappingProxyType({}),
) -> int:
    """Write the claim and its shares; rows written. Whose share comes to no fen gets none.

    ``had``: what payees had of the claim that this one ``corrects``, in fen. The caller holds the
    transaction.

    Raises:
        AlreadyGranted: another case was quicker.
    """
    claim = Claim(
        kind=granted.kind,
        subject=granted.subject,
        person_id=granted.person_id,
        scheme=granted.scheme,
        book=granted.book,
        event_date=granted.event_date,
        fen=granted.fen,
        funeral_fen=granted.funeral_fen,
        region=granted.region,
        figures=granted.figures,
        steps=kept(steps=granted.steps),
        policy_version=granted.policy_version,
        standing=granted.standing,
        corrects=corrects,
        case_id=case.pk,
    )
    try:
        with transaction.atomic():
            claim.save(force_insert=True)
    except IntegrityError as error:
        broken = violated(error)
        if broken not in ALREADY:
            raise
        raise AlreadyGranted(ALREADY[broken], case_id=case.pk) from None
    shares = divided(fen=granted.fen, weights=[heir.weight for heir in heirs])
    parts = divided_parts(parts=granted.parts, shares=shares)
    rows = [
        ClaimShare(
            claim=claim,
            payee_id=heir.payee_id,
            relation=heir.relation,
            weight=heir.weight,
            fen=fen,
            had_fen=min(fen, had.get(heir.payee_id, 0)),
            parts=list(of_items),
        )
        for heir, fen, of_items in zip(heirs, shares, parts, strict=True)
        if fen
    ]
    return 1 + len(ClaimShare.objects.bulk_create(rows))


def _refuse_other_than_living(case: Case, payees: Collection[int]) -> None:
    family = family_of(party_id=case.party_id)
    persons = Party.objects.filter(pk__in=payees, kind="PERSON").exclude(pk__in=family)
    if len(set(payees)) != len(payees) or persons.count() != len(payees):
        raise HeirInvalid("继承人应为自然人，每人一次，不能是逝者本人。", case_id=case.pk)
    dead = Death.objects.filter(person__in=payees, superseded_at__isnull=True)
    if dead.exists():
        raise HeirInvalid("继承人中有已登记死亡的，请核实后另定继承人。", case_id=case.pk)
