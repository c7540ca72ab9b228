"""Who someone is on paper: ID numbers, permits, credit codes (证件号码与统一社会信用代码)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum, IntEnum

from backend.kernel.errors import Refusal
from backend.kernel.months import FIRST_YEAR

# GB/T 2260, the first two digits. The rest of a region code is never checked against today's
# table: a number keeps the code of the place and year in which it was given.
PROVINCES = frozenset(
    str(code)
    for codes in ((11, 16), (21, 24), (31, 38), (41, 47), (50, 55), (61, 66), (71, 72))
    for code in range(*codes)
)
HKMO_REGIONS = frozenset({"810000", "820000"})
TW_REGIONS = frozenset({"830000"})

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECK = "10X98765432"
CENTENARIANS = frozenset({"996", "997", "998", "999"})

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_PATTERN = re.compile(f"[{CREDIT_ALPHABET}]{{2}}[0-9]{{6}}[{CREDIT_ALPHABET}]{{10}}")
ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
ORGANISATION_CHECK = "0X987654321"


class IdNumberInvalid(Refusal):
    """The number can not be one of this kind of paper (证件号码不正确).

    The fact ``reason`` says which rule failed; the number itself is never repeated.
    """

    code = "id_number_invalid"


class CreditCodeInvalid(Refusal):
    """The text is no unified social credit code (统一社会信用代码不正确)."""

    code = "credit_code_invalid"


class IdKind(Enum):
    """Kinds of identity papers (证件种类)."""

    CITIZEN = "CITIZEN"  # 居民身份证
    HKMO_RESIDENCE = "HKMO_RESIDENCE"  # 港澳居民居住证
    TW_RESIDENCE = "TW_RESIDENCE"  # 台湾居民居住证
    HKMO_PASS = "HKMO_PASS"  # noqa: S105 - 港澳居民来往内地通行证
    TW_PASS = "TW_PASS"  # noqa: S105 - 台湾居民来往大陆通行证
    FOREIGN_PERMANENT = "FOREIGN_PERMANENT"  # 外国人永久居留身份证
    PASSPORT = "PASSPORT"  # 护照

    @property
    def label(self) -> str:
        """What a clerk calls it."""
        return ID_LABELS[self]


ID_LABELS = {
    IdKind.CITIZEN: "居民身份证",
    IdKind.HKMO_RESIDENCE: "港澳居民居住证",
    IdKind.TW_RESIDENCE: "台湾居民居住证",
    IdKind.HKMO_PASS: "港澳居民来往内地通行证",
    IdKind.TW_PASS: "台湾居民来往大陆通行证",
    IdKind.FOREIGN_PERMANENT: "外国人永久居留身份证",
    IdKind.PASSPORT: "护照",
}


class Sex(IntEnum):
    """Sex (性别) by its code in GB/T 2261.1."""

    MALE = 1  # 男
    FEMALE = 2  # 女

    @property
    def label(self) -> str:
        """男 or 女."""
        return "男" if self is Sex.MALE else "女"


@dataclass(frozen=True)
class CitizenId:
    """A number by GB 11643 (公民身份号码) and what it says."""

    number: str
    region: str
    birth_date: date
    sex: Sex


@dataclass(frozen=True)
class Identifier:
    """A paper's number in its one spelling, and what the number itself says of its holder."""

    kind: IdKind
    number: str
    birth_date: date | None = None
    sex: Sex | None = None


def identifier(kind: IdKind, number: object, today: date | None = None) -> Identifier:
    """Check a number as one of ``kind`` and give its one spelling.

    Raises:
        IdNumberInvalid: with the reason in words.
    """
    text = _plain(number)
    coded = _READERS[kind](text, today)
    if coded is None:
        return Identifier(kind, text)
    return Identifier(kind, coded.number, coded.birth_date, coded.sex)


def citizen_id(number: object, today: date | None = None) -> CitizenId:
    """Read a resident's ID number (公民身份号码, GB 11643-1999); 15 digits become 18.

    Raises:
        IdNumberInvalid: with the reason in words; also for a birth after ``today``.
    """
    text = _plain(number)
    if text[:6] in HKMO_REGIONS | TW_REGIONS and len(text) == 18:
        raise _invalid("kind", "这是港澳台居民居住证的号码，请改选证件种类。")
    if len(text) == 15:
        text = _eighteen_digits(text)
    coded = _gb11643(text, today)
    if coded.region[:2] not in PROVINCES:
        raise _invalid("region", f"身份证号码前两位“{coded.region[:2]}”不是省级行政区划代码。")
    return coded


def id_check_digit(first_seventeen: str) -> str:
    """Give the check character of GB 11643 (校验码)."""
    weighted = (int(digit) * w for digit, w in zip(first_seventeen, ID_WEIGHTS, strict=True))
    return ID_CHECK[sum(weighted) % 11]


def credit_code(text: object) -> str:
    """Check a unified social credit code (统一社会信用代码, GB 32100-2015), upper case.

    Characters 9 to 17 are the organisation's code (GB 11714) with its own check.

    Raises:
        CreditCodeInvalid: with the reason in words.
    """
    code = text.strip().upper() if isinstance(text, str) and text.isascii() else ""
    if not CREDIT_PATTERN.fullmatch(code):
        raise CreditCodeInvalid(
            "统一社会信用代码应为18位半角数字和大写字母（不含 I、O、S、V、Z），第3至8位是数字。",
            reason="form",
        )
    if organisation_check(code[8:16]) != code[16]:
        raise CreditCodeInvalid("统一社会信用代码中的主体标识码校验不通过。", reason="organisation")
    if credit_check(code[:17]) != code[17]:
        raise CreditCodeInvalid("统一社会信用代码最后一位校验不通过。", reason="check_digit")
    return code


