"""A month that was stopped or killed half-way ends as if nothing had happened."""

import signal
from collections.abc import Mapping
from typing import Any

import pytest

from backend.jobs.faultpoint import VARIABLE, FaultError
from backend.jobs.models import Job
from tests.flows.flow_city import Bureau, broken, identities, run_again

STOPS = (
    "benefits.run.computed:1",
    "benefits.seal.proved:1",
    "payments.approve.signed:1",
    "payments.file.renamed:2",
    "payments.deliver.renamed:2",
    "payments.return.typed:3",
    "payments.reissue.filled:1",
    "ledger.closed:2",
)
KILLS = ("payments.deliver.linked:1", "payments.return.posted:1")


def let_time_pass(bureau: Bureau) -> None:
    """Fresh codes; and nobody waits any more for the worker that died."""
    bureau.rest()
    Job.objects.filter(lease_until__isnull=False).update(lease_until=None)


def require_all_well(summary: Mapping[str, Any]) -> None:
    assert all(identities(summary).values())
    assert (summary["gate"], summary["open_exceptions"], summary["unknown_fen"]) == (None, 0, 0)
    assert (summary["entitled"], summary["batched"], summary["reissued"]) == (424, 407, 14)
    assert broken() == []


def test_a_month_stopped_at_every_turn_goes_on(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stop in STOPS:
        monkeypatch.setenv(VARIABLE, f"{stop}:raise")
        with pytest.raises(FaultError):
            bureau.run()
        let_time_pass(bureau)
    monkeypatch.delenv(VARIABLE)

    require_all_well(bureau.run().summary)
    assert run_again(bureau) == 0


def test_a_refused_file_is_told_once_and_changes_nothing_more(bureau: Bureau) -> None:
    returns = bureau.var / "bank" / "NSB" / "returns"
    returns.mkdir(parents=True)
    (returns / "HP340800NSB00000001_01.txt").write_bytes(b"R|1.0|340800|NSB|\r\n")

    require_all_well(bureau.run().summary)

    assert [path.name for path in (returns.parent / "refused").iterdir()] == [
        "HP340800NSB00000001_01.txt"
    ]
    assert sum("拒收" in told for told in bureau.told) == 1
    assert run_again(bureau) == 0
    assert sum("拒收" in told for told in bureau.told) == 1


def test_a_killed_process_is_taken_up_by_the_next(bureau: Bureau) -> None:
    for kill in KILLS:
        killed = bureau.run_apart(fault=f"{kill}:kill")
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        let_time_pass(bureau)

    require_all_well(bureau.run().summary)
    assert run_again(bureau) == 0
