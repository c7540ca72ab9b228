"""Wang was paid too much and gives it back: told, ordered, served, agreed, part paid, part kept.

Each paper is a case at the API, each by other people. Until money comes nothing changes in the
books; what is kept of a pension is kept because three people decided it.
"""

import pytest
from django.test import Client
from django.utils import timezone

from backend.city.promises import broken_promises
from backend.kernel.months import Month
from insurance.benefits.recovery.models import Recovery, SetOff
from tests import builders
from tests.flows.stories import decided_at_api
from tests.insurance.benefits.recovery import recovery_builders as of
from tests.insurance.benefits.recovery.test_receipts import booked

TWO, MONEY = ("CLERK", "REVIEWER"), ("FINANCE", "REVIEWER")
THREE = ("CLERK", "REVIEWER", "APPROVER")
DATED: dict[str, dict[str, object]] = {
    "RECOVERY_NOTICE": {"notified_on": "2026-11-02"},
    "RECOVERY_ORDER": {"ordered_on": "2026-11-10", "pay_by": "2026-11-20"},
    "RECOVERY_SERVICE": {"served_on": "2026-11-11"},
    "RECOVERY_PLAN": {"agreed_on": "2026-11-12"},
    "RECOVERY_RECEIPT": {"received_on": "2026-11-16"},
    "RECOVERY_SET_OFF": {"decided_on": "2026-11-12", "monthly": "20.00"},
}


def through_hands(kind: str, hands: tuple[str, ...], **more: object) -> None:
    content = {**of.DEFAULTS[kind], **DATED[kind], **more}
    if kind != "RECOVERY_NOTICE":
        content["recovery"] = Recovery.objects.get().pk
    decided_at_api(kind=kind, party_id=builders.wang().pk, content=content, hands=hands)


@pytest.mark.django_db
def test_the_story_of_a_recovery(client: Client) -> None:
    wang = of.overpaid()

    # Told, ordered, served: nothing is owed less for it.
    through_hands("RECOVERY_NOTICE", TWO)
    through_hands("RECOVERY_ORDER", THREE)
    through_hands("RECOVERY_SERVICE", TWO)
    assert (of.owed_back(), booked("benefits.recovery")) == (36_000, {})

    # An agreement in two parts; the first comes to the bank and is booked.
    through_hands("RECOVERY_PLAN", THREE)
    through_hands("RECOVERY_RECEIPT", MONEY)
    assert of.owed_back() == 24_000
    assert booked("benefits.recovery") == {"1004": 12_000, "5001.01": -12_000}

    # The rest is to be kept of his pension, so much a month, from this month on.
    month = Month.of(timezone.localdate())
    through_hands("RECOVERY_SET_OFF", THREE, entitlement=wang.pk, from_month=str(month))
    assert SetOff.objects.get().valid.lower == month.first_day
    assert of.owed_back() == 24_000

    # Whoever looks at it sees how it stands.
    client.force_login(builders.member(role="CLERK").staff)
    (row,) = client.get("/api/v1/recoveries/", {"debtor": builders.wang().pk}).json()["results"]
    assert (row["stage"], row["standing"]["open"]) == ("还款协议", "240.00")
    assert [one for one in broken_promises() if "追回" in one.promise] == []
