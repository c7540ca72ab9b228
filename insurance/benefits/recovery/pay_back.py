"""Pay back what somebody gave back and, as now known, did not owe (多退的追回款退还).

The memo register stands below zero: a month that was asked back is owed after all, as when a death
was false or a figure is corrected. Three people decide the whole of it; it leaves in a batch of
what is granted once, and is expensed again.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from backend.cases import content
from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.people.models import Death
from backend.people.queries import canonical_id, family_of
from insurance.benefits.assess import NOTHING
from insurance.benefits.claims import correcting, grant
from insurance.benefits.claims.correcting import Correction
from insurance.benefits.claims.grant import Granted, Heir
from insurance.benefits.claims.inherited_anew import divided_anew
from insurance.benefits.claims.models import ClaimKind
from insurance.benefits.claims.parts import added
from insurance.benefits.recovery.amounts import taken
from insurance.benefits.recovery.standing import CAME_BACK, PAID_BACK
from insurance.benefits.recovery.steps import ONE_AT_A_TIME, PAPER_MAX
from insurance.policy import parameters as policy
from insurance.policy.steps import Step
from payments import corrected
from payments.ledger import memo
from payments.ledger.models import Book

CAME, OWED, MORE = "已退回和抵扣", "应追回", "多退的追回款"
ARTICLE = "民法典第九百八十五条"

SUMS = """
SELECT coalesce(-sum(fen) FILTER (WHERE source = ANY (%(sources)s)), 0)::bigint,
    coalesce(sum(fen) FILTER (WHERE source <> ALL (%(sources)s)), 0)::bigint
FROM ledger_memoentry WHERE book_id = %(book)s AND party_id = ANY (%(family)s)
    AND kind = 'OVERPAID'
"""
# Of which expense items what was thought to be owed back was, and is not: of months; and of single
# payments (claims, accounts, refunds of employers), by the due that they were spent by.
NOT_OWED = (corrected.SOURCE, "benefits.claim.returned", "accounts.inherited.returned")
ITEMS = """
SELECT ARRAY(SELECT -p.fen FROM unnest(o.parts) WITH ORDINALITY p (fen, i) ORDER BY p.i)
FROM benefits_overpaid o JOIN benefits_entitlement e ON e.id = o.entitlement_id
WHERE e.book_id = %(book)s AND o.payee_id = ANY (%(family)s) AND o.fen < 0
UNION ALL
SELECT benefits_taken(a.parts, -m.fen)
FROM ledger_memoentry m
JOIN payments_attempt a ON a.n = 1 AND a.due_ref = split_part(m.source_id, '/', 1)::bigint
WHERE m.source = ANY (%(not_owed)s) AND m.fen < 0
    AND m.book_id = %(book)s AND m.party_id = ANY (%(family)s)
"""
PUT_DOWN = """
SELECT %(book)s::int AS book_id, %(debtor)s::bigint AS party_id, %(case)s::text AS source_id,
    %(fen)s::bigint AS fen
"""


class NothingToPayBack(Refusal):
    """Nobody gave back more than he owed (没有多退的追回款)."""

    code = "pay_back_nothing"


class AmountDiffers(Refusal):
    """All of it is paid back at once (金额与多退的不符)."""

    code = "pay_back_amount_differs"


class DeathInDoubt(Refusal):
    """Whether to pay him or his heirs is not known yet (死亡信息尚未核实)."""

    code = "pay_back_death_in_doubt"


@dataclass(frozen=True)
class Balance:
    """What came back from a party, and what of it is owed as now known."""

    book: Book
    debtor_id: int
    came_fen: int
    owed_fen: int

    @property
    def more_fen(self) -> int:
        """What came back too much."""
        return max(0, self.came_fen - self.owed_fen)


def check(case: Case) -> int:
    """At its receipt a RECOVERY_PAY_BACK case can be decided as it asks; writes nothing.

    Content: ``scheme``, ``amount`` (all that came back too much), ``reason``, ``document``. Of who
    died since: ``heirs`` (``payee``, ``weight``, ``relation``) with ``evidence`` (继承权证明).
    ``corrects`` (a claim) with ``objection``, or with ``error`` and ``error_evidence``: the same
    amount goes to other heirs, or by other shares; what is found more is paid back besides.

    Raises:
        ContentInvalid, HeirInvalid, ProposalWaits, DeathInDoubt, NothingToPayBack, AmountDiffers;
        as ``correction_of``, NothingChanged.
    """
    content.require_only_proposal(case, of_party=True, scheme=case.content.get("scheme"))
    payees, correction = _payees(case), _correction(case)
    if correction is None:
        _granted(case)
        return 0
    granted = _granted_anew(case, correction)
    correcting.require_change(correction=correction, granted=granted, heirs=payees)
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a RECOVERY_PAY_BACK case; rows written. Raises as ``check``."""
    correcting.hold_to_correct(case)
    if (correction := _correction(case)) is not None:
        return correcting.put_on_record(
            case=case,
            correction=correction,
            granted=_granted_anew(case, correction),
            heirs=_payees(case),
        )
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME, [str(canonical_id(party_id=case.party_id))])
    granted = _granted(case)
    rows = grant.put_down(case=case, granted=granted, heirs=_payees(case))
    values: dict[str, Any] = {
        "book": granted.book.pk,
        "debtor": granted.person_id,
        "case": case.pk,
        "fen": granted.fen,
    }
    return rows + memo.append(select=PUT_DOWN, parameters=values, source=PAID_BACK)


