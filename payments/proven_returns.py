"""A line is paid again only on a return that is proven (二次发放的依据).

What a file says is read once more in the archived file; what two persons decided is believed when
their signatures verify. A row put in by SQL pays nobody twice.
"""

from collections.abc import Sequence

from django.db import connection

from backend.cases.decided import truly_decided
from backend.kernel.errors import Refusal
from payments.return_proof import returns_unlike_their_files

TOLD_AT_MOST = 5
DECIDED = """
SELECT DISTINCT o.case_id FROM payments_attempt a
JOIN payments_outcome o ON o.due_ref = a.due_ref AND o.n = a.returned_n AND o.state = 9
WHERE a.batch_id = ANY(%s) AND a.n > 1 AND o.case_id IS NOT NULL ORDER BY 1
"""


class ReturnNotDecided(Refusal):
    """The decision that a line was returned does not verify (退回决定的签名无效)."""

    code = "reissue_return_not_decided"


class ReturnNotInFile(Refusal):
    """The archived return file does not say that a line was returned (回盘文件没有这笔退回)."""

    code = "reissue_return_not_in_file"


def require_proven_returns(*, batch_ids: Sequence[int]) -> None:
    """Every return on which a line of these batches rests is decided, or in its archived file.

    Raises:
        ReturnNotDecided, ReturnNotInFile: naming what is not.
    """
    _require_decided(batch_ids)
    broken = returns_unlike_their_files(batch_ids=batch_ids)
    if broken:
        told = "；".join(
            f"{row.subject}：应为“{row.expected}”，现为“{row.found}”"
            for row in broken[:TOLD_AT_MOST]
        )
        raise ReturnNotInFile(
            f"银行退回与存档的回盘文件不一致，不得二次发放，请报告审计。{told}。",
            subjects=[row.subject for row in broken],
        )


def _require_decided(batch_ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(DECIDED, [list(batch_ids)])
        cases = [row[0] for row in cursor.fetchall()]
    forged = sorted(set(cases) - truly_decided(case_ids=cases))
    if forged:
        numbers = "、".join(map(str, forged))
        raise ReturnNotDecided(
            f"业务件 {numbers} 认定的银行退回没有有效签名，不得二次发放，请报告审计。", cases=forged
        )
