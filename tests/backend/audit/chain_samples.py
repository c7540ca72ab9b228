"""Write the samples of docs/formats/audit-chain.md (审计链样例); all of it is invented.

python -m tests.backend.audit.chain_samples
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.audit.chain import (
    GENESIS,
    Head,
    PublicKey,
    SignedHead,
    canonical,
    chained,
    digest_of_posted,
    marks_of,
)
from tests.backend.audit.tampering import Exported, Line

FOLDER = Path(__file__).parents[3] / "docs/formats/samples"
BLOCKS = (3, 5, 1, 7, 4, 6, 4)
MANY = BLOCKS * 10  # 300 acts, 75 vouchers, 70 heads: no two of a thousand tamperings are the same
PRIVATE = Ed25519PrivateKey.from_private_bytes(b"a key of the samples, no secret.")
KEY = PublicKey(
    "0123456789abcdef",
    PRIVATE.public_key().public_bytes_raw(),
    "2026-11-10T00:00:00.000000+00:00",
)


def sample(*, blocks: Sequence[int] = BLOCKS) -> Exported:
    """An export with some blocks of so many acts each, and its heads outside."""
    key = json.loads(KEY.line())
    lines: list[Line] = [{"kind": "chain", "form": "yikatong-audit/1"}, key]
    outside, before, position = [KEY.line()], GENESIS, 0
    for number, rows in enumerate(blocks, 1):
        prev, hashes = before, list[bytes]()
        for act in (_act(position + row) for row in range(1, rows + 1)):
            before = chained(before=before, row=act["row"])
            hashes.append(before)
            lines.append({**act, "hash": before.hex()})
        head = Head(
            number=number,
            first=position + 1,
            last=position + rows,
            prev=prev.hex(),
            head=before.hex(),
            sealed_at=f"2026-11-10T{_clock(60 + number)}:00.000000+00:00",
            key=KEY.key,
            marks=marks_of(hashes),
        )
        signed = SignedHead(head, PRIVATE.sign(head.statement()))
        lines.append(json.loads(signed.line()))
        outside.append(signed.line())
        position += rows
    lines.append({"kind": "end", "blocks": len(blocks), "strays": []})
    return Exported(lines, outside)


def texts() -> Iterator[tuple[str, str]]:
    """Each file with what stands in it."""
    export = sample()
    yield "audit-chain.jsonl", "".join(canonical(line) + "\n" for line in export.lines)
    yield "audit-heads.jsonl", "".join(export.outside)


def _act(position: int) -> dict[str, Any]:
    posts = position % 4 == 0
    entry = _entry(position)
    row = {
        "id": position + 40,
        "at": f"2026-11-10T01:{_clock(position)}.000000+00:00",
        "name": "ledger.post" if posts else "cases.approved",
        "staff_id": 7,
        "person_id": 1007,
        "party_id": None if posts else 2000 + position,
        "channel": "WEB",
        "place": "address/127.0.0.1",
        "subject_kind": "ledger.entry" if posts else "cases.case",
        "subject_id": str(position),
        "rows": position,
        "before": None if posts else '{"state": "REVIEWED"}',
        "after": None if posts else '{"state": "APPROVED"}',
        "details": f'{{"kind": "演示", "n": {position}}}',
        "digest": digest_of_posted(entry) if posts else "",
        "call": None,
    }
    act = {"kind": "act", "position": position, "act": position + 40, "row": row}
    return {**act, "entry": entry} if posts else act


def _clock(count: int) -> str:
    """Hours and minutes, or minutes and seconds."""
    return f"{count // 60:02}:{count % 60:02}"


def _entry(position: int) -> dict[str, Any]:
    fen = 10000 + position
    lines = [[1, "1004", 0, fen], [1, "5001.01", fen, 0]]
    voucher = {"book": 1, "month": "2026-11", "summary": "演示批次", "line_count": 2}
    return {**voucher, "lines": lines}


if __name__ == "__main__":
    for name, text in texts():
        (FOLDER / name).write_text(text, encoding="utf-8")
