"""One kiosk, one citizen, whoever opens it at the same instant."""

from collections.abc import Callable

from django.utils import timezone

from backend.access import citizens
from backend.access.models import CitizenSession, Profile, Staff
from tests import builders
from tests.at_once import at_once
from tests.backend.access.terminal_builders import machine
from tests.conftest import OwnDatabase


def test_a_kiosk_that_two_clerks_open_at_once_has_one_session(own_database: OwnDatabase) -> None:
    kiosk, wang = machine(profile=Profile.KIOSK), builders.wang()
    clerks = [builders.member(role="CLERK", of=of).staff for of in (builders.li(), builders.zhao())]

    def open_by(clerk: Staff) -> Callable[[], CitizenSession]:
        return lambda: citizens.open_with_id_card(
            terminal_id=kiosk.row.pk, hall_id=builders.hall().pk, person_id=wang.pk,
            clerk=clerk, now=timezone.now(),
        )  # fmt: skip

    at_once(*map(open_by, clerks))

    assert CitizenSession.objects.count() == 2
    assert CitizenSession.objects.filter(ended_at=None).count() == 1