def _correction(case: Case) -> Correction | None:
    scheme = content.text(case, "scheme", "险种")
    return correcting.correction_of(case=case, kind=ClaimKind.PAID_BACK, scheme=scheme)


def _granted_anew(case: Case, correction: Correction) -> Granted:
    before = correction.before
    if content.fen(case, "amount", "金额") != before.fen:
        raise AmountDiffers(
            f"更正只改继承人和份额，金额仍为 {Money(before.fen)} 元，请按此填写。", case_id=case.pk
        )
    return divided_anew(case=case, correction=correction, event_date=before.event_date)


def _payees(case: Case) -> tuple[Heir, ...]:
    """Who gave it back, or the heirs of who died since."""
    family = family_of(party_id=case.party_id)
    deaths = Death.objects.filter(person__in=family, superseded_at__isnull=True)
    if not deaths.exists():
        return grant.to_person(person_id=family[0])
    if not deaths.filter(confirmed=True).exists():
        raise DeathInDoubt("此人的死亡信息尚未由两人核实，核实或撤销以后再退还。", case_id=case.pk)
    content.text(case, "evidence", "继承权的证明")
    return grant.heirs_of(case)


def _granted(case: Case) -> Granted:
    asked = content.fen(case, "amount", "金额")
    reason = content.text(case, "reason", "退还原因")
    document = content.text(case, "document", "文书号", most=PAPER_MAX)
    of = _balance(case)
    if not of.more_fen:
        raise NothingToPayBack("此人没有多退的追回款。", case_id=case.pk)
    if asked != of.more_fen:
        raise AmountDiffers(f"多退的为 {Money(of.more_fen)} 元，请按此填写。", case_id=case.pk)
    return Granted(
        kind=ClaimKind.PAID_BACK,
        person_id=of.debtor_id,
        scheme=of.book.scheme,
        book=of.book,
        parts=_parts(of),
        event_date=content.day_of(case),
        fen=of.more_fen,
        funeral_fen=0,
        region=case.agency.region,
        figures={"reason": reason, "document": document},
        steps=(_step(of),),
        policy_version=policy.version(),
        standing="BASELINE",
        subject=f"业务件{case.pk}",
    )


def _balance(case: Case) -> Balance:
    scheme = content.text(case, "scheme", "险种")
    book = Book.objects.filter(agency=case.agency, scheme=scheme).order_by("pk").first()
    if book is None:
        raise ContentInvalid("本机构没有该险种的账套。", case_id=case.pk)
    family = family_of(party_id=case.party_id)
    values: dict[str, Any] = {"book": book.pk, "family": family, "sources": list(CAME_BACK)}
    with connection.cursor() as cursor:
        cursor.execute(SUMS, values)
        came_fen, owed_fen = cursor.fetchone()
    return Balance(book, family[0], came_fen, owed_fen)


def _parts(of: Balance) -> tuple[int, ...]:
    """By the items that it was spent from; what nothing explains, as what the old system had asked
    back, is of the first."""
    values: dict[str, Any] = {
        "book": of.book.pk,
        "family": family_of(party_id=of.debtor_id),
        "not_owed": list(NOT_OWED),
    }
    with connection.cursor() as cursor:
        cursor.execute(ITEMS, values)
        items = added(of=[NOTHING, *(parts for (parts,) in cursor.fetchall())])
    _, *others = taken(parts=items, fen=of.more_fen)
    while others and not others[-1]:
        others.pop()
    return (of.more_fen - sum(others), *others)


def _step(of: Balance) -> Step:
    came, owed, more = (str(Money(fen)) for fen in (of.came_fen, of.owed_fen, of.more_fen))
    return Step(
        formula=f"{CAME} − {OWED}",
        inputs=((CAME, came), (OWED, owed)),
        result=more,
        version=policy.version(),
        article=ARTICLE,
        name=MORE,
        sentence=f"您已退回（含抵扣）{came}元，现查明应退回{owed}元，多退的{more}元退还给您。",
        rounding="",
    )
