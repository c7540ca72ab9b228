"""The house's own rules find what they are for; nothing is against them without a reason."""

import textwrap

import pytest

from tests.house.rules import accepted, found_in, found_in_house, not_accepted

CALLS = {
    "float-money": [
        "def pay(): return float(fen)",
        "RATE = 0.08",
        "def pay(fen: float) -> None: ...",
    ],
    "built-sql": [
        "def f(name): c.execute(f\"SELECT id FROM people WHERE name = '{name}'\")",
        "def f(name): c.execute(\"SELECT id FROM people WHERE name = '%s'\" % name)",
        'def f(name): c.execute("SELECT id FROM people WHERE name = " + name)',
        "def f(name): c.execute(\"SELECT id FROM people WHERE name = '{}'\".format(name))",
        'def f(name): c.execute("DELETE FROM people WHERE name = NAME".replace("NAME", name))',
        'def f(order): return f"SELECT * FROM people ORDER BY {order}"',
        "class A:\n    def f(self): return f\"UPDATE people SET name = '{self.name}'\"",
    ],
    "secret-in-log": [
        "def f(): log.info('changed', pin=value)",
        "def f(): log.info('failed', given=pin)",
        "def f(): logger.warning('%s', person.id_number)",
        "def f(): log.error(f'wrong {password}')",
        "def f(): log.bind(account_no=1)",
    ],
    "dynamic-import": [
        "def f(name): return __import__(name)",
        "def f(name): return importlib.import_module(name)",
        "def f(name): return import_string(name)",
    ],
}
RIGHT = [
    "def f(name): c.execute('SELECT id FROM people WHERE name = %s', [name])",
    "def f(): c.execute(f'SELECT id FROM people WHERE {CONDITION}')",
    "def f(): c.execute(f'SELECT id FROM people WHERE {sql.CONDITION if old else OTHER}')",
    "def f(name): c.execute(sql.SQL('SELECT * FROM {}').format(sql.Identifier(name)))",
    "READ = f'SELECT id FROM people WHERE {known(1)}'",
    "def f(name): raise Refused(f'没有{name}这个人。')",
    "def f(): log.info('job refused', job=1, code=refusal.code)",
    "def f(): record(pin=pin)",
    "def f(): return fen // 2",
]


@pytest.mark.parametrize(
    ("rule", "source"), [(rule, source) for rule, sources in CALLS.items() for source in sources]
)
def test_what_a_rule_forbids_is_found(rule: str, source: str) -> None:
    found = found_in(source=textwrap.dedent(source), path="payments/example.py")

    assert rule in {one.rule for one in found}


@pytest.mark.parametrize("source", RIGHT)
def test_what_is_right_is_left_alone(source: str) -> None:
    assert found_in(source=source, path="payments/example.py") == []


def test_a_float_elsewhere_is_no_money_unless_its_name_says_so() -> None:
    assert found_in(source="seconds: float = 0.5", path="backend/jobs/x.py") == []
    assert found_in(source="amount: float = 0.5", path="backend/jobs/x.py") != []


def test_a_finding_names_file_line_and_function() -> None:
    source = "class A:\n    def f(self, x):\n        return f'SELECT a FROM b WHERE c = {x}'\n"
    (one,) = found_in(source=source, path="payments/example.py")

    assert str(one) == "payments/example.py:3 [built-sql] A.f: x"


def test_nothing_in_the_house_is_against_the_rules_without_a_reason() -> None:
    assert not_accepted(found_in_house()) == []


def test_no_reason_is_kept_for_what_is_there_no_more() -> None:
    found = {(one.rule, one.path, one.where) for one in found_in_house()}

    assert set(accepted()) - found == set()
    assert all(len(why) > 5 for why in accepted().values())
