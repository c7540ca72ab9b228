"""Names of persons (姓名): kept as written, compared with care."""

import re
import unicodedata

from backend.kernel.errors import Refusal

LONGEST = 50
MIDDLE_DOT = "\u00b7"
DOTS = "\u00b7\u2022\u30fb\uff0e\u2027."
# A dot of any kind between two letters, neither of them ASCII: 买买提.阿不都.
DOT_BETWEEN = re.compile(rf"(?<=[^\W\d_\x00-\x7f]) *[{DOTS}] *(?=[^\W\d_\x00-\x7f])")
BLANKS = re.compile("[ \u00a0\u2000-\u200a\u202f\u205f\u3000]+")
INSIDE = frozenset(MIDDLE_DOT + " -'\u2019.,")  # between letters; the last ones in foreign names
# Drawn as nothing although Unicode calls them letters or marks: fillers, joiners, selectors.
INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
IDEOGRAPHIC_ZERO = "\u3007"
# Rare ideographs, also those that are newer than this Python's tables.
UPPER_PLANES = range(0x20000, 0x3FFFE)


class NameInvalid(Refusal):
    """The text can not be a person's name (姓名不正确); the fact ``reason`` says why."""

    code = "name_invalid"


REASONS = {
    "Cc": ("control", "姓名中有控制字符"),
    "Cf": ("zero_width", "姓名中有看不见的零宽或方向控制字符"),
    "Zl": ("control", "姓名中有换行符"),
    "Zp": ("control", "姓名中有换行符"),
    "Co": ("private_use", "姓名中有自造字，请改用国家标准字符集中的汉字"),
    "Cs": ("control", "姓名中有损坏的字符"),
    "Cn": ("unassigned", "姓名中有没有编码的字符"),
    "Nd": ("digit", "姓名中不能有数字"),
    "Nl": ("digit", "姓名中不能有数字"),
    "No": ("digit", "姓名中不能有数字"),
    "So": ("symbol", "姓名中不能有表情或图形符号"),
    "Sk": ("symbol", "姓名中不能有表情或图形符号"),
}


def person_name(text: object) -> str:
    """Check a name and give its one spelling: trimmed, the dot of minority names as U+00B7.

    Rare and compatibility ideographs stay as they are: nothing is normalised by NFC or NFKC.

    Raises:
        NameInvalid: with the character and the reason in words.
    """
    name = BLANKS.sub(" ", text if isinstance(text, str) else "").strip(" ")
    name = DOT_BETWEEN.sub(MIDDLE_DOT, name)
    if not name:
        raise NameInvalid("姓名不能为空。", reason="empty")
    if len(name) > LONGEST:
        raise NameInvalid(f"姓名最长{LONGEST}个字，现在是{len(name)}个。", reason="length")
    for character in name:
        _check_character(character)
    if not _is_letter(name[0]) or name[-1] in MIDDLE_DOT + "-',":
        raise NameInvalid("姓名应以文字开头，不能以间隔号或连字符结尾。", reason="ends")
    return name


def search_form(name: str) -> str:
    """Give the form by which a name is found: width, case, dots and blanks folded (检索形式).

    Compatibility ideographs become the usual ones here; the name itself keeps them.
    """
    return _folded(unicodedata.normalize("NFKC", name))


def same_name(one: str, other: str) -> bool:
    """Tell whether a bank's spelling is the same name: width, case, dots and blanks aside."""
    return _folded(_half_width(one)) == _folded(_half_width(other))


def unprintable(text: str) -> list[str]:
    """List the characters that no form or file can carry: controls, line breaks, private use.

    Ideographs that are newer than this Python's tables are none of them.
    """
    return [c for c in text if not c.isprintable() and _is_unprintable(c)]


def _is_unprintable(character: str) -> bool:
    category = unicodedata.category(character)
    return (category[0] == "C" or category in ("Zl", "Zp")) and ord(character) not in UPPER_PLANES


def _folded(text: str) -> str:
    return re.sub(rf"[{DOTS}\s]", "", text).casefold()


def _half_width(text: str) -> str:
    return "".join(chr(ord(c) - 0xFEE0) if "\uff01" <= c <= "\uff5e" else c for c in text)


def _is_letter(character: str) -> bool:
    return (
        unicodedata.category(character)[0] == "L"
        or character == IDEOGRAPHIC_ZERO
        or ord(character) in UPPER_PLANES
    )


def _check_character(character: str) -> None:
    category = unicodedata.category(character)
    if INVISIBLE.match(character):
        category = "Cf"
    elif _is_letter(character) or category in ("Mn", "Mc") or character in INSIDE:
        return
    reason, words = REASONS.get(category, ("symbol", "姓名中有不能使用的符号"))
    point = f"U+{ord(character):04X}"
    raise NameInvalid(f"{words}({point})。", reason=reason, character=point)
