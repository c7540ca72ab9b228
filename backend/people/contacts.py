"""How persons can be told something (联系方式): changed by a case, the old ways are remembered."""

import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from backend.kernel.errors import Refusal
from backend.kernel.names import unprintable
from backend.people.models import ContactKind, PartyContact
from backend.people.supersede import DecidedCase, replace_from

KIND = "CONTACT_CHANGE"
ADDRESS_MIN, ADDRESS_MAX, EVIDENCE_MAX = 5, 120, 200
_mobile = re.compile("1[3-9][0-9]{9}", re.ASCII).fullmatch
_landline = re.compile("0[0-9]{2,3}-[0-9]{7,8}", re.ASCII).fullmatch


class ContactChangeInvalid(Refusal):
    """The case names no telephone number or address, or none that there can be (联系方式不正确)."""

    code = "contact_change_invalid"


@dataclass(frozen=True)
class Contact:
    """A way to tell somebody something; ``former``: it is not his any more; ``fresh``: it was not
    known before the instant asked for."""

    kind: str
    value: str
    former: bool
    fresh: bool


def is_mobile(number: str) -> bool:
    """Whether short messages reach a number."""
    return _mobile(number) is not None


def check(case: DecidedCase) -> int:
    """At its receipt a CONTACT_CHANGE case can be decided as it asks; writes nothing.

    Content: ``phone`` (a mobile number, or 0556-1234567) and/or ``address``, ``evidence``.

    Raises:
        ContactChangeInvalid.
    """
    _asked(case)
    return 0


def apply(case: DecidedCase) -> int:
    """Let the new telephone number or address count from the day of its receipt; rows written.

    Raises:
        as ``check``.
    """
    written = 0
    for kind, value in _asked(case):
        current = PartyContact.objects.filter(
            party=case.party_id, kind=kind, superseded_at__isnull=True
        )
        written += replace_from(
            current=current,
            successor=PartyContact(party_id=case.party_id, kind=kind, value=value),
            from_date=timezone.localdate(case.received_at),
            case_id=case.pk,
        )
    return written


def said_of(case: DecidedCase) -> str:
    """What its person is told of a decided change."""
    labels = {"phone": "电话", "address": "通信地址"}
    return f"变更了{'、'.join(labels[name] for name in labels if name in case.content)}。"


def changes_phone(case: DecidedCase) -> bool:
    """Whether a case changes the telephone number: whoever has the old one is asked."""
    return "phone" in case.content


def contacts_of(*, party_ids: Collection[int], changed_since: datetime) -> list[Contact]:
    """Give the ways to reach somebody now, and those that were given up since an instant; which of
    them came up since then only.

    ``party_ids`` are all entries of one person.
    """
    current = Q(superseded_at__isnull=True, valid__upper_inf=True)
    given_up = Q(superseded_at__gte=changed_since)
    rows = PartyContact.objects.filter(current | given_up, party__in=party_ids)
    ways: dict[tuple[str, str], list[PartyContact]] = defaultdict(list)
    for row in rows.order_by("-recorded_at", "-pk"):
        ways[row.kind, row.value].append(row)
    return [
        Contact(
            *way,
            former=all(row.superseded_at is not None for row in of),
            fresh=all(row.recorded_at >= changed_since for row in of),
        )
        for way, of in ways.items()
    ]


def _asked(case: DecidedCase) -> list[tuple[ContactKind, str]]:
    content = case.content
    found = []
    if "phone" in content:
        found.append((ContactKind.PHONE, _phone(content["phone"])))
    if "address" in content:
        found.append((ContactKind.ADDRESS, _address(content["address"])))
    if not found:
        raise ContactChangeInvalid("请写明新的电话或通信地址。", case_id=case.pk)
    evidence = content.get("evidence")
    if not isinstance(evidence, str) or not 0 < len(evidence.strip()) <= EVIDENCE_MAX:
        raise ContactChangeInvalid(f"依据不能为空，最长{EVIDENCE_MAX}个字。", field="evidence")
    return found


def _phone(value: object) -> str:
    if isinstance(value, str) and (is_mobile(value) or _landline(value)):
        return value
    raise ContactChangeInvalid(
        "电话应为11位手机号码，或带区号的固定电话，例如 0556-1234567。", field="phone"
    )


def _address(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not ADDRESS_MIN <= len(text) <= ADDRESS_MAX or unprintable(text):
        raise ContactChangeInvalid(
            f"通信地址应为{ADDRESS_MIN}至{ADDRESS_MAX}个字，不能含控制字符。", field="address"
        )
    return text
