"""Print what was decided, where no paper of its own says it (打印业务决定告知书)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.utils import timezone

from backend.access.models import Staff
from backend.cases import kinds
from backend.cases.content import received_on
from backend.cases.models import Case, CaseState
from backend.kernel.dated import Standing
from backend.kernel.errors import Refusal
from backend.people.queries import sights
from insurance.issuing.decided_steps import computed_of
from insurance.issuing.decision_notice import Decision, decision_notice
from insurance.issuing.issue import Order, Out, issue
from insurance.issuing.models import PaperKind

WORDS_FILE = Path(__file__).parent / "data" / "decision_words.toml"


class NothingToTell(Refusal):
    """Nothing was decided that this paper tells (没有要用本文书告知的决定)."""

    code = "decision_nothing_to_tell"


def print_decision(*, case: Case, by: Staff) -> Out:
    """Print the notice of a decision, of a kind that has no paper of its own.

    Raises:
        NothingToTell, StepDoesNotHold; as ``issue``.
    """
    on = timezone.localdate(case.decided_at or case.received_at)
    kind = kinds.kind_of(code=case.kind, on=on)
    if case.state != CaseState.APPROVED or PaperKind.DECISION_NOTICE not in kind.told_by:
        raise NothingToTell(f"业务件 {case.pk} 没有要用本文书告知的决定。", case_id=case.pk)
    sight = sights(party_ids={case.party_id}, on=on)[case.party_id]
    computed = computed_of(case)
    decision = Decision(
        name=sight.name,
        number=sight.number,
        case=case.pk,
        label=kind.label,
        received_on=received_on(case),
        decided_on=on,
        said=_said(case.content),
        reason=case.reason,
        steps=computed.steps,
    )
    order = Order(
        kind=PaperKind.DECISION_NOTICE,
        case=case,
        compose=lambda issued: decision_notice(decision=decision, issued=issued),
        standings=[one for one in Standing if one.name == computed.standing],
    )
    return issue(order=order, by=by)


def _said(content: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """What a case says that has a name, in the order of the names."""
    words, codes = _words()
    return tuple(
        (label, codes.get(name, {}).get(str(content[name]), str(content[name])))
        for name, label in words.items()
        if isinstance(content.get(name), str | int) and not isinstance(content[name], bool)
    )


@cache
def _words() -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """What the names of a case's content are called, and by name the codes in it."""
    table = tomllib.loads(WORDS_FILE.read_text(encoding="utf-8"))
    return table["word"], table["code"]
