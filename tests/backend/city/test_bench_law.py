"""The benchmark of the law runs and prints every row; no time is tested."""

import json

import pytest
from django.core.management import CommandError, call_command

from backend.city.bench import law


def test_awards_are_counted_with_and_without_steps() -> None:
    said: list[str] = []

    measured = law.measure(awards=300, repeat=2, tell=said.append)

    table = "\n".join(law.lines_of(measured=measured))
    assert len(said) == 2
    assert all(f"| {label} |" in table for label in law.LABELS.values())
    assert measured.total_fen > 0
    assert all(len(seconds) == 2 for seconds in measured.seconds.values())


def test_everything_printed_is_also_a_line_of_figures() -> None:
    measured = law.measure(awards=12, repeat=1, tell=lambda _: None)

    figures = law.summary(all_measured=[measured], today=law.KNOWN_ON)

    (run,) = json.loads(json.dumps(figures))["runs"]
    assert run["awards"] == 12
    assert set(run["per_second"]) == set(law.LABELS)


def test_it_has_no_growth_to_measure() -> None:
    with pytest.raises(CommandError, match="不测增长"):
        call_command("bench", "law", "--growth")
