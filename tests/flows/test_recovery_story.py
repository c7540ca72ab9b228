"""Wang was paid too much and gives it back: told, ordered, served, agreed, part paid, part kept.

Each paper is a case at the API, each by other people. Until money comes nothing changes in the
books; what is kept of a pension is kept because three people decided it.
"""

from datetime import timedelta

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


def dated(kind: str) -> dict[str, object]:
    """Everything happens today: he states his view at once."""
    today = timezone.localdate()
    notice, order = of.told_and_ordered_today()
    parts = [
        {"due_on": (today + timedelta(days=days)).isoformat(), "amount": amount}
        for days, amount in ((30, "120.00"), (60, "240.00"))
    ]
    days: dict[str, dict[str, object]] = {
        "RECOVERY_NOTICE": notice,
        "RECOVERY_ORDER": order,
        "RECOVERY_SERVICE": {"served_on": today.isoformat()},
        "RECOVERY_PLAN": {"agreed_on": today.isoformat(), "instalments": parts},
        "RECOVERY_RECEIPT": {"received_on": today.isoformat()},
        "RECOVERY_SET_OFF": {"decided_on": today.isoformat(), "monthly": "20.00"},
    }
    return days[kind]


def through_hands(kind: str, hands: tuple[str, ...], **more: object) -> None:
    content = {**of.DEFAULTS[kind], **dated(kind), **more}
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
