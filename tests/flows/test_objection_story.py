"""A retired man objects: two years of work are missing. He is answered, corrected, paid back.

His archive is recognised anew, the department's paper corrected, the award corrected on his
objection, the objection answered in writing; the next month pays what four months were too little.
"""

import pytest
from django.test import Client
from django.utils import timezone

from backend.cases.models import Objection
from backend.kernel.months import Month
from insurance.benefits.models import Due
from insurance.pension.models import Award
from tests.flows.stories import broken, decided_at_api, received_at_api, signed_at_api
from tests.insurance.benefits import month_builders as month
from tests.insurance.benefits.month_builders import DECEMBER, NOVEMBER
from tests.insurance.issuing import issuing_builders as papers
from tests.insurance.pension import correction_builders as c
from tests.insurance.pension import pension_builders as p

AUGUST = Month(2026, 8)


@pytest.mark.django_db
def test_the_story_of_an_objection(client: Client) -> None:
    papers.configured()
    award = p.retired_by_law()
    month.account(of=p.man().pk)
    month.sealed(NOVEMBER)

    # He knows the sheet, and says at the desk what is wrong in it.
    objection = received_at_api(
        kind="OBJECTION",
        party_id=p.man().pk,
        content={
            "decided_case": award.case_id,
            "known_on": timezone.localdate().isoformat(),
            "against": "视同缴费年限",
            "grounds": "1996年、1997年的工龄没有算",
        },
    )

    # Archive and approval are corrected by their bodies; the award then, for the objection.
    p.through_hands(kind="ARCHIVE_FACTS", content=p.archive(**c.MORE_DEEMED))
    paper = p.retirement(corrects=c.approved().pk, **c.FOUND)
    p.through_hands(kind="RETIREMENT_APPROVAL", content=paper, at=p.department())
    correction = decided_at_api(
        kind="PENSION_AWARD",
        party_id=p.man().pk,
        content=p.award(corrects=award.pk, objection=objection),
    )
    after = Award.objects.get(previous=award)
    assert (after.case_id, after.total_months) == (correction.pk, 474)

    # Two who had no part in it answer.
    signed_at_api(case_id=objection, note="工资审批表属实", reason="漏算24个月，已经更正")
    answered = Objection.objects.get()
    assert (answered.outcome, answered.correction) == ("CORRECTED", correction)

    # Sheet and answer are papers of their own.
    client.force_login(papers.printer().staff)
    sheet, answer = (
        papers.text(client.get(f"/api/v1/{path}").content)
        for path in (f"pension/awards/{after.pk}/sheet.pdf", f"objections/{objection}/answer.pdf")
    )
    assert f"更正依据：异议（业务件{objection}）：视同缴费年限：1996年" in sheet
    assert f"异议成立，已经更正，见业务件{correction.pk}" in answer

    # December pays by the corrected award, and what each month since August was too little.
    month.sealed(DECEMBER)
    more = after.total_fen - award.total_fen
    dues = Due.objects.filter(run_period=DECEMBER.first_day).order_by("for_month", "kind")
    assert [(Month.of(due.for_month), due.fen) for due in dues] == [
        *((AUGUST.plus(n), more) for n in range(4)),
        (DECEMBER, after.total_fen),
    ]
    assert broken("养老", "异议", "业务件", "核定") == []
