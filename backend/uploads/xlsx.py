"""Read a spreadsheet that a stranger hands in (外来电子表格): checked first, then its values only.

What is read is not the file that came in: the checked parts are put into a new container with one
sheet, so that nothing can be one thing to the check and another to the reader. For untrusted files
in a process of its own: see ``limited``.
"""

import io
import posixpath
import zipfile
from datetime import date, datetime, time, timedelta
from typing import BinaryIO

from python_calamine import CalamineError, CalamineWorkbook

from backend.uploads.container import BROKEN, Container
from backend.uploads.refused import refused
from backend.uploads.sheet_xml import (
    Attributes,
    Shape,
    check_plain,
    check_sheet,
    check_strings,
    local,
    walk,
)

Cell = int | float | str | bool | date | datetime | time | timedelta  # an empty cell is ""

STRINGS, STYLES = "xl/sharedStrings.xml", "xl/styles.xml"
SHEET = "xl/worksheets/sheet1.xml"
DOCUMENTS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
FRAME = {
    "[Content_Types].xml": (
        f'<Types xmlns="{PACKAGE}/content-types">'
        f'<Override PartName="/xl/workbook.xml" ContentType="{WORKBOOK_TYPE}"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{DOCUMENTS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{SPREADSHEET}" xmlns:r="{DOCUMENTS}">'
        '<sheets><sheet name="sheet" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{DOCUMENTS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}


def read_sheet(*, file: BinaryIO, shape: Shape) -> list[list[Cell]]:
    """Give the values of the workbook's one sheet from A1 on; rows are as long as the widest.

    Raises:
        SheetRefused: with all reasons, places and words.
    """
    container = Container(file=file)
    _check_links(container)
    sheet = container.part(_path_of_sheet(container, shape))
    check_sheet(xml=sheet, shape=shape)
    try:
        with CalamineWorkbook.from_filelike(_plain_workbook(container, sheet)) as workbook:
            return workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise refused("broken_file", BROKEN) from error


def _check_links(container: Container) -> None:
    def start(name: str, attributes: Attributes) -> None:
        if local(name) == "Relationship" and attributes.get("TargetMode") == "External":
            raise refused(
                "external_link", "文件含有指向外部的链接，请删除超链接和外部引用后再上传。"
            )

    for name in sorted(container.names):
        if name.lower().endswith(".rels"):
            walk(xml=container.part(name), start=start)


def _path_of_sheet(container: Container, shape: Shape) -> str:
    """Find the part that holds the sheet: the only one of the workbook, of that name, visible."""
    sheets: list[Attributes] = []

    def start(name: str, attributes: Attributes) -> None:
        if local(name) == "sheet":
            sheets.append(attributes)

    walk(xml=container.part("xl/workbook.xml"), start=start)
    found = [sheet for sheet in sheets if sheet.get("name") == shape.sheet]
    if not found:
        raise refused("missing_sheet", f"没有名为“{shape.sheet}”的工作表。")
    if len(sheets) > 1:
        raise refused("extra_sheet", f"工作簿只能有“{shape.sheet}”一张工作表，请删除其他工作表。")
    if found[0].get("state", "visible") != "visible":
        raise refused("hidden_sheet", f"工作表“{shape.sheet}”被隐藏，请取消隐藏。")
    link = next((value for key, value in found[0].items() if local(key) == "id"), "")
    target = _targets(container).get(link, "")
    path = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
    if path not in container.names or not target:
        raise refused("broken_file", BROKEN)
    return path


def _targets(container: Container) -> dict[str, str]:
    targets: dict[str, str] = {}

    def start(name: str, attributes: Attributes) -> None:
        if local(name) == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    walk(xml=container.part("xl/_rels/workbook.xml.rels"), start=start)
    return targets


def _plain_workbook(container: Container, sheet: bytes) -> io.BytesIO:
    """Put the checked parts, and no other, into a container of our own."""
    parts = {SHEET: sheet}
    for name, check in ((STRINGS, check_strings), (STYLES, check_plain)):
        if name in container.names:
            parts[name] = container.part(name)
            check(xml=parts[name])
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as rebuilt:
        for name, content in (FRAME | parts).items():
            rebuilt.writestr(name, content)
    plain.seek(0)
    return plain