def credit_check(first_seventeen: str) -> str:
    """Give the check character of GB 32100."""
    total = sum(
        CREDIT_ALPHABET.index(character) * pow(3, place, 31)
        for place, character in enumerate(first_seventeen)
    )
    return CREDIT_ALPHABET[-total % 31]


def organisation_check(first_eight: str) -> str:
    """Give the check character of GB 11714 (组织机构代码校验码)."""
    weighted = (
        ORGANISATION_ALPHABET.index(character) * weight
        for character, weight in zip(first_eight, ORGANISATION_WEIGHTS, strict=True)
    )
    return ORGANISATION_CHECK[sum(weighted) % 11]


def _invalid(reason: str, detail: str) -> IdNumberInvalid:
    return IdNumberInvalid(detail, reason=reason)


def _plain(number: object) -> str:
    """Trim and put into upper case; full-width characters and the like are refused."""
    text = number.strip() if isinstance(number, str) else ""
    if not text:
        raise _invalid("empty", "证件号码不能为空。")
    if not text.isascii() or not text.isalnum():
        raise _invalid("characters", "证件号码只能用半角数字和字母，中间不能有空格或符号。")
    return text.upper()


def _eighteen_digits(text: str) -> str:
    """Lengthen a number of the first generation; 996 to 999 were kept for those born in 18xx."""
    if not text.isdigit():
        raise _invalid("digits", "15位身份证号码必须全部是数字。")
    century = "18" if text[12:] in CENTENARIANS else "19"
    longer = text[:6] + century + text[6:]
    return longer + id_check_digit(longer)


def _gb11643(text: str, today: date | None) -> CitizenId:
    if len(text) != 18:
        raise _invalid("length", f"号码应为18位，现在是{len(text)}位。")
    if not text[:17].isdigit() or text[17] not in ID_CHECK:
        raise _invalid("digits", "号码前17位必须是数字，最后一位是数字或X。")
    birth_date = _birth_date(text[6:14], today)
    if id_check_digit(text[:17]) != text[17]:
        raise _invalid("check_digit", "号码最后一位校验不通过，请核对是否录错。")
    sex = Sex.MALE if int(text[16]) % 2 else Sex.FEMALE
    return CitizenId(text, text[:6], birth_date, sex)


def _birth_date(digits: str, today: date | None) -> date:
    shown = f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    try:
        birth_date = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise _invalid("birth_date", f"号码中的出生日期 {shown} 不存在。") from None
    if birth_date.year < FIRST_YEAR:
        raise _invalid("birth_date", f"号码中的出生日期 {shown} 过早。")
    if today is not None and birth_date > today:
        raise _invalid("birth_future", f"号码中的出生日期 {shown} 晚于今天。")
    return birth_date


def _residence(regions: frozenset[str], label: str) -> Callable[[str, date | None], CitizenId]:
    """Read a residence permit of Hong Kong, Macao or Taiwan: GB 11643 with regions of its own."""

    def read(text: str, today: date | None) -> CitizenId:
        coded = _gb11643(text, today)
        if coded.region not in regions:
            raise _invalid("region", f"{label}的号码应以 {'、'.join(sorted(regions))} 开头。")
        return coded

    return read


def _hkmo_pass(text: str, today: date | None) -> None:
    if not re.fullmatch("[HM][0-9]{8}", text):
        raise _invalid("form", "来往内地通行证号码应为H或M加8位数字；旧证末尾的两位换证次数不录。")


def _tw_pass(text: str, today: date | None) -> None:
    if not re.fullmatch("[0-9]{8}", text):
        raise _invalid("form", "台湾居民来往大陆通行证号码应为8位数字。")


def _foreign_permanent(text: str, today: date | None) -> CitizenId | None:
    """Read the 2023 form (9, place, nationality, birth, order, check) or the old 15 characters."""
    if re.fullmatch("[A-Z]{3}[0-9]{12}", text):
        return None
    if len(text) != 18 or text[0] != "9":
        raise _invalid("form", "永久居留身份证号码应为3个字母加12位数字，或以9开头的18位号码。")
    return _gb11643(text, today)


def _passport(text: str, today: date | None) -> None:
    if not 5 <= len(text) <= 17:
        raise _invalid("length", "护照号码应为5至17位字母或数字。")


_READERS: dict[IdKind, Callable[[str, date | None], CitizenId | None]] = {
    IdKind.CITIZEN: citizen_id,
    IdKind.HKMO_RESIDENCE: _residence(HKMO_REGIONS, "港澳居民居住证"),
    IdKind.TW_RESIDENCE: _residence(TW_REGIONS, "台湾居民居住证"),
    IdKind.HKMO_PASS: _hkmo_pass,
    IdKind.TW_PASS: _tw_pass,
    IdKind.FOREIGN_PERMANENT: _foreign_permanent,
    IdKind.PASSPORT: _passport,
}
