"""What an employer is told of a row of his filing that can not be taken (告知单位的原因).

The sentences of the desk say on which benefit or case of a person a month rests; that is no
employer's. He is told the rule's code, and where to go.
"""

from collections.abc import Mapping, Sequence

from insurance.enrolment.filing_models import EmployerFiling
from insurance.enrolment.rests import MonthsRestedOn

INSTEAD = {MonthsRestedOn.code: "该月不能减员，请到窗口办理。"}


def rows_for_employer(filing: EmployerFiling) -> list[dict[str, object]]:
    """The refused rows of a filing, as they are kept, with the reasons that are his to know."""
    rows: Sequence[Mapping[str, str]] = filing.refused
    return [{**row, "reason": INSTEAD.get(row["code"], row["reason"])} for row in rows]


def detail_for_employer(filing: EmployerFiling) -> str:
    """Why a filing was not taken: the first row's reason, or what the file itself was refused for;
    empty when it was taken."""
    rows = rows_for_employer(filing)
    return str(rows[0]["reason"]) if rows else filing.file.detail if filing.file else ""
