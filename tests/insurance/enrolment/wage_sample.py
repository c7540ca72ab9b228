"""Write the sample of docs/formats/wages.md (缴费工资申报样例); all of it is invented.

python -m tests.insurance.enrolment.wage_sample
"""

import io
from datetime import date
from pathlib import Path

from backend.kernel.identity import IdKind, Sex, credit_check, id_check_digit, organisation_check
from insurance.enrolment.wage_layout import WageHead
from insurance.enrolment.wage_template import WageLine, write_wages

SAMPLE = Path(__file__).parents[3] / "docs/formats/samples/wages-2026.xlsx"
ORGANISATION = "MA000007"


def sample() -> bytes:
    """A declaration of four employees, one of whom has not confirmed the figures."""
    code = f"91340802{ORGANISATION}{organisation_check(ORGANISATION)}"
    head = WageHead("安庆演示食品有限公司", code + credit_check(code), 2026)
    citizen = IdKind.CITIZEN
    lines = (
        WageLine("李建国", citizen, _number(date(1985, 7, 1), Sex.MALE), 78_000_00, 12, True),
        WageLine(
            "周敏", citizen, _number(date(1990, 2, 3), Sex.FEMALE), 50_000_01, 7, False, "6月入职"
        ),
        WageLine(
            "买买提·阿不都", citizen, _number(date(1978, 11, 9), Sex.MALE), 66_123_40, 12, True
        ),
        WageLine("SMITH JOHN", IdKind.PASSPORT, "E12345678", 120_345_67, 12, True),
    )
    content = io.BytesIO()
    write_wages(file=content, head=head, lines=lines)
    return content.getvalue()


def _number(birth_date: date, sex: Sex) -> str:
    digits = f"340802{birth_date:%Y%m%d}00{sex.value}"
    return digits + id_check_digit(digits)


if __name__ == "__main__":
    SAMPLE.write_bytes(sample())
