"""An xlsx as a zip (压缩包检查): what it holds, how large, and nothing that runs or points outside.

Sizes are taken from the directory before anything is unpacked; what is unpacked is held against
them and against its check sum, so a directory that lies is found out.
"""

import re
import zipfile
import zlib
from collections.abc import Iterable
from typing import BinaryIO

from backend.uploads.refused import SheetRefused, refused

FILE_BYTES_MAX = 20 * 1024 * 1024
PARTS_MAX = 200
UNPACKED_BYTES_MAX = 96 * 1024 * 1024
RATIO_MAX = 100
RATIO_FROM_BYTES = 1024 * 1024  # small parts may shrink as they like

ZIP_MARK = b"PK\x03\x04"
OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_MARK = "EncryptedPackage".encode("utf-16-le")
NAME = re.compile(r"[0-9A-Za-z_\[\]. ()\-/\u4e00-\u9fff]{1,200}")
ARCHIVE = re.compile(r"(?i)\.(zip|xls[xmb]?|doc[xm]?|ppt[xm]?|ods|jar|rar|7z|gz|bz2|xz|tar)$")
MACRO = re.compile(r"(?i)(^|/)(vbaProject|vbaData|macrosheets|intlMacrosheets|dialogsheets)\b")
EMBEDDED = re.compile(r"(?i)(^|/)(embeddings|activeX|ctrlProps)/")
SYMBOLIC_LINK = 0o120000
FILE_TYPE = 0o170000
ENCRYPTED_FLAG = 0x1
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, KeyError)

NOT_XLSX = "不是 xlsx 电子表格，请用 Excel 或 WPS 另存为“Excel 工作簿(*.xlsx)”后再上传。"
BROKEN = "文件已损坏，无法读取，请重新保存后再上传。"


class Container:
    """The parts of a workbook by name, looked through; each is unpacked when it is asked for.

    Raises:
        SheetRefused: for what it is, holds or claims.
    """

    def __init__(self, *, file: BinaryIO) -> None:
        _check_outside(file)
        try:
            self._zip = zipfile.ZipFile(file)
        except DAMAGED as error:
            raise refused("broken_file", BROKEN) from error
        entries = self._zip.infolist()
        _check_sizes(entries)
        for entry in entries:
            _check_entry(entry)
        _check_twice(entries)
        self.names = frozenset(entry.filename for entry in entries)
        self._check_kind()
        self._check_nested(entries)

    def part(self, name: str) -> bytes:
        """Unpack one part, at most as large as the directory says."""
        try:
            return self._zip.read(name)
        except DAMAGED as error:
            raise refused("broken_file", BROKEN) from error

    def _check_kind(self) -> None:
        for name in sorted(self.names):
            if MACRO.search(name):
                raise _macro()
            if name.lower().startswith("xl/externallinks/"):
                raise refused("external_link", "文件引用了其他文件，请断开链接后再上传。")
            if EMBEDDED.search(name):
                raise refused("embedded", "文件中嵌入了其他文件或控件，请删除后再上传。")
        if not {"[Content_Types].xml", "xl/workbook.xml"} <= self.names:
            raise refused("not_xlsx", NOT_XLSX)
        if b"macroenabled" in self.part("[Content_Types].xml").lower():
            raise _macro()

    def _check_nested(self, entries: Iterable[zipfile.ZipInfo]) -> None:
        for entry in entries:
            if ARCHIVE.search(entry.filename) or self._first_bytes(entry).startswith(
                (ZIP_MARK, OLE_MARK)
            ):
                raise refused("nested_archive", "文件中套有另一个压缩包或文档，请删除后再上传。")

    def _first_bytes(self, entry: zipfile.ZipInfo) -> bytes:
        try:
            with self._zip.open(entry) as part:
                return part.read(len(OLE_MARK))
        except DAMAGED as error:
            raise refused("broken_file", BROKEN) from error


def _macro() -> SheetRefused:
    return refused("macro", "文件带有宏，请另存为不带宏的 xlsx 后再上传。")


def _check_outside(file: BinaryIO) -> None:
    """Look at the length and the first bytes: what is it at all?"""
    size = file.seek(0, 2)
    file.seek(0)
    first = file.read(len(OLE_MARK))
    if size > FILE_BYTES_MAX:
        raise refused("too_large", f"文件超过 {FILE_BYTES_MAX // 1024 // 1024} MB。")
    if not size:
        raise refused("empty", "文件是空的。")
    if first == OLE_MARK:
        if ENCRYPTED_MARK in file.read():
            raise refused("encrypted", "文件设有打开密码，请取消密码后再上传。")
        raise refused("not_xlsx", NOT_XLSX)
    if not first.startswith(ZIP_MARK):
        raise refused("not_xlsx", NOT_XLSX)
    file.seek(0)


def _check_sizes(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > PARTS_MAX:
        raise refused("too_many_parts", f"压缩包内的文件超过 {PARTS_MAX} 个，不是正常的电子表格。")
    if sum(entry.file_size for entry in entries) > UNPACKED_BYTES_MAX:
        raise refused(
            "too_large_unpacked", f"文件展开后超过 {UNPACKED_BYTES_MAX // 1024 // 1024} MB。"
        )


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if entry.flag_bits & ENCRYPTED_FLAG:
        raise refused("encrypted", "文件设有打开密码，请取消密码后再上传。")
    # The name as it stands in the file: the library cuts it at a NUL.
    unsafe = entry.orig_filename != name or not NAME.fullmatch(name)
    if unsafe or name.startswith("/") or ".." in name.split("/"):
        raise refused("unsafe_name", "压缩包内有不正常的文件名，请重新保存后再上传。")
    if (entry.external_attr >> 16) & FILE_TYPE == SYMBOLIC_LINK:
        raise refused("symbolic_link", "压缩包内有指向别处的链接，请重新保存后再上传。")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise refused("broken_file", BROKEN)
    if entry.file_size > RATIO_FROM_BYTES and entry.file_size > RATIO_MAX * entry.compress_size:
        raise refused(
            "bomb", f"压缩比超过 {RATIO_MAX} 倍，不是正常的电子表格；请删除空白行列后再保存。"
        )


def _check_twice(entries: Iterable[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for entry in entries:
        if entry.filename.lower() in seen:
            raise refused("part_twice", "压缩包内有同名文件，请重新保存后再上传。")
        seen.add(entry.filename.lower())
