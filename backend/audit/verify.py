"""Walk the chain and name the first row that is not what was sealed (核验审计链). Pure.

Rows are reckoned again and compared with the links, links with the signed heads, and both with the
heads outside, which tell by a few bytes for each row where a chain that was reckoned anew departs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from backend.audit.chain import (
    GENESIS,
    PublicKey,
    Row,
    SignedHead,
    chained,
    digest_of_posted,
    mark_at,
    marks_of,
    parsed,
)

OUT_OF_PLACE = "链节不在任何一块之内，它的操作记录没有封入审计链。"


@dataclass(frozen=True)
class Linked:
    """A link, the act that it stands for, and the voucher that this act posted, as they are now."""

    position: int
    act_id: int
    hash: bytes
    row: Row | None
    posts: bool = False
    entry: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class BrokenRow:
    """The first row that is not as it was sealed (第一条对不上的记录)."""

    position: int
    act_id: int | None
    block: int
    reason: str

    @property
    def sentence(self) -> str:
        """Say it."""
        act = f"，操作记录 {self.act_id}" if self.act_id is not None else ""
        return f"审计链第 {self.position} 条（第 {self.block} 块{act}）：{self.reason}"


@dataclass(frozen=True)
class Walked:
    """How far the walk came, what broke it, and whose heads nothing outside vouches for."""

    rows: int
    blocks: int
    broken: BrokenRow | None
    unknown_keys: tuple[str, ...] = ()


@dataclass
class Outside:
    """The heads as they stand outside, read line by line beside the walk; keys as they come."""

    lines: Iterator[str]
    keys: dict[str, PublicKey] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)
    unreadable: bool = False
    last: int = 0  # number of the last head that was read

    def next_head(self) -> SignedHead | None:
        """Give the next head; None at the end, or at a line that is none of ours."""
        for line in self.lines:
            try:
                found = parsed(line)
            except (ValueError, KeyError, TypeError):
                self.unreadable = True
                return None
            if isinstance(found, SignedHead):
                self.last = found.head.number
                return found
            self.keys[found.key] = found
        return None


def walk(
    *,
    heads: Iterable[tuple[PublicKey, SignedHead]],
    links: Iterator[Linked],
    outside: Outside | None,
) -> Walked:
    """Go through all blocks in order; without ``outside`` a cut tail cannot be seen."""
    before, position, number, sealed_at = GENESIS, 0, 0, ""
    for key, signed in heads:
        number += 1
        told = outside.next_head() if outside else None
        reason = _misplaced(signed, number, position, sealed_at)
        if reason:
            return _found(position, number, position + 1, None, reason)
        for position in range(signed.head.first, _last(signed, told) + 1):
            linked = next(links, None)
            if linked is not None and linked.position < position:
                return _found(position - 1, number, linked.position, linked.act_id, OUT_OF_PLACE)
            reason = _row_reason(linked, position, before, told)
            if reason:
                act_id = linked.act_id if linked and linked.position == position else None
                return _found(position - 1, number, position, act_id, reason)
            assert linked is not None
            before = linked.hash
        reason = _head_reason(key, signed, before, told, outside)
        if reason:
            return _found(position, number, _where(signed, told), None, reason)
        sealed_at = signed.head.sealed_at
    return _end(position, number, before, links, outside)


def _misplaced(signed: SignedHead, number: int, position: int, sealed_at: str) -> str:
    head = signed.head
    if head.number < number:
        return f"多出编号为 {head.number} 的块。"
    if head.number != number:
        return f"缺少第 {number} 块的链头，此条及以后的记录无从核验。"
    if head.first != position + 1 or head.last < head.first:
        return f"第 {number} 块的起止（{head.first} 至 {head.last}）与前后不相接。"
    if head.sealed_at < sealed_at:
        return f"第 {number} 块的封存时间早于前一块。"
    return ""


def _last(signed: SignedHead, told: SignedHead | None) -> int:
    """The last row of a block; more than is told outside is a broken head, no broken row."""
    return min(signed.head.last, told.head.last) if told else signed.head.last


def _row_reason(
    linked: Linked | None, position: int, before: bytes, told: SignedHead | None
) -> str:
    if linked is None or linked.position != position:
        return "链节被删除。"
    if linked.row is None:
        return "操作记录被删除。"
    reckoned = chained(before=before, row=linked.row)
    if reckoned != linked.hash:
        return "操作记录或链节被改动、调换。"
    if told and mark_at(marks=told.head.marks, index=position - told.head.first) != marks_of(
        [reckoned]
    ):
        return "与库外链头不符：自此条起，库内的链被改写。"
    if linked.posts:
        return _entry_reason(linked.row, linked.entry)
    return ""


def _entry_reason(row: Row, entry: Mapping[str, Any] | None) -> str:
    if entry is None:
        return f"它所记的凭证 {row['subject_id']} 被删除。"
    if digest_of_posted(entry) != row["digest"]:
        return f"它所记的凭证 {row['subject_id']} 或其分录被改动。"
    return ""


def _head_reason(
    key: PublicKey,
    signed: SignedHead,
    before: bytes,
    told: SignedHead | None,
    outside: Outside | None,
) -> str:
    if signed.head.head != before.hex():
        return "链头与本块的记录不符。"
    if outside is not None:
        reason = _outside_reason(key, signed, told, outside)
        if reason:
            return reason
    if not key.since <= signed.head.sealed_at:
        return f"链头的密钥 {key.key} 当时还没有启用。"
    if not signed.verifies(public=key.public):
        return "链头的签名无效。"
    return ""


def _outside_reason(
    key: PublicKey, signed: SignedHead, told: SignedHead | None, outside: Outside
) -> str:
    if outside.unreadable:
        return "库外链头文件的这一行无法读取。"
    if told is None:  # sealed, but not brought outside yet: an alarm, no tampering
        if key.key not in outside.keys:
            outside.unknown[key.key] = None  # it may be new, or a stranger's: that is told
            return ""
        known = outside.keys[key.key] == key
        return "" if known else f"链头的密钥 {key.key} 不是库外登记的。"
    if outside.keys.get(told.head.key) != key:
        return f"链头的密钥 {key.key} 不是库外登记的。"
    if told != signed:
        if not told.verifies(public=key.public):
            return "库外链头文件中本块的链头被改动，签名无效。"
        return "链头与库外链头不符。"
    return ""


def _where(signed: SignedHead, told: SignedHead | None) -> int:
    """The row that a broken head is named by: the first of its block, or the first behind a cut."""
    cut = told is not None and told.head.last > signed.head.last
    return signed.head.last + 1 if cut else signed.head.first


def _end(
    position: int, number: int, before: bytes, links: Iterator[Linked], outside: Outside | None
) -> Walked:
    """Nothing follows on the last block, neither links without a head nor heads without links."""
    told = outside.next_head() if outside else None
    more = next(links, None)
    if told is not None and (more is None or told.head.first == position + 1):
        return _cut(position, number + 1, before, chain((more,) if more else (), links), told)
    if more is not None:
        reason = f"没有第 {number + 1} 块的签名链头。"
        return _found(position, number + 1, more.position, more.act_id, reason)
    if outside is not None and outside.unreadable:
        reason = "库外链头文件的这一行无法读取。"
        return _found(position, number + 1, position + 1, None, reason)
    return Walked(position, number, None, tuple(outside.unknown) if outside else ())


def _cut(
    position: int, block: int, before: bytes, links: Iterator[Linked], told: SignedHead
) -> Walked:
    """A head stands outside and not inside: the rows that are still there are compared with it."""
    for at in range(told.head.first, told.head.last + 1):
        linked = next(links, None)
        if linked is None:
            return _found(position, block, at, None, "库外有它的链头，库内此条及以后的被截去。")
        reason = _row_reason(linked, at, before, told)
        if reason:
            return _found(position, block, at, linked.act_id, reason)
        before = linked.hash
    return _found(position, block, told.head.first, None, "本块的签名链头被删除。")


def _found(rows: int, block: int, position: int, act_id: int | None, reason: str) -> Walked:
    return Walked(rows, block, BrokenRow(position, act_id, block, reason))
