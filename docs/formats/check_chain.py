#!/usr/bin/env python3
"""核验导出的审计链。只用 Python 标准库，不引用本系统的任何代码。

    python3 check_chain.py 审计链导出文件 [--heads 库外链头文件] [--plain]

退出码：0 完整，1 被改动（说明第一条对不上的记录），2 文件无法读取。
格式见同一文件夹的 audit-chain.md。没有库外链头文件时，截去末尾和整体改写后重新签名无从发现。

Verify an exported audit chain with the standard library alone: SM3 (GB/T 32905), Ed25519 (RFC 8032,
section 5.1.7) and SHA-256 are all it rests on. Exit 0: whole; 1: the first broken row is named.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FORM = "yikatong-audit/1"
POSTED = "ledger.post"  # the act that posts a voucher
ROW_PREFIX, HEAD_PREFIX = b"yikatong-audit/1\n", b"yikatong-head/1\n"
MARK = 8  # hexadecimal digits
HEAD_FIELDS = ("number", "first", "last", "prev", "head", "sealed_at", "key", "marks")
WORD = 0xFFFFFFFF
PLAIN = "--plain" in sys.argv
INITIAL: tuple[int, ...] = (
    0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E,
)  # fmt: skip


def sm3_plain(message: bytes) -> bytes:
    """GB/T 32905, in plain Python."""
    length = len(message)
    message += b"\x80" + b"\0" * ((55 - length) % 64) + (8 * length).to_bytes(8, "big")
    state = INITIAL
    for start in range(0, len(message), 64):
        state = _compressed(state, message[start : start + 64])
    return b"".join(word.to_bytes(4, "big") for word in state)


def _left(word: int, by: int) -> int:
    by %= 32
    return (word << by | word >> (32 - by)) & WORD


def _expanded(block: bytes) -> list[int]:
    words = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
    for j in range(16, 68):
        x = words[j - 16] ^ words[j - 9] ^ _left(words[j - 3], 15)
        x ^= _left(x, 15) ^ _left(x, 23)
        words.append(x ^ _left(words[j - 13], 7) ^ words[j - 6])
    return words


def _compressed(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    words = _expanded(block)
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        constant = 0x79CC4519 if j < 16 else 0x7A879D8A
        rotated = _left(a, 12)
        ss1 = _left((rotated + e + _left(constant, j)) & WORD, 7)
        ff = a ^ b ^ c if j < 16 else a & b | a & c | b & c
        gg = e ^ f ^ g if j < 16 else e & f | ~e & g
        tt1 = (ff + d + (ss1 ^ rotated) + (words[j] ^ words[j + 4])) & WORD
        tt2 = (gg + h + ss1 + words[j]) & WORD
        a, b, c, d = tt1, a, _left(b, 9), c
        e, f, g, h = tt2 ^ _left(tt2, 9) ^ _left(tt2, 17), e, _left(f, 19), g
    return tuple(x ^ y for x, y in zip(state, (a, b, c, d, e, f, g, h), strict=True))


def sm3(message: bytes) -> bytes:
    """The same, by the standard library where its OpenSSL has it: a hundred times as fast."""
    if PLAIN or "sm3" not in hashlib.algorithms_available:
        return sm3_plain(message)
    return hashlib.new("sm3", message).digest()


# Ed25519, RFC 8032: points as (X, Y, Z, T) with x = X/Z, y = Y/Z, x·y = T/Z.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)


def _added(p: Point, q: Point) -> Point:
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _negative(p: Point) -> Point:
    return -p[0] % P, p[1], p[2], -p[3] % P


def _equal(p: Point, q: Point) -> bool:
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


@cache
def _point(encoded: bytes) -> Point | None:
    """Decode a point (5.1.3); None when it is none."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or NEUTRAL


