"""A telephone number or address is changed by a case; what was given up is remembered."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from backend.people.contacts import (
    Contact,
    ContactChangeInvalid,
    apply,
    changes_phone,
    check,
    contacts_of,
    said_of,
)
from backend.people.models import PartyContact
from tests import builders

pytestmark = pytest.mark.django_db
MOBILE, OTHER = "13800001234", "0556-1234567"


def change(**content: object) -> int:
    return apply(
        builders.case(kind="CONTACT_CHANGE", content={"evidence": "本人到窗口", **content})
    )


def known(*, within: timedelta = timedelta(days=90)) -> list[Contact]:
    since = timezone.now() - within
    return contacts_of(party_ids=[builders.wang().pk], changed_since=since)


def test_what_a_case_says_counts() -> None:
    change(phone=MOBILE, address="演示路1号2幢")

    assert sorted((one.kind, one.value, one.former) for one in known()) == [
        ("ADDRESS", "演示路1号2幢", False),
        ("PHONE", MOBILE, False),
    ]


def test_what_was_given_up_is_remembered_for_a_while() -> None:
    change(phone=MOBILE)
    change(phone=OTHER)

    assert {one.value: one.former for one in known()} == {OTHER: False, MOBILE: True}
    assert [one.value for one in known(within=-timedelta(days=1))] == [OTHER]


def test_what_came_up_lately_is_told_from_what_was_known() -> None:
    change(phone=MOBILE)
    change(phone=OTHER)
    since = PartyContact.objects.get(value=OTHER, superseded_at__isnull=True).recorded_at

    found = contacts_of(party_ids=[builders.wang().pk], changed_since=since)

    assert {one.value: one.fresh for one in found} == {OTHER: True, MOBILE: False}


def test_one_number_at_a_time() -> None:
    change(phone=MOBILE)
    row = PartyContact.objects.get()

    with pytest.raises(DatabaseError), transaction.atomic():
        PartyContact.objects.create(
            party=row.party, kind=row.kind, value=OTHER, valid=(row.valid.lower, None)
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        PartyContact.objects.update(value=OTHER)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"phone": ""},
        {"phone": None},
        {"phone": "12800001234"},
        {"phone": "1380000123"},
        {"phone": "１３８００００１２３４"},
        {"phone": "0556 1234567"},
        {"phone": "+8613800001234"},
        {"address": "路1"},
        {"address": "演" * 121},
        {"address": "演示路\n1号2幢"},
        {"phone": MOBILE, "address": 5},
        {"phone": MOBILE, "evidence": ""},
        {"phone": MOBILE, "evidence": None},
    ],
)
def test_what_reaches_nobody_is_refused(content: dict[str, object]) -> None:
    case = builders.case(kind="CONTACT_CHANGE", content={"evidence": "本人到窗口", **content})

    with pytest.raises(ContactChangeInvalid):
        check(case)
    with pytest.raises(ContactChangeInvalid):
        apply(case)


def test_what_is_said_of_a_change_names_no_number() -> None:
    both = builders.case(content={"phone": MOBILE, "address": "演示路1号2幢"})

    assert said_of(both) == "变更了电话、通信地址。"
    assert changes_phone(both)
    assert not changes_phone(builders.case(content={"address": "演示路1号2幢"}))
