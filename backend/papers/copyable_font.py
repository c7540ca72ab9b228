"""A font whose text can be copied out of the paper again (可复制的字库).

reportlab names a character beyond U+FFFF by its bare code point where PDF wants UTF-16: what
is printed as 𠮷 would be copied as another character.
"""

from collections.abc import Sequence
from typing import Any

from reportlab.pdfbase.pdfdoc import PDFDocument
from reportlab.pdfbase.ttfonts import TTFont

AT_ONCE = 100  # no more entries may stand in one bfchar section
SPACE = 32


class CopyableFont(TTFont):
    """A TrueType font that says truly which character each of its codes is."""

    def __init__(self, *, name: str, path: str) -> None:
        # Only the glyphs that are used are embedded, not all of ASCII.
        super().__init__(name, path, asciiReadable=False)

    def draws(self, character: str) -> bool:
        """Tell whether the font has an outline for a character, not only a place for it."""
        glyph = self.face.charToGlyph.get(ord(character), 0)
        empty = self.face.glyphPos[glyph + 1] == self.face.glyphPos[glyph]
        return glyph != 0 and (not empty or character.isspace())

    def width_of(self, character: str) -> float:
        """Tell how wide a character is, in thousandths of the size."""
        return float(self.face.charWidths[ord(character)])

    def addObjects(self, doc: PDFDocument) -> None:  # noqa: N802 - reportlab's name
        """Embed the subsets that a document uses, each with its table of characters."""
        subsets = self.state[doc].subsets
        inner_names = [self.getSubsetInternalName(n, doc)[1:] for n in range(len(subsets))]
        super().addObjects(doc)
        objects: dict[str, Any] = doc.idToObject
        embedded = objects["BasicFonts"].dict
        for inner_name, subset in zip(inner_names, subsets, strict=True):
            base = embedded[inner_name].BaseFont
            objects[f"toUnicodeCMap:{base}"].content = to_unicode(name=base, codes=subset)


def to_unicode(*, name: str, codes: Sequence[int]) -> str:
    """Write the ToUnicode table of a subset: its n-th code is this character (PDF 9.10.3)."""
    entries = [
        f"<{place:02X}> <{chr(code).encode('utf-16-be').hex().upper()}>"
        for place, code in enumerate(codes)
        if code > SPACE or place == SPACE
    ]
    sections = [entries[start : start + AT_ONCE] for start in range(0, len(entries), AT_ONCE)]
    return "\n".join(
        (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap",
            f"/CIDSystemInfo << /Registry ({name}) /Ordering ({name}) /Supplement 0 >> def",
            f"/CMapName /{name} def\n/CMapType 2 def",
            "1 begincodespacerange\n<00> <FF>\nendcodespacerange",
            *(
                "\n".join((f"{len(section)} beginbfchar", *section, "endbfchar"))
                for section in sections
            ),
            "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend",
        )
    )
