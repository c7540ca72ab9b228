"""Amounts in words that nobody can alter (中文大写金额), as 支付结算办法 writes them.

银发〔1997〕393号 附一《正确填写票据和结算凭证的基本规定》, second-hand; its own examples are tests.
Where it leaves a 零 to choice, the first of its examples is followed.
"""

from backend.kernel.errors import Refusal
from backend.kernel.money import Money

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("仟", "佰", "拾", "")
WAN, YI = 10**4, 10**8
LARGEST_YUAN = YI * YI - 1


class AmountTooLarge(Refusal):
    """No words are laid down for so much money (金额超出大写范围)."""

    code = "amount_too_large"


def capital_numerals(*, amount: Money) -> str:
    """Write an amount in words: 1234.50 is 壹仟贰佰叁拾肆元伍角.

    Raises:
        AmountTooLarge: from 10^16 yuan.
    """
    yuan, part = divmod(abs(amount.fen), 100)
    if yuan > LARGEST_YUAN:
        raise AmountTooLarge("金额太大，不能写成大写。", given=str(amount))
    sign = "负" if amount.fen < 0 else ""
    if not part:
        return f"{sign}{_whole(yuan) or '零'}元整"
    if not yuan:
        return f"{sign}{_part(part)}"
    # 1680.32, 325.04: a zero on either side of the point is spoken once.
    gap = "零" if yuan % 10 == 0 or part < 10 else ""
    return f"{sign}{_whole(yuan)}元{gap}{_part(part)}"


def _part(fen: int) -> str:
    jiao, rest = divmod(fen, 10)
    return (f"{DIGITS[jiao]}角" if jiao else "") + (f"{DIGITS[rest]}分" if rest else "")


def _whole(number: int) -> str:
    high, low = divmod(number, YI)
    return _joined(_below_yi(high), "亿", _below_yi(low), zero=low < YI // 10)


def _below_yi(number: int) -> str:
    high, low = divmod(number, WAN)
    return _joined(_below_wan(high), "万", _below_wan(low), zero=low < WAN // 10)


def _joined(high: str, unit: str, low: str, *, zero: bool) -> str:
    if not high:
        return low
    return f"{high}{unit}{'零' if zero and low else ''}{low}"


def _below_wan(number: int) -> str:
    """Four digits: zeros between two others are spoken once, those at the end not at all."""
    digits = f"{number:04d}".rstrip("0")
    spoken = "".join(
        DIGITS[int(digit)] + ("" if digit == "0" else place)
        for digit, place in zip(digits, PLACES, strict=False)
    )
    return spoken.lstrip("零").replace("零零", "零")
