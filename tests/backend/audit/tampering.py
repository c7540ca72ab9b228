"""A thousand ways to tamper with an exported chain, each with the row that must be named."""

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.audit.chain import (
    GENESIS,
    Head,
    PublicKey,
    SignedHead,
    chained,
    digest_of_posted,
    marks_of,
)
from backend.audit.verify import Linked, Outside, Walked, walk
from payments.ledger.post import ACT

Line = dict[str, Any]


@dataclass
class Exported:
    """The lines of an export, and those of the heads outside."""

    lines: list[Line]
    outside: list[str]

    @property
    def acts(self) -> list[Line]:
        return [line for line in self.lines if line["kind"] == "act"]

    @property
    def vouchers(self) -> list[Line]:
        return [act for act in self.acts if "entry" in act]

    @property
    def heads(self) -> list[Line]:
        return [line for line in self.lines if line["kind"] == "head"]

    def copied(self) -> "Exported":
        return Exported(json.loads(json.dumps(self.lines)), self.outside)

    def mark(self) -> str:
        """What tells it from every other export."""
        return hashlib.sha256(json.dumps(self.lines, sort_keys=True).encode()).hexdigest()

    def without(self, *gone: Line) -> None:
        self.lines = [line for line in self.lines if not any(line is one for one in gone)]

    def block_of(self, position: int) -> Line:
        return next(head for head in self.heads if head["last"] >= position)


Tampering = Callable[[Exported, random.Random], int]


def changed(export: Exported, chance: random.Random) -> int:
    act = chance.choice(export.acts)
    name = chance.choice(["at", "name", "staff_id", "party_id", "rows", "before", "details"])
    value = act["row"][name]
    act["row"][name] = (value or 0) + 1 if name.endswith("_id") or name == "rows" else f"{value} "
    return int(act["position"])


def renumbered(export: Exported, chance: random.Random) -> int:
    act = chance.choice(export.acts)
    act["row"]["id"] += 100_000
    return int(act["position"])


def act_deleted(export: Exported, chance: random.Random) -> int:
    act = chance.choice(export.acts)
    act["row"] = None
    return int(act["position"])


def link_deleted(export: Exported, chance: random.Random) -> int:
    act = chance.choice(export.acts)
    export.without(act)
    return int(act["position"])


def hidden_behind_a_link(export: Exported, chance: random.Random) -> int:
    """An act that was never sealed is linked to before the first, so that no sealer takes it."""
    position, act = -chance.randrange(3), chance.choice(export.acts)
    row = {**act["row"], "id": 9000 + chance.randrange(9000)}
    link = {"kind": "act", "position": position, "act": row["id"], "row": row, "hash": "00" * 32}
    if "entry" in act:
        link["entry"] = act["entry"]
    first = export.lines.index(export.acts[0])
    export.lines.insert(first, link)
    return position


def contents_swapped(export: Exported, chance: random.Random) -> int:
    one, other = chance.sample(export.acts, 2)
    for name in set(one["row"]) - {"id"}:
        one["row"][name], other["row"][name] = other["row"][name], one["row"][name]
    return int(min(one["position"], other["position"]))


def links_swapped(export: Exported, chance: random.Random) -> int:
    one, other = chance.sample(export.acts, 2)
    for name in ("act", "row", "hash"):
        one[name], other[name] = other[name], one[name]
    return int(min(one["position"], other["position"]))


def tail_cut(export: Exported, chance: random.Random) -> int:
    position = chance.randrange(2, len(export.acts) + 1)
    export.without(
        *(act for act in export.acts if act["position"] >= position),
        *(head for head in export.heads if head["last"] >= position),
    )
    return position


def rewritten(export: Exported, chance: random.Random) -> int:
    """All from a row on is reckoned anew, and its heads keep their signatures."""
    position = chance.randrange(1, len(export.acts) + 1)
    _rewrite(export, position)
    return position


def rewritten_under_an_own_key(export: Exported, chance: random.Random) -> int:
    """The same by somebody who signs anew, with a key that he made himself."""
    position = chance.randrange(1, len(export.acts) + 1)
    _rewrite(export, position)
    private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
    public = private.public_key().public_bytes_raw().hex()
    (key,) = (line for line in export.lines if line["kind"] == "key")
    export.lines.insert(1, {**key, "key": "0" * 16, "public": public})
    for head in export.heads:
        if head["last"] >= position:
            head["key"] = "0" * 16
            head["signature"] = private.sign(_head(head).statement()).hex()
    return position


def head_forged(export: Exported, chance: random.Random) -> int:
    head = chance.choice(export.heads)
    name = chance.choice(["signature", "sealed_at", "head"])
    at = chance.choice([i for i, sign in enumerate(head[name]) if sign.isalnum() and sign != "T"])
    other = "1" if head[name][at] == "0" else "0"
    head[name] = head[name][:at] + other + head[name][at + 1 :]
    return int(head["first"])


def head_stretched(export: Exported, chance: random.Random) -> int:
    """A block says that it holds more rows than there can be."""
    head = chance.choice(export.heads)
    head["last"] = 9 * 10**18 - chance.randrange(10**6)
    return int(head["first"])


def head_deleted(export: Exported, chance: random.Random) -> int:
    head = chance.choice(export.heads)
    export.without(head)
    return int(head["first"])


def voucher_changed(export: Exported, chance: random.Random) -> int:
    act = chance.choice(export.vouchers)
    line = chance.choice(act["entry"]["lines"])
    if chance.random() < 0.5:
        line[chance.choice([0, 2])] += chance.choice([-1, 1])  # another book, another amount
    else:
        act["entry"]["summary"] += "。"
    return int(act["position"])


def voucher_deleted(export: Exported, chance: random.Random) -> int:
    act = chance.choice(export.vouchers)
    act["entry"] = None
    return int(act["position"])


