"""A reissue builds on no return that nobody decided (二次发放的依据).

A return that a file says is held against the archived file by ``return_proof``. One that two
persons decided is believed when their signatures verify: a case put in by SQL pays nobody twice.
"""

from collections.abc import Sequence

from django.db import connection

from backend.cases.decided import truly_decided
from backend.kernel.errors import Refusal

DECIDED = """
SELECT DISTINCT o.case_id FROM payments_attempt a
JOIN payments_outcome o ON o.due_ref = a.due_ref AND o.n = a.returned_n AND o.state = 9
WHERE a.batch_id = ANY(%s) AND o.case_id IS NOT NULL ORDER BY 1
"""


class ReturnNotDecided(Refusal):
    """The decision that a line was returned does not verify (退回决定的签名无效)."""

    code = "reissue_return_not_decided"


def require_decided_returns(*, batch_ids: Sequence[int]) -> None:
    """Every return by decision on which a line of these batches rests is truly decided.

    Raises:
        ReturnNotDecided: naming the cases that are not.
    """
    with connection.cursor() as cursor:
        cursor.execute(DECIDED, [list(batch_ids)])
        cases = [row[0] for row in cursor.fetchall()]
    forged = sorted(set(cases) - truly_decided(case_ids=cases))
    if forged:
        numbers = "、".join(map(str, forged))
        raise ReturnNotDecided(
            f"业务件 {numbers} 认定的银行退回没有有效签名，不得二次发放，请报告审计。", cases=forged
        )
