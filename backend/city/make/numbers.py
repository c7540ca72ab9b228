"""Numbers that pass every check: ID numbers, credit codes, bank accounts (all invented)."""

from array import array
from datetime import date

from backend.kernel.identity import credit_check, id_check_digit, organisation_check

BANK_PREFIXES = {"NSB": "990001", "CSB": "990002"}
CLOSED, FROZEN, LOST, DORMANT, OTHER_NAME = "999", "998", "997", "996", "995"
BAD_MARKERS = (CLOSED, FROZEN, LOST, DORMANT, OTHER_NAME)
FIRST_DAY = date(1900, 1, 1).toordinal()
DAYS = date(2040, 1, 1).toordinal() - FIRST_DAY
PER_DAY = 499  # three digits, odd for men and even for women, 000 never given
DOUBLED = str.maketrans("0123456789", "0246813579")


class IdNumbers:
    """Gives every ID number once; memory depends on the number of regions, not of people."""

    def __init__(self) -> None:
        self._given: dict[str, array[int]] = {}

    def give(self, *, region: str, born: date, sex: int) -> str:
        """A new 18-character number of GB 11643 shape (``region`` may be a permit's 810000)."""
        given = self._given.get(region)
        if given is None:
            given = self._given[region] = array("H", bytes(4 * DAYS))
        slot = (born.toordinal() - FIRST_DAY) * 2 + sex - 1
        count = given[slot]
        if count >= PER_DAY:
            raise OverflowError(f"no ID number left for {region} {born}")
        given[slot] = count + 1
        place = (count + slot * 61) % PER_DAY
        order = 2 * place + 1 if sex == 1 else 2 * place + 2
        body = f"{region}{born.isoformat().replace('-', '')}{order:03d}"
        return body + id_check_digit(body)


def luhn_check(body: str) -> str:
    """The Luhn digit that completes ``body``."""
    turned = body[::-1]
    digits = turned[::2].translate(DOUBLED) + turned[1::2]
    return str(-sum(map(int, digits)) % 10)


def account_number(*, bank: str, marker: str, order: int, sound: bool = True) -> str:
    """The 19 digits of a demo account; a wrong last digit when it is not to be ``sound``."""
    # the factor has no divisor in common with 10⁹: every order below 10⁹ has its own digits
    body = f"{BANK_PREFIXES[bank]}{marker}{order * 387420489 % 1_000_000_000:09d}"
    digit = luhn_check(body)
    return body + (digit if sound else str((int(digit) + 1) % 10))


def credit_code(*, region: str, order: int) -> str:
    """A unified social credit code (GB 32100) of an enterprise registered at the market bureau."""
    body = f"MA{order:06d}"
    first_seventeen = f"91{region}{body}{organisation_check(body)}"
    return first_seventeen + credit_check(first_seventeen)
