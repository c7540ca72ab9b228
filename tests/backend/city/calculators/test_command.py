"""The command reads strictly, answers each line, and refuses in words, never with a traceback."""

import io
import json

import pytest
from django.core.management import call_command

from backend.city.calculators.registry import CALCULATORS
from tests.backend.city.calculators.asking import ask, lines, outputs

LATE = {"amount": "10000.00", "due_date": "2026-09-15", "paid_date": "2026-09-25"}
BAD = [
    (b"", "input_invalid"),
    (b"{", "input_invalid"),
    (b"\xff\xfe", "input_invalid"),
    (b"[1]", "input_invalid"),
    (b'{"amount": "1.00", "amount": "2.00"}', "input_invalid"),
    (b'{"amount": NaN}', "input_invalid"),
    (b'{"amount": 1' + b"0" * 5000 + b"}", "input_invalid"),
    (b"[" * 100_000, "input_invalid"),
    (json.dumps({**LATE, "more": 1}).encode(), "input_invalid"),
    (json.dumps({**LATE, "\ud800": 1}).encode(), "input_invalid"),
    (json.dumps({"amount": "1.00"}).encode(), "input_invalid"),
    (json.dumps({**LATE, "amount": 1.5}).encode(), "money_invalid"),
    (json.dumps({**LATE, "amount": "1.005"}).encode(), "money_invalid"),
    (json.dumps({**LATE, "amount": "１００"}).encode(), "money_invalid"),
    (json.dumps({**LATE, "amount": "-1.00"}).encode(), "input_invalid"),
    (json.dumps({**LATE, "due_date": "2026-02-30"}).encode(), "input_invalid"),
    (json.dumps({**LATE, "due_date": "9999-12-31"}).encode(), "month_invalid"),
    (json.dumps({**LATE, "due_date": ["2026-02-03"]}).encode(), "input_invalid"),
]


@pytest.mark.parametrize(("given", "code"), BAD)
def test_bad_input_is_refused_with_a_code_and_a_sentence(
    given: bytes, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exit_code, answers = ask("late-fee", given, monkeypatch)

    assert (exit_code, [set(answer) for answer in answers]) == (2, [{"code", "detail"}])
    assert answers[0]["code"] == code
    assert any("一" <= letter <= "鿿" for letter in answers[0]["detail"])


@pytest.mark.parametrize(
    ("given", "shown"), [(None, "null"), (["a", 1, None], '["a", 1, null]'), (True, "true")]
)
def test_what_is_wrong_is_shown_as_json(
    given: object, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, answers = ask("late-fee", LATE | {"due_date": given}, monkeypatch)

    assert f"现在是“{shown}”" in answers[0]["detail"]


def test_a_calculator_that_is_not_there_is_refused_with_those_that_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exit_code, answers = ask("late-pension", {}, monkeypatch)

    assert exit_code == 2
    assert answers[0]["code"] == "calculator_unknown"
    assert "late-fee" in answers[0]["detail"]


def test_each_line_has_one_answer_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    given = lines(LATE, {"amount": "x"}, LATE) + b"\n" + lines(LATE)

    exit_code, answers = ask("late-fee", given, monkeypatch, "--lines")

    assert exit_code == 2
    assert ["fee" in answer for answer in answers] == [True, False, True, False, True]


@pytest.mark.parametrize("end", ["\u0085", "\u2028", "\u2029"])
def test_what_is_given_back_ends_no_line(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = lines({**LATE, "due_date": f"a{end}b"}, LATE)

    exit_code, answers = ask("late-fee", given, monkeypatch, "--lines")

    assert (exit_code, len(answers)) == (2, 2)
    assert end in answers[0]["detail"]


def test_lines_without_a_refusal_end_well(monkeypatch: pytest.MonkeyPatch) -> None:
    exit_code, answers = ask("late-fee", lines(LATE, LATE), monkeypatch, "--lines")

    assert (exit_code, len(answers)) == (0, 2)


def test_every_field_of_every_calculator_is_listed() -> None:
    said = io.StringIO()

    call_command("calculate", "--list", stdout=said)

    for calculator in CALCULATORS.values():
        block = said.getvalue().split(f"{calculator.name}  ", 1)[1].split("\n\n")[0]
        assert all(f"输入 {field.name}" in block for field in calculator.fields)
        assert all(f"输出 {name}" in block for name, _ in calculator.outputs)


def test_a_late_fee_of_2011_has_no_cap_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"amount": "100.00", "due_date": "2011-07-01", "paid_date": "2011-12-31"}

    exit_code, answers = ask("late-fee", given, monkeypatch)

    assert exit_code == 0
    assert answers[0]["standing"] == "unverified"
    assert (answers[0]["days"], answers[0]["fee"]) == (183, "9.15")


def test_the_rate_is_asked_from_the_first_day_of_default_not_from_the_last_day_to_pay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    last_day_before_the_law = {
        "amount": "1000.00",
        "due_date": "2011-06-30",
        "paid_date": "2011-07-02",
    }
    a_day_earlier = {**last_day_before_the_law, "due_date": "2011-06-29"}

    exit_code, answers = ask("late-fee", last_day_before_the_law, monkeypatch)
    _, refused = ask("late-fee", a_day_earlier, monkeypatch)

    assert exit_code == 0
    assert outputs(answers) == {"days": 2, "fee": "1.00"}
    assert refused[0]["code"] == "not_configured"


def test_a_late_fee_is_half_a_thousandth_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    _, answers = ask("late-fee", LATE, monkeypatch)

    assert outputs(answers) == {"days": 10, "fee": "50.00"}
