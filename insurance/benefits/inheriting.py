"""Inherit an account (账户继承), but for what nobody inherits from who died serving a sentence.

劳社厅函〔2001〕44号: of who dies in prison the own contributions with their interest are inherited.
An account that holds nothing else is inherited whole; of another people reckon and sign how much
that is, and the rest is the pool's.

What a pension pays of the account up to the month of death leaves it first: else the heirs would
have it twice, once as a pension and once as what the account holds.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.people.models import Death
from backend.people.queries import family_of
from insurance.accounts import correcting, leaving
from insurance.accounts.correcting import Correction
from insurance.accounts.models import AccountEntry, EntryKind, Part, Scheme
from insurance.accounts.own_part import known_parts
from insurance.benefits.claims import grant
from insurance.benefits.claims.inherited_singles import refuse_taken
from insurance.benefits.life.queries import died_in_prison

# A month that the pension is owed for and that no run has looked at, or a due that has neither left
# the account nor gone to the heirs.
UNPAID = """
SELECT EXISTS (SELECT FROM benefits_entitlement e
    WHERE e.person_id = ANY (%(family)s) AND e.scheme = %(scheme)s AND e.start_month <= %(died_on)s
        AND coalesce(e.paid_through, '-infinity') < date_trunc('month', %(died_on)s::date)
        AND NOT EXISTS (SELECT FROM benefits_run r WHERE r.state = 'SEALED'
            AND r.period >= date_trunc('month', %(died_on)s::date)))
    OR EXISTS (SELECT FROM benefits_due d JOIN benefits_entitlement e ON e.id = d.entitlement_id
    WHERE e.person_id = ANY (%(family)s) AND e.scheme = %(scheme)s AND d.kind <> 3
        AND d.for_month <= %(died_on)s
        AND NOT EXISTS (SELECT FROM benefits_cancelled k WHERE k.due_ref = d.due_ref)
        AND NOT EXISTS (SELECT FROM benefits_inheriteddue i WHERE i.due_ref = d.due_ref)
        AND NOT EXISTS (SELECT FROM payments_attempt a
            JOIN benefits_accountpayout p ON p.batch_id = a.batch_id AND p.chunk = a.chunk
            LEFT JOIN payments_outcome o ON o.due_ref = a.due_ref AND o.n = a.n AND o.state = 9
            WHERE a.due_ref = d.due_ref AND o.due_ref IS NULL))
"""
PAID_IN = (EntryKind.OPENING, EntryKind.CREDIT, EntryKind.TRANSFER_IN)


class PensionFirst(Refusal):
    """The months before the death are paid first (先发清死亡前的待遇)."""

    code = "account_pension_first"


class NotOwnMoney(Refusal):
    """The account holds more than the own contributions (账户中有非本人缴费).

    What part of it has grown from which is not known here.
    """

    code = "account_not_own_money"


class AllOwnMoney(Refusal):
    """Nothing but the whole is inherited (应全额继承)."""

    code = "account_all_own_money"


def check(case: Case) -> int:
    """At its receipt an ACCOUNT_INHERITANCE case can be decided as it asks; writes nothing.

    Content: ``scheme``; ``month``, in which it leaves the account; ``evidence`` (继承权证明);
    ``heirs`` (``payee``, ``weight``, ``relation``). Of who died in prison, where others paid into
    the account too: ``own_share`` (own contributions with their interest, in yuan) with
    ``own_evidence`` (how they were reckoned). ``corrects`` (the case that decided) with
    ``objection``, or with ``error`` and ``error_evidence``: it is inherited anew, by difference.

    Raises:
        ContentInvalid, HeirInvalid, ProposalWaits, NotOwnMoney, AllOwnMoney, OwnShareTooLittle,
        PensionFirst, NotDead, LeavingInvalid, NothingThere; as ``correction_of``, ShareTaken.
    """
    content.require_only_proposal(case, of_party=True, scheme=case.content.get("scheme"))
    _heirs(case)
    if _correction(case) is not None:
        _own_fen(case)
        return 0
    leaving.require_inheritable(case)
    own_fen = _own_fen(case)
    if own_fen is not None:
        scheme, _ = leaving.scheme_and_month(case)
        known = known_parts(person_ids=family_of(party_id=case.party_id), scheme=scheme)
        leaving.refuse_too_little(case=case, known=known, own_fen=own_fen)
    _refuse_unpaid(case)
    return 0


@transaction.atomic
def inherit(case: Case) -> int:
    """The act of an ACCOUNT_INHERITANCE case; rows written.

    Raises:
        InterestRunning, OwnShareTooMuch, NothingChanged; as ``check``, but for ProposalWaits.
    """
    correcting.hold_to_correct(case)
    correction = _correction(case)
    heirs, own_fen = _heirs(case), _own_fen(case)
    _refuse_unpaid(case)
    if correction is None:
        return leaving.inherit(case, heirs=heirs, own_fen=own_fen)
    _, month = leaving.scheme_and_month(case)
    return correcting.put_in_place(
        case=case,
        correction=correction,
        month=month,
        leave=lambda instead: leaving.inherit(case, heirs=heirs, own_fen=own_fen, instead=instead),
    )


def _correction(case: Case) -> Correction | None:
    correction = correcting.correction_of(case)
    if correction is not None:
        refuse_taken(cases=correction.cases)
    return correction


def _heirs(case: Case) -> list[tuple[int, int]]:
    """Whose share is how much, and that a paper says so."""
    content.text(case, "evidence", "继承权的证明")
    return [(heir.payee_id, heir.weight) for heir in grant.heirs_of(case)]


def _own_fen(case: Case) -> int | None:
    """How much of the account its heirs have who died in prison; None: all of it."""
    family, scheme = family_of(party_id=case.party_id), case.content.get("scheme")
    death = _death(family)
    others = AccountEntry.objects.filter(
        person__in=family, scheme=scheme, kind__in=PAID_IN
    ).exclude(part=Part.PERSON)
    if (
        death is None
        or scheme != Scheme.EMPLOYEE_PENSION
        or not died_in_prison(person_ids=family, death_date=death.death_date)
        or not others.exists()
    ):
        if case.content.get("own_share") is not None:
            raise AllOwnMoney("该账户由继承人全额继承，不填写本人缴费本息。", case_id=case.pk)
        return None
    if case.content.get("own_share") is None:
        raise NotOwnMoney(
            "服刑期间死亡，只有个人缴费本息可以继承；账户中有其他来源的资金，"
            "请核清后填写本人缴费本息和核算依据，其余并入统筹。",
            case_id=case.pk,
        )
    content.text(case, "own_evidence", "本人缴费本息的核算依据")
    return content.fen(case, "own_share", "本人缴费本息")


def _refuse_unpaid(case: Case) -> None:
    """Refuse before the pension took its part."""
    family = family_of(party_id=case.party_id)
    death = _death(family)
    if death is not None and _is_unpaid(family, case.content.get("scheme"), death.death_date):
        raise PensionFirst(
            "截至死亡当月的待遇还没有发清：请待发放完成，或先由继承人领取应发未发的待遇，"
            "再办理账户余额继承。",
            case_id=case.pk,
        )


def _death(family: Sequence[int]) -> Death | None:
    deaths = Death.objects.filter(person__in=family, confirmed=True, superseded_at__isnull=True)
    return deaths.first()


def _is_unpaid(family: Sequence[int], scheme: object, died_on: date) -> bool:
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"family": family, "scheme": scheme, "died_on": died_on}
        cursor.execute(UNPAID, values)
        (found,) = cursor.fetchone()
    return bool(found)
