"""The software keys of a demonstration: theirs alone, and nothing of them is seen."""

from dataclasses import replace

import pytest

from cards import software_keys
from cards.chip.authentication import Algorithm, answer_of
from cards.key_service import KeyOfCard, KeyServiceMissing, KeyVersionUnknown
from cards.software_keys import SoftwareKeys, key_service

OF = KeyOfCard(algorithm=Algorithm.SM4, version=1, factors=(b"340800sx", bytes(8)))
CHALLENGE = bytes(range(16))


def test_a_card_of_another_version_factor_or_algorithm_answers_otherwise() -> None:
    keys = SoftwareKeys(b"yanshi")
    answer = answer_of(algorithm=OF.algorithm, key=keys.key(of=OF), challenge=CHALLENGE)
    others = (
        replace(OF, version=2),
        replace(OF, factors=(b"340100sx", bytes(8))),
        replace(OF, algorithm=Algorithm.TDES),
    )

    assert keys.is_answer(of=OF, challenge=CHALLENGE, answer=answer)
    assert not any(keys.is_answer(of=of, challenge=CHALLENGE, answer=answer) for of in others)
    assert not SoftwareKeys(b"another").is_answer(of=OF, challenge=CHALLENGE, answer=answer)


def test_a_version_that_is_not_held_is_told() -> None:
    with pytest.raises(KeyVersionUnknown, match="密钥版本"):
        SoftwareKeys(b"yanshi").key(of=replace(OF, version=4))


def test_whoever_prints_the_key_service_sees_no_key() -> None:
    assert "yanshi" not in repr(SoftwareKeys(b"yanshi"))


@pytest.mark.django_db
def test_a_live_database_takes_no_software_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    assert key_service().label == "演示软件密钥，不是经认证的密码产品"
    monkeypatch.setattr(software_keys, "is_demo", lambda: False)

    with pytest.raises(KeyServiceMissing, match="不能用于正式库"):
        key_service()