def ed25519_verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether s·B = R + h·A (RFC 8032, 5.1.7)."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r, s = _point(public), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    h = int.from_bytes(digest, "little") % ORDER
    minus_key = _negative(key)
    table = {(0, 1): minus_key, (1, 0): BASE, (1, 1): _added(BASE, minus_key)}
    found = NEUTRAL
    for bit in range(ORDER.bit_length(), -1, -1):
        found = _added(found, found)
        bits = (s >> bit & 1, h >> bit & 1)
        if bits in table:
            found = _added(found, table[bits])
    return _equal(found, r)


class Broken(Exception):  # noqa: N818 - what was found
    """The first row that is not as it was sealed."""


def canonical(content: object) -> bytes:
    """Sorted keys, no blanks, UTF-8, every character as itself."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


@dataclass
class Heads:
    """The heads outside the database, one after the other, and the keys told before them."""

    lines: Iterator[dict[str, Any]]
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    at: dict[str, Any] | None = None

    def go_on(self) -> None:
        """Go to the next head; None at the end."""
        self.at = None
        for line in self.lines:
            if line["kind"] == "key":
                self.keys[line["key"]] = line
            else:
                self.at = line
                return


@dataclass
class Check:
    """The walk through an export."""

    heads: Heads | None
    before: bytes = sm3(ROW_PREFIX)
    position: int = 0
    block: int = 0
    block_first: int = 1
    block_before: bytes = sm3(ROW_PREFIX)
    sealed_at: str = ""
    marks: str = ""
    act: object = None
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)
    ended: bool = False

    def run(self, lines: Iterable[dict[str, Any]]) -> None:
        """Take line after line; Broken at the first that does not fit."""
        if self.heads:
            self.heads.go_on()
        for line in lines:
            if self.ended:
                raise self._broken(self.position + 1, "结束行之后还有内容。")
            if line["kind"] == "key":
                self.keys[line["key"]] = line
            elif line["kind"] == "act":
                self._take_act(line)
            elif line["kind"] == "head":
                self._take_head(line)
            elif line["kind"] == "end":
                self._take_end(line)
            elif line.get("form") != FORM:
                raise ValueError("不认识的格式")
        if not self.ended:
            raise self._broken(self.position + 1, "导出文件不完整，末尾被截去。")

    def _take_act(self, line: dict[str, Any]) -> None:
        position, self.act = self.position + 1, line["act"]
        if line["position"] < position:
            raise self._broken(line["position"], "链节不在任何一块之内。")
        if line["position"] != position:
            self.act = None
            raise self._broken(position, "链节被删除。")
        if line["row"] is None:
            raise self._broken(position, "操作记录被删除。")
        link = sm3(self.before + sm3(ROW_PREFIX + canonical(line["row"])))
        if link.hex() != line["hash"] or line["row"]["id"] != line["act"]:
            raise self._broken(position, "操作记录或链节被改动、调换。")
        told = self.heads.at if self.heads else None
        if told and position > told["last"]:
            raise self._broken(told["first"], "本块的签名链头被删除或改动。")
        if told and link.hex()[:MARK] != _mark(told, position):
            raise self._broken(position, "与库外链头不符：自此条起，库内的链被改写。")
        if "entry" in line or line["row"]["name"] == POSTED:
            self._check_entry(position, line)
        self.before, self.position = link, position
        self.marks += link.hex()[:MARK]

    def _check_entry(self, position: int, line: dict[str, Any]) -> None:
        name = line["row"]["subject_id"]
        if "entry" not in line:
            raise self._broken(position, f"它所记的凭证 {name} 没有写出，无从核验。")
        if line["entry"] is None:
            raise self._broken(position, f"它所记的凭证 {name} 被删除。")
        if hashlib.sha256(canonical(line["entry"])).hexdigest() != line["row"]["digest"]:
            raise self._broken(position, f"它所记的凭证 {name} 或其分录被改动。")

    def _take_head(self, line: dict[str, Any]) -> None:
        self.act = None
        reckoned = {
            "number": self.block + 1,
            "first": self.block_first,
            "last": self.position,
            "prev": self.block_before.hex(),
            "head": self.before.hex(),
            "marks": self.marks,
        }
        if any(line[name] != value for name, value in reckoned.items()) or not self.marks:
            told = self.heads.at if self.heads else None
            last = min(line["last"], told["last"]) if told else line["last"]
            cut = line["number"] == self.block + 1 and last > self.position
            where = self.position + 1 if cut else self.block_first
            raise self._broken(where, "链头与本块的记录不符，或有链节被删除。")
        self._compare_outside(line)
        self._check_signature(line)
        self.block, self.block_first = self.block + 1, self.position + 1
        self.block_before, self.sealed_at, self.marks = self.before, line["sealed_at"], ""
        if self.heads:
            self.heads.go_on()

    def _compare_outside(self, line: dict[str, Any]) -> None:
        if self.heads is None:
            return
        told, key = self.heads.at, line["key"]
        if told is None:
            if key not in self.heads.keys:
                self.unknown[key] = None
            elif self.heads.keys[key] != self.keys.get(key):
                raise self._broken(line["first"], f"链头的密钥 {key} 不是库外登记的。")
            return
        if told != line:
            cut = told["last"] > line["last"]
            raise self._broken(line["last"] + 1 if cut else line["first"], "链头与库外链头不符。")
        if self.heads.keys.get(key) != self.keys.get(key):
            raise self._broken(line["first"], f"链头的密钥 {key} 不是库外登记的。")

    def _check_signature(self, line: dict[str, Any]) -> None:
        key = self.keys.get(line["key"])
        if key is None or not key["since"] <= line["sealed_at"] >= self.sealed_at:
            raise self._broken(line["first"], "链头没有当时可用的密钥，或封存时间倒退。")
        statement = HEAD_PREFIX + canonical({name: line[name] for name in HEAD_FIELDS})
        signature = bytes.fromhex(line["signature"])
        if not ed25519_verifies(bytes.fromhex(key["public"]), statement, signature):
            raise self._broken(line["first"], "链头的签名无效。")

    def _take_end(self, line: dict[str, Any]) -> None:
        self.ended, self.act = True, None
        if self.heads and self.heads.at and self.position < self.heads.at["last"]:
            reason = "库外有它的链头，库内此条及以后的被截去。"
            raise self._broken(self.position + 1, reason)
        if self.marks or line["blocks"] != self.block:
            raise self._broken(self.block_first, f"没有第 {self.block + 1} 块的签名链头。")
        if line["strays"]:
            raise Broken(f"凭证 {line['strays'][0]} 没有记账的操作记录。")

    def _broken(self, position: int, reason: str) -> Broken:
        act = f"，操作记录 {self.act}" if self.act is not None else ""
        return Broken(f"审计链第 {position} 条（第 {self.block + 1} 块{act}）：{reason}")


def _mark(head: dict[str, Any], position: int) -> str:
    at = MARK * (position - head["first"])
    return str(head["marks"][at : at + MARK])


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file; what a crash left unfinished at its end does not count."""
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield json.loads(line)


def main() -> int:
    parser = argparse.ArgumentParser(description="核验导出的审计链")
    parser.add_argument("export", type=Path, help="manage.py verify_chain --export 写出的文件")
    parser.add_argument("--heads", type=Path, help="另行保存的库外链头文件")
    parser.add_argument("--plain", action="store_true", help="SM3 也用本文件的算法（慢）")
    asked = parser.parse_args()
    check = Check(Heads(lines_of(asked.heads)) if asked.heads else None)
    try:
        check.run(lines_of(asked.export))
    except Broken as broken:
        print(broken)
        return 1
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"无法读取（第 {check.position + 1} 条附近）：{error!r}")
        return 2
    print(f"审计链完整：{check.position} 条记录，{check.block} 块，全部签名有效。")
    for key in check.keys.values():
        print(f"  密钥 {key['key']}，公钥 {key['public']}，自 {key['since']} 启用")
    for number in check.unknown:
        print(f"密钥 {number} 库外没有登记，它所签的块也没有库外链头：须与另行保存的公钥核对。")
    if check.heads is None:
        print("没有库外链头文件：截去末尾、整体改写后重新签名无从发现；上列公钥须与另存的核对。")
    return 0


if __name__ == "__main__":
    sys.exit(main())
