"""People sign at the web, which dies under them; all else goes on by itself."""

from collections.abc import Iterator
from functools import partial

import pytest

from payments.signing import SEND, STEPS
from tests.faults import harness, month, people
from tests.faults.desk import Desk
from tests.faults.harness import Site

COMMITTED = "cases.approval.committed:1:kill"
AFTER_THE_RETURN = [f"payments.return.{turn}:1:kill" for turn in ("loaded", "typed", "posted")]
WITHIN_A_DECISION = [
    f"{turn}:1:kill"
    for turn in ("cases.decide.signed", "payments.decision.answered", "cases.decide.acted")
]


@pytest.fixture(scope="module", params=harness.brokers())
def broker_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Redis too where ``bin/evidence`` asks for it: it is the web that dies here."""
    with harness.broker(request.param, folder=tmp_path_factory.mktemp("broker")) as url:
        yield url


def test_a_month_goes_on_by_itself_while_web_dies_at_each_signature(bureau: Site) -> None:
    bureau.start("worker", "beat", "web")
    people.ask()
    bureau.until(people.match_waits)
    assert people.confirm_deaths(Desk(bureau, "CLERK"), Desk(bureau, "REVIEWER")).status == 200
    sessions = list[str]()
    for step in STEPS.values():
        bureau.until(partial(people.awaits, step))
        desk = Desk(bureau, step.role)
        sessions.append(desk.session)
        killed = f"payments.{step.name.lower()}.signed:1:kill"
        bureau.arm(killed)
        if step is SEND:  # and once more, when all is done and nobody has said so
            bureau.arm(COMMITTED)

        answer = people.sign(desk, step)

        assert (answer.status, answer.body[0]["state"]) == (200, step.after)
        assert (bureau.struck(killed), answer.replayed) == (True, step is SEND)
        assert people.signed_once(step)
    bureau.until(people.is_sent)
    people.let_banks_answer(bureau)
    bureau.until(people.is_reconciled)
    assert people.secrets_in_logs(bureau, sessions=sessions) == []


def test_a_lying_month_dies_at_every_turn_after_the_return(bureau: Site) -> None:
    orders = [*AFTER_THE_RETURN, *WITHIN_A_DECISION, COMMITTED]
    for order in AFTER_THE_RETURN:
        bureau.arm(order)
    month.pay(bureau, until="DECIDE", bank="lying")
    assert people.open_discrepancies() == people.lies(bureau) != set()

    bureau.start("worker", "beat", "web")
    cases = people.propose_all(Desk(bureau, "FINANCE"))
    reviewer = Desk(bureau, "REVIEWER", when_lost=people.nothing_half_decided)
    for order in (*WITHIN_A_DECISION, COMMITTED):
        bureau.arm(order)

    answer = people.decide_all(reviewer, cases)

    assert (answer.status, answer.replayed, len(answer.body)) == (200, True, len(cases))
    assert [order for order in orders if not bureau.struck(order)] == []
    assert month.everybody_paid_once(bureau, month.pay(bureau, bank="lying"))
