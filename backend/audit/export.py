"""Write the chain to a file that strangers can verify (审计链导出): docs/formats/audit-chain.md."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backend.audit.chain import PublicKey, canonical
from backend.audit.prove import as_of_one_instant
from backend.audit.stored import Posted, links, signed_heads
from backend.audit.verify import Linked

FORM = "yikatong-audit/1"


def export(*, path: Path, posted: Posted) -> int:
    """Write all blocks with their rows, as they are now, broken or not; rows written.

    Raises:
        FileExistsError: nothing is written over.
    """
    rows = 0
    with open(path, "x", encoding="utf-8", opener=_for_us) as file, as_of_one_instant():
        for line in _lines(posted):
            rows += line["kind"] == "act"
            file.write(canonical(line) + "\n")
    return rows


def _for_us(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _lines(posted: Posted) -> Iterator[dict[str, Any]]:
    yield {"kind": "chain", "form": FORM}
    rows, known, blocks = links(posted=posted), set[str](), 0
    linked = next(rows, None)
    for key, signed in signed_heads(after=0):
        if key.key not in known:
            known.add(key.key)
            yield _key_line(key)
        while linked is not None and linked.position <= signed.head.last:
            yield _act_line(linked)
            linked = next(rows, None)
        yield {"kind": "head", **vars(signed.head), "signature": signed.signature.hex()}
        blocks += 1
    while linked is not None:
        yield _act_line(linked)
        linked = next(rows, None)
    yield {"kind": "end", "blocks": blocks, "strays": list(posted.strays())}


def _key_line(key: PublicKey) -> dict[str, Any]:
    return {"kind": "key", "key": key.key, "public": key.public.hex(), "since": key.since}


def _act_line(linked: Linked) -> dict[str, Any]:
    line = {
        "kind": "act",
        "position": linked.position,
        "act": linked.act_id,
        "hash": linked.hash.hex(),
        "row": linked.row,
    }
    return {**line, "entry": linked.entry} if linked.posts else line