def voucher_left_out(export: Exported, chance: random.Random) -> int:
    act = chance.choice(export.vouchers)
    del act["entry"]
    return int(act["position"])


def voucher_and_act_changed(export: Exported, chance: random.Random) -> int:
    act = chance.choice(export.vouchers)
    act["entry"]["lines"][0][2] += 1
    act["row"]["digest"] = digest_of_posted(act["entry"])
    return int(act["position"])


def vouchers_swapped(export: Exported, chance: random.Random) -> int:
    one, other = chance.sample(export.vouchers, 2)
    one["entry"], other["entry"] = other["entry"], one["entry"]
    return int(min(one["position"], other["position"]))


def vouchers_cut(export: Exported, chance: random.Random) -> int:
    """The ledger ends before the chain does."""
    first = chance.choice(export.vouchers)["position"]
    for act in export.vouchers:
        if act["position"] >= first:
            act["entry"] = None
    return int(first)


def vouchers_rewritten(export: Exported, chance: random.Random) -> int:
    """All vouchers from one on are others, and so are the acts, their links and the heads; what
    signed the heads is not at hand."""
    first = chance.choice(export.vouchers)["position"]
    for act in export.vouchers:
        if act["position"] >= first:
            act["entry"]["lines"][0][3] += 1
            act["row"]["digest"] = digest_of_posted(act["entry"])
    _rewrite(export, first)
    return int(first)


def heads_swapped(export: Exported, chance: random.Random) -> int:
    one, other = chance.sample(export.heads, 2)
    one["signature"], other["signature"] = other["signature"], one["signature"]
    return int(min(one["first"], other["first"]))


def continued_by_a_stranger(export: Exported, chance: random.Random) -> str:
    """One more block, right but for whose key signed it; the number of that key."""
    private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
    public, number = private.public_key().public_bytes_raw().hex(), "f" * 16
    last, end = export.heads[-1], export.lines.pop()
    position = last["last"] + 1
    (key,) = (line for line in export.lines if line["kind"] == "key")
    row = {**export.acts[0]["row"], "id": 9000}
    link = chained(before=bytes.fromhex(last["head"]), row=row)
    head = Head(
        number=last["number"] + 1,
        first=position,
        last=position,
        prev=last["head"],
        head=link.hex(),
        sealed_at=last["sealed_at"],
        key=number,
        marks=marks_of([link]),
    )
    signed = SignedHead(head, private.sign(head.statement()))
    export.lines += [
        {**key, "key": number, "public": public},
        {"kind": "act", "position": position, "act": 9000, "row": row, "hash": link.hex()},
        json.loads(signed.line()),
        {**end, "blocks": end["blocks"] + 1},
    ]
    return number


TAMPERINGS: tuple[Tampering, ...] = (
    changed,
    renumbered,
    act_deleted,
    link_deleted,
    hidden_behind_a_link,
    contents_swapped,
    links_swapped,
    tail_cut,
    rewritten,
    rewritten_under_an_own_key,
    head_forged,
    head_stretched,
    head_deleted,
    voucher_changed,
    voucher_deleted,
    voucher_left_out,
    voucher_and_act_changed,
    vouchers_swapped,
    vouchers_cut,
    vouchers_rewritten,
    heads_swapped,
)


def walked(export: Exported, *, outside: bool = True) -> Walked:
    """What the application's own walk says, were the database as the export."""
    return walk(
        heads=_stored_heads(export),
        links=_stored_links(export),
        outside=Outside(iter(export.outside)) if outside else None,
    )


def checked(export: Exported, module: ModuleType, *, outside: bool = True) -> str:
    """What the stand-alone checker says; empty when all is whole."""
    told = [json.loads(line) for line in export.outside]
    check = module.Check(module.Heads(iter(told)) if outside else None)
    try:
        check.run(export.lines)
    except module.Broken as broken:
        return str(broken)
    return ""


def _stored_links(export: Exported) -> Iterator[Linked]:
    for act in export.acts:
        link = bytes.fromhex(act["hash"])
        posts = act["row"] is not None and act["row"]["name"] == ACT
        yield Linked(act["position"], act["act"], link, act["row"], posts, act.get("entry"))


def _stored_heads(export: Exported) -> Iterator[tuple[PublicKey, SignedHead]]:
    """As they come from the tables: what stands before and the marks are reckoned."""
    keys = {line["key"]: line for line in export.lines if line["kind"] == "key"}
    before = GENESIS.hex()
    for line in export.heads:
        key = keys[line["key"]]
        within = range(line["first"], line["last"] + 1)
        hashes = [bytes.fromhex(a["hash"]) for a in export.acts if a["position"] in within]
        head = _head({**line, "prev": before, "marks": marks_of(hashes)})
        public = PublicKey(key["key"], bytes.fromhex(key["public"]), key["since"])
        yield public, SignedHead(head, bytes.fromhex(line["signature"]))
        before = line["head"]


def _head(line: Line) -> Head:
    return Head(**{name: line[name] for name in Head.__dataclass_fields__})


def _rewrite(export: Exported, position: int) -> None:
    acts = {act["position"]: act for act in export.acts}
    acts[position]["row"]["rows"] += 1
    before = bytes.fromhex(acts[position - 1]["hash"]) if position > 1 else GENESIS
    for at in range(position, len(acts) + 1):
        before = chained(before=before, row=acts[at]["row"])
        acts[at]["hash"] = before.hex()
    prev = GENESIS.hex()
    for head in export.heads:
        within = range(head["first"], head["last"] + 1)
        head["prev"], head["head"] = prev, acts[head["last"]]["hash"]
        head["marks"] = marks_of(bytes.fromhex(acts[at]["hash"]) for at in within)
        prev = head["head"]
