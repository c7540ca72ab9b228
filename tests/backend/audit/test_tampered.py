"""Of a thousand tampered exports both verifiers name the same row: the one that was touched.

``TAMPERINGS`` says how many in all; ``manage.py evidence`` asks for a thousand, no two the same.
"""

import math
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from backend.audit.chain import PublicKey, canonical
from tests.backend.audit import checker
from tests.backend.audit.chain_samples import FOLDER, MANY, sample, texts
from tests.backend.audit.tampering import (
    TAMPERINGS,
    Exported,
    Tampering,
    checked,
    continued_by_a_stranger,
    head_deleted,
    rewritten_under_an_own_key,
    tail_cut,
    walked,
)

EACH = math.ceil(int(os.environ.get("TAMPERINGS", "200")) / len(TAMPERINGS))
TRIES = 20  # by chance the same is drawn again
UNSEEN_INSIDE = (tail_cut, head_deleted, rewritten_under_an_own_key)


@pytest.fixture(scope="module")
def module() -> ModuleType:
    """The stand-alone checker; the same signature is looked at once only."""
    loaded = checker.loaded()
    vars(loaded)["ed25519_verifies"] = cache(loaded.ed25519_verifies)
    return loaded


@pytest.fixture(scope="module")
def whole() -> Exported:
    return sample()


@pytest.fixture(scope="module")
def long() -> Exported:
    """A chain so long that nothing need be done to it twice."""
    return sample(blocks=MANY)


def tampered_with(whole: Exported, kind: Tampering) -> Iterator[tuple[int, Exported]]:
    """As many exports as are wanted, each tampered with in another way, and the row touched."""
    chance, seen = random.Random(kind.__name__), {whole.mark()}
    for _ in range(EACH * TRIES):
        tampered = whole.copied()
        position = kind(tampered, chance)
        if tampered.mark() not in seen:
            seen.add(tampered.mark())
            yield position, tampered
        if len(seen) > EACH:
            return


@pytest.mark.parametrize("of", ["whole", "long"])
def test_untouched_it_is_whole_to_both(
    of: str, request: pytest.FixtureRequest, module: ModuleType
) -> None:
    untouched: Exported = request.getfixturevalue(of)

    assert walked(untouched).broken is None
    assert checked(untouched, module) == ""


@pytest.mark.parametrize("kind", TAMPERINGS)
def test_the_row_that_was_touched_is_named_by_both(
    long: Exported, module: ModuleType, kind: Tampering, request: pytest.FixtureRequest
) -> None:
    named = 0
    for position, tampered in tampered_with(long, kind):
        inside, outside = walked(tampered).broken, checked(tampered, module)

        assert inside is not None, position
        assert inside.position == position, inside.sentence
        assert f"第 {position} 条" in outside, position
        named += 1

    request.node.user_properties.append(("tamperings", named))
    assert named == EACH


@pytest.mark.parametrize("kind", [kind for kind in TAMPERINGS if kind not in UNSEEN_INSIDE])
def test_without_the_heads_outside_all_but_a_clean_cut_is_seen_too(
    whole: Exported, module: ModuleType, kind: Tampering
) -> None:
    for seed in range(8):
        tampered = whole.copied()
        kind(tampered, random.Random(f"{kind.__name__}/{seed}"))

        assert checked(tampered, module, outside=False), seed
        assert walked(tampered, outside=False).broken is not None, seed


def test_an_export_whose_end_is_missing_is_not_whole(whole: Exported, module: ModuleType) -> None:
    cut = whole.copied()
    cut.lines.pop()

    assert "末尾被截去" in checked(cut, module)


def test_what_stands_behind_the_end_is_not_taken(whole: Exported, module: ModuleType) -> None:
    longer = whole.copied()
    longer.lines.append(longer.acts[-1])

    assert "结束行之后" in checked(longer, module)


def test_a_key_that_nothing_outside_vouches_for_is_told_by_both(
    whole: Exported, tmp_path: Path
) -> None:
    longer = whole.copied()
    key = continued_by_a_stranger(longer, random.Random(1))
    (tmp_path / "chain").write_text("".join(canonical(line) + "\n" for line in longer.lines))
    (tmp_path / "heads").write_text("".join(longer.outside))
    command = [sys.executable, str(checker.CHECKER), str(tmp_path / "chain")]

    inside = walked(longer)
    said = subprocess.run(
        [*command, "--heads", str(tmp_path / "heads")], capture_output=True, text=True
    ).stdout

    assert (inside.broken, inside.unknown_keys) == (None, (key,))
    assert f"密钥 {key} 库外没有登记" in said
    assert walked(whole).unknown_keys == ()


def test_a_known_key_is_no_other_where_no_head_is_told(whole: Exported, module: ModuleType) -> None:
    longer = whole.copied()
    key = continued_by_a_stranger(longer, random.Random(1))
    told = PublicKey(key, b"1" * 32, "2026-11-10T00:00:00.000000+00:00")
    longer.outside = [*whole.outside, told.line()]

    inside = walked(longer).broken

    assert inside is not None
    assert "不是库外登记的" in inside.reason
    assert "不是库外登记的" in checked(longer, module)


@pytest.mark.parametrize("line", [1, 3])
def test_a_file_of_heads_that_was_touched_is_told(
    whole: Exported, module: ModuleType, line: int
) -> None:
    touched = whole.copied()
    touched.outside = list(whole.outside)
    touched.outside[line] = touched.outside[line].replace('"signature":"', '"signature":"00')

    inside = walked(touched).broken
    assert inside is not None
    assert "库外链头文件" in inside.reason
    assert "库外链头" in checked(touched, module)


def test_the_samples_are_what_the_code_writes() -> None:
    assert {name: (FOLDER / name).read_text(encoding="utf-8") for name, _ in texts()} == dict(
        texts()
    )


@pytest.mark.parametrize("plain", [[], ["--plain"]])
def test_the_checker_needs_nothing_but_the_standard_library(plain: list[str]) -> None:
    command = [sys.executable, "-I", "-S", str(checker.CHECKER), *plain]
    command += [str(FOLDER / "audit-chain.jsonl"), "--heads", str(FOLDER / "audit-heads.jsonl")]

    done = subprocess.run(command, capture_output=True, text=True, cwd="/")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("审计链完整：30 条记录，7 块，全部签名有效。")
