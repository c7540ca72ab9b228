"""Wang dies before the month is paid: held, inherited by two, paid; three sign it at the API."""

from datetime import date

import pytest
from django.test import Client

from insurance.benefits.claims.claim_batches import seal_grants
from insurance.benefits.claims.models import Claim
from tests import builders
from tests.flows.stories import broken, decided_at_api
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.claims import inherited_builders as of
from tests.insurance.benefits.month_builders import DECEMBER
from tests.insurance.pension import survivor_builders as survivors

MINE = ("继承", "一次性", "INV-02", "INV-04", "账户支付")


@pytest.mark.django_db
def test_the_story_of_two_heirs(client: Client) -> None:
    wang = of.died_unpaid(holds=100_000)
    of.heirs_accounts()

    decided_at_api(
        kind="DUE_INHERITANCE",
        party_id=wang.person_id,
        content={
            "scheme": "170",
            "amount": "251.50",
            "evidence": "继承公证书 演示1号",
            "heirs": survivors.heirs(builders.li(), builders.zhao()),
        },
    )
    (batch,) = seal_grants(period=m.NOVEMBER, pay_date=date(2026, 11, 15), now=builders.NOW)
    m.sealed(DECEMBER)

    assert (batch.line_count, batch.fen) == (2, of.MONTH_FEN)
    assert m.held_reasons(wang, DECEMBER) == []
    client.force_login(builders.member(role="CLERK").staff)
    shown = client.get(f"/api/v1/claims/{Claim.objects.get().pk}/").json()
    assert (shown["kind_label"], shown["amount"]) == ("死亡前应发未发待遇", "251.50")
    assert [due["amount"] for due in shown["dues"]] == ["251.50"]
    assert shown["steps"][0]["result"] == "251.50"
    assert broken(*MINE) == []
