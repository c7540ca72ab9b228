"""What a tax bureau gets wrong (差错), by a seeded schedule; each is confessed (只供测试)."""

from collections.abc import Sequence
from random import Random

from backend.city.tax.layouts import RECEIPTS, Receipt
from backend.city.tax.out_files import Finished
from backend.kernel.identity import credit_check, id_check_digit, organisation_check

MISSING_PAYER, DOUBLE_PAYMENT, WRONG_CODE = "MISSING_PAYER", "DOUBLE_PAYMENT", "WRONG_CODE"
WRONG_TOTAL, LATE_FILE, FILE_TWICE = "WRONG_TOTAL", "LATE_FILE", "FILE_TWICE"
REFUND_REFUSED, REFUSED_WRONGLY = "REFUND_REFUSED", "收款账户户名不符"
OF_ROWS = (MISSING_PAYER, DOUBLE_PAYMENT, WRONG_CODE)
LEAST_ROWS = 10
MORE_FROM = 1000
VILLAGE_OF_NOBODY = "340899999999"


class Mistakes:
    """Plans mistakes; the same seed makes the same ones."""

    def __init__(self, *, seed: str, period: str) -> None:
        self._seed = f"{seed}/{period}"

    def of_rows(self, *, payers: str, rows: int) -> list[tuple[int, str]]:
        """(from this row on, kind), the next one last; each kind once and, in large files, more."""
        if rows < LEAST_ROWS:
            return []
        draw = Random(f"{self._seed}/{payers}")
        kinds = list(OF_ROWS)
        if rows >= MORE_FROM:
            kinds += [kind for kind in OF_ROWS if draw.random() < 0.5]
        draw.shuffle(kinds)
        places = sorted(draw.sample(range(rows * 3 // 4), len(kinds)), reverse=True)
        return list(zip(places, kinds, strict=True))

    def of_files(self, files: Sequence[Finished]) -> dict[str, str]:
        """By stem what happens to a file: a wrong total among receipts, then the others."""
        draw = Random(f"{self._seed}/files")
        receipts = [file.stem for file in files if file.form == RECEIPTS]
        if not receipts:
            return {}
        wrong = draw.choice(receipts)
        rest = [file.stem for file in files if file.stem != wrong]
        chosen = draw.sample(rest, min(2, len(rest)))
        return {wrong: WRONG_TOTAL, **dict(zip(chosen, (LATE_FILE, FILE_TWICE), strict=False))}


def under_another_number(receipt: Receipt, *, order: int) -> Receipt:
    """The same money from a payer whom nobody knows: a well-formed number that is nobody's."""
    number = receipt.payer_number
    if len(number) == len(VILLAGE_OF_NOBODY) and number.isdigit():
        return receipt._replace(payer_number=VILLAGE_OF_NOBODY)
    if receipt.person_number:
        body = f"34080019010101{order % 1000:03d}"
        return receipt._replace(payer_number=body + id_check_digit(body))
    organisation = f"MA9{order % 100_000:05d}"
    body = f"91340800{organisation}{organisation_check(organisation)}"
    return receipt._replace(payer_number=body + credit_check(body))
