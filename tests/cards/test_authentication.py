"""Keys of cards and their answers: byte for byte, by two implementations that share nothing."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from cards.chip.authentication import Algorithm, answer_of, card_key, child_key, factors_of
from tests.cards import independent

VECTORS = tomllib.loads(
    (Path(__file__).parents[1] / "vectors" / "card_keys.toml").read_text(encoding="utf-8")
)
CARDS = VECTORS["card"]


@pytest.mark.parametrize("block", VECTORS["block"], ids=lambda block: block["name"])
def test_the_independent_ciphers_are_those_of_the_standards(block: Any) -> None:
    cipher = getattr(independent, block["cipher"])

    made = cipher(bytes.fromhex(block["key"]), bytes.fromhex(block["plain"]))

    assert made.hex() == block["enciphered"]


@pytest.mark.parametrize("vector", CARDS, ids=lambda vector: vector["name"])
def test_a_cards_key_is_diversified_from_master_to_city_to_card(vector: Any) -> None:
    algorithm, master = Algorithm(vector["algorithm"]), bytes.fromhex(vector["master"])
    city, own = factors_of(identification=vector["identification"], reset_info=vector["reset_info"])

    of_city = child_key(algorithm=algorithm, parent=master, factor=city)
    of_card = card_key(algorithm=algorithm, master=master, factors=(city, own))

    assert (city.hex(), own.hex()) == (vector["city_factor"], vector["card_factor"])
    assert (of_city.hex(), of_card.hex()) == (vector["city_key"], vector["card_key"])
    assert of_city == independent.child(vector["algorithm"], master, city)
    assert of_card == independent.child(vector["algorithm"], of_city, own)


@pytest.mark.parametrize("vector", CARDS, ids=lambda vector: vector["name"])
def test_a_card_answers_a_challenge_with_a_key_made_for_it(vector: Any) -> None:
    key, challenge = bytes.fromhex(vector["card_key"]), bytes.fromhex(vector["challenge"])

    answer = answer_of(algorithm=Algorithm(vector["algorithm"]), key=key, challenge=challenge)

    assert answer.hex() == vector["answer"]
    assert answer == independent.answer(vector["algorithm"], key, challenge)


@pytest.mark.parametrize("changed", range(16))
def test_every_byte_of_the_challenge_counts(changed: int) -> None:
    challenge = bytearray(range(16))
    for algorithm in Algorithm:
        before = answer_of(algorithm=algorithm, key=bytes(range(16)), challenge=bytes(challenge))
        other = bytearray(challenge)
        other[changed] ^= 1

        after = answer_of(algorithm=algorithm, key=bytes(range(16)), challenge=bytes(other))

        assert after != before


@pytest.mark.parametrize(
    ("identification", "reset_info"),
    [
        ("340800D1560000050200000000000001", "00" * 12),
        ("340800D156000006" + "0" * 16, "00" * 13),
        ("34080AD156000005" + "0" * 16, "00" * 13),
    ],
)
def test_what_is_no_card_has_no_factors(identification: str, reset_info: str) -> None:
    with pytest.raises(ValueError, match="no identification"):
        factors_of(identification=identification, reset_info=reset_info)
