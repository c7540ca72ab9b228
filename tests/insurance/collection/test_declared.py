"""The tax bureau's lines against the register: each line in exactly one finding."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurance.collection.rules.declared import (
    Declared,
    Finding,
    FindingKind,
    Registered,
    compare,
)
from tests.insurance.collection.collection_builders import CHEN, EMPLOYER, LI, NOV, OTHER

NAMES = {LI: "李建国", CHEN: "陈桂芳"}
LI_EXPECTED = Registered(1, EMPLOYER, LI, "李建国", "110", NOV, 144_000)
LI_PAID = Declared(1, EMPLOYER, LI, "李建国", "110", NOV, 144_000)


def declared(line: int = 1, **changes: Any) -> Declared:
    return replace(LI_PAID, line=line, **changes)


def kinds(*lines: Declared, expects: tuple[Registered, ...] = (LI_EXPECTED,)) -> list[str]:
    return [one.kind.name for one in compare(declared=lines, registered=expects)]


def test_the_same_person_and_amount_agree() -> None:
    assert kinds(LI_PAID) == ["AGREED"]


def test_two_lines_that_make_what_is_expected_agree() -> None:
    assert kinds(declared(1, fen=96_000), declared(2, fen=48_000)) == ["AGREED"]
    assert kinds(declared(1, fen=72_000), declared(2, fen=72_000)) == ["AGREED"]


@pytest.mark.parametrize(("fen", "difference"), [(143_999, -1), (144_001, 1)])
def test_a_fen_more_or_less_is_another_amount(fen: int, difference: int) -> None:
    found = compare(declared=[declared(fen=fen)], registered=[LI_EXPECTED])

    assert [(one.kind, one.difference_fen) for one in found] == [
        (FindingKind.OTHER_AMOUNT, difference)
    ]


def test_a_line_that_repeats_an_amount_is_a_duplicate() -> None:
    assert kinds(declared(1), declared(2)) == ["DUPLICATE", "AGREED"]


def test_a_repeated_wrong_amount_is_both() -> None:
    found = kinds(declared(1, fen=5), declared(2, fen=5))

    assert found == ["DUPLICATE", "OTHER_AMOUNT"]


@pytest.mark.parametrize(
    "changes",
    [{"payer_id": OTHER}, {"payer_id": None}, {"scheme": "310"}, {"month": NOV.previous}],
)
def test_what_is_paid_elsewhere_is_paid_without_register(changes: dict[str, Any]) -> None:
    assert kinds(declared(**changes)) == ["NOT_DECLARED", "PAID_WITHOUT_REGISTER"]


def test_a_number_with_anothers_name_is_another_person() -> None:
    assert kinds(declared(name="陈桂芳")) == ["OTHER_PERSON"]


@pytest.mark.parametrize("number_of", [CHEN, None])
def test_a_name_with_anothers_number_is_another_person(number_of: int | None) -> None:
    assert kinds(declared(person_id=number_of)) == ["OTHER_PERSON"]


def test_namesakes_are_paired_once_each() -> None:
    lines = declared(1, person_id=None), declared(2, person_id=777)

    assert kinds(*lines) == ["OTHER_PERSON", "PAID_WITHOUT_REGISTER"]


def test_numbers_of_nobody_are_kept_apart_by_name() -> None:
    lines = declared(1, person_id=None, name="王"), declared(2, person_id=None)

    assert kinds(*lines) == ["PAID_WITHOUT_REGISTER", "OTHER_PERSON"]


def test_who_is_left_out_of_a_declaration_is_register_without_payment() -> None:
    chen = replace(LI_EXPECTED, line=2, person_id=CHEN, name="陈桂芳")

    assert kinds(LI_PAID, expects=(LI_EXPECTED, chen)) == ["AGREED", "REGISTER_WITHOUT_PAYMENT"]


def test_an_employer_that_declares_nothing_is_one_finding() -> None:
    chen = replace(LI_EXPECTED, line=2, person_id=CHEN, name="陈桂芳")

    (found,) = compare(declared=[], registered=[LI_EXPECTED, chen])

    assert (found.kind, found.difference_fen) == (FindingKind.NOT_DECLARED, -288_000)


def test_a_reversal_is_no_declaration() -> None:
    with pytest.raises(ValueError, match="refund"):
        kinds(declared(fen=-1))


def tax_lines() -> st.SearchStrategy[list[Declared]]:
    one = st.builds(
        Declared,
        line=st.integers(1, 10**6),
        payer_id=st.sampled_from([EMPLOYER, OTHER, None]),
        person_id=st.sampled_from([LI, CHEN, None]),
        name=st.sampled_from([*NAMES.values(), "王"]),
        scheme=st.sampled_from(["110", "310"]),
        month=st.just(NOV),
        fen=st.sampled_from([50, 100, 150]),
    )
    return st.lists(one, max_size=12, unique_by=lambda line: line.line)


def registers() -> st.SearchStrategy[list[Registered]]:
    keys = st.tuples(
        st.sampled_from([EMPLOYER, OTHER]), st.sampled_from([LI, CHEN]), st.sampled_from(["110"])
    )
    found = st.dictionaries(keys, st.sampled_from([50, 100, 150]))
    return found.map(
        lambda rows: [
            Registered(n, payer, person, NAMES[person], scheme, NOV, fen)
            for n, ((payer, person, scheme), fen) in enumerate(rows.items())
        ]
    )


@given(tax_lines(), registers())
def test_every_line_is_in_exactly_one_finding(
    lines: list[Declared], expects: list[Registered]
) -> None:
    found = compare(declared=lines, registered=expects)

    assert Counter(one for f in found for one in f.declared) == Counter(lines)
    assert Counter(one for f in found for one in f.registered) == Counter(expects)
    assert all(is_what_it_says(one) for one in found)
    declared_less_expected = sum(x.fen for x in lines) - sum(x.fen for x in expects)
    assert sum(one.difference_fen for one in found) == declared_less_expected


@given(tax_lines(), registers(), st.randoms())
def test_the_findings_do_not_depend_on_the_order_of_the_files(
    lines: list[Declared], expects: list[Registered], random: Any
) -> None:
    found = compare(declared=lines, registered=expects)
    random.shuffle(lines)
    random.shuffle(expects)

    again = compare(declared=lines, registered=expects)

    assert Counter(found) == Counter(again)


def is_what_it_says(one: Finding) -> bool:
    both = bool(one.declared) and len(one.registered) == 1
    match one.kind:
        case FindingKind.AGREED:
            return both and one.difference_fen == 0
        case FindingKind.OTHER_AMOUNT:
            return both and one.difference_fen != 0
        case FindingKind.OTHER_PERSON:
            return both
        case FindingKind.REGISTER_WITHOUT_PAYMENT:
            return not one.declared and len(one.registered) == 1
        case FindingKind.NOT_DECLARED:
            return not one.declared and bool(one.registered)
        case FindingKind.DUPLICATE:
            return len(one.declared) == 1 and not one.registered
        case FindingKind.PAID_WITHOUT_REGISTER:
            return bool(one.declared) and not one.registered
