"""What SQL takes in or takes back in somebody's name moves no money (受理证明)."""

import json
from typing import Any

import pytest
from django.db import connection

from backend.cases.canonical import case_digest
from backend.cases.decide import NotTakenIn
from backend.cases.models import Case
from payments import invariants
from payments.models import BatchState, PayeeAccount
from payments.refusing import lift_refusals, refuse_batches
from payments.signing import CHECK, BatchRefused
from tests import builders
from tests.builders import NOW, TODAY
from tests.payments import payment_builders as pay
from tests.payments.forgeries import named

pytestmark = pytest.mark.django_db
NEW = "9900021000000000025"
RECEIVED = """
INSERT INTO cases_case (kind, party_id, content, digest, state, received_by, received_at, origin,
    reason, agency_id, certificate)
SELECT 'ACCOUNT_CHANGE', %s, %s, %s, 'RECEIVED', %s, %s, '', '', %s, certificate FROM cases_case
RETURNING id
"""


def received_by_sql() -> Case:
    """An account for Wang that a clerk is said to have taken in; the certificate is another's."""
    builders.case()
    clerk = builders.member(role="CLERK", of=builders.person(name="石玉兰")).staff
    content = {
        "bank": "CSB",
        "account_no": NEW,
        "holder_name": "王秀英",
        "from_date": TODAY.isoformat(),
        "evidence": "本人持身份证到窗口(演示)",
        "holder_is_payee": True,
    }
    wang = builders.wang().pk
    digest = case_digest(kind="ACCOUNT_CHANGE", party_id=wang, content=content)
    told = [wang, json.dumps(content), digest, clerk.person_id, NOW, clerk.agency_id]
    with connection.cursor() as cursor:
        cursor.execute(RECEIVED, told)
        return Case.objects.get(pk=cursor.fetchone()[0])


def test_a_reviewer_alone_changes_no_account() -> None:
    account = pay.account(builders.wang())
    planted = received_by_sql()

    with pytest.raises(NotTakenIn):
        pay.decided(planted)

    assert list(PayeeAccount.objects.all()) == [account]


LIFTED = """
INSERT INTO payments_batchrefusal (batch_id, step, digest, reason, lifts_id, staff_id, person_id,
    said_at, certificate)
SELECT batch_id, step, digest, '已核对', id, staff_id, person_id, said_at, certificate
FROM payments_batchrefusal
"""


def test_a_refusal_that_sql_took_back_stands_and_that_is_named() -> None:
    batch = pay.sealed()
    digests, reviewer = {batch.pk: batch.digest}, builders.member(role="REVIEWER")
    said: dict[str, Any] = {"step": CHECK, "digests": digests, "key": reviewer.key, "now": NOW}
    refuse_batches(**said, reason="金额不符（演示）")
    with connection.cursor() as cursor:
        cursor.execute(LIFTED)

    with pytest.raises(BatchRefused):
        pay.sign(batch, CHECK)
    assert named(invariants.SAID) == [batch.no]

    lift_refusals(**said, reason="已核对原件")
    assert pay.sign(batch, CHECK).state == BatchState.CHECKED
