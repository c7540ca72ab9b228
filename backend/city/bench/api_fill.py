"""A city with a hall (测速大厅的准备): everybody taken over, accounts, clerks, desks and kiosks.

The city is that of the benchmark of a month. What a person's account holds comes from the number of
the person: the right answer is reckoned here, and not read from what the server reads.
"""

import json
import secrets
from base64 import b32encode
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connections
from django.utils import timezone

from backend.access import terminals
from backend.access.models import Hall, Profile, Role, Staff, Terminal
from backend.access.staff import create_staff, grant_role
from backend.access.totp import new_secret
from backend.city.bench.hall.plan import FILE, Plan, Station, Visitor, write_plan
from backend.city.bench.meter import Meter
from backend.city.bench.ours import take_city_over
from backend.city.office import set_up_office
from backend.kernel.months import DateRange

ACCOUNTS, HALL = "accounts", "hall"
VISITORS_MAX = 20_000
CREDITS = 10  # January to October
FILL = """
INSERT INTO accounts_accountentry
    (person_id, scheme, kind, part, for_month, arrival_month, fen, source, source_id)
SELECT person_id, min(scheme), 'OPENING', 'PERSON', date '2025-12-01', date '2026-01-01',
    100000 + person_id * 7919 % 400000, 'BASELINE', 1
FROM benefits_entitlement GROUP BY person_id;
INSERT INTO accounts_accountentry
    (person_id, scheme, kind, part, for_month, arrival_month, fen, source, source_id)
SELECT person_id, min(scheme), 'CREDIT', 'PERSON', m::date, m::date,
    40000 + person_id * 104729 % 60000, 'ALLOCATION', person_id * 16 + extract(month FROM m)::int
FROM benefits_entitlement,
    generate_series(timestamp '2026-01-01', timestamp '2026-10-01', interval '1 month') m
GROUP BY person_id, m;
"""
# People as they come, the same each time; of the staff, and of the dead, nobody visits.
VISITORS = """
WITH chosen AS (
    SELECT e.person_id, min(e.scheme) AS scheme FROM benefits_entitlement e
    WHERE NOT EXISTS (SELECT FROM people_death d WHERE d.person_id = e.person_id)
    GROUP BY e.person_id ORDER BY e.person_id * 7919 %% 1000003, e.person_id LIMIT %(most)s)
SELECT c.person_id, i.number, n.name, c.scheme, (
    SELECT array_agg(p.fen ORDER BY p.fen) FROM benefits_component p
    JOIN benefits_entitlement x ON x.id = p.entitlement_id WHERE x.person_id = c.person_id)
FROM chosen c
JOIN people_partyidentifier i ON i.party_id = c.person_id AND i.kind = 'CITIZEN'
    AND i.superseded_at IS NULL AND i.valid @> current_date
JOIN people_partyname n ON n.party_id = c.person_id AND n.superseded_at IS NULL
    AND n.valid @> current_date
WHERE i.number <> ALL (%(staff)s) AND EXISTS (
    SELECT FROM people_canonical f WHERE f.party_id = c.person_id AND f.canonical_id = f.party_id)
ORDER BY c.person_id
"""


def fill(*, city: Path, stations: int) -> Meter:
    """Take the city over, enter the accounts, set the hall up; its plan stands in ``city``."""
    now, office = timezone.now(), city / "office.json"
    set_up_office(path=office, now=now, with_staff=False)
    meter = take_city_over(city=city)
    with meter.step(ACCOUNTS), connections["owner"].cursor() as cursor:
        cursor.execute(FILL)
    people = _people(office, most=VISITORS_MAX + stations)
    clerks, visitors = people[:stations], people[stations:]
    with meter.step(HALL, rows=stations):
        opened = tuple(_stations(clerks, Hall.objects.order_by("code")[0], now))
    write_plan(path=city / FILE, plan=Plan(stations=opened, visitors=tuple(visitors)))
    return meter


def balance_fen(person_id: int) -> int:
    """What ``FILL`` enters into the account of a person, all together."""
    return 100000 + person_id * 7919 % 400000 + CREDITS * (40000 + person_id * 104729 % 60000)


def _people(office: Path, *, most: int) -> list[Visitor]:
    staff = [row["id_number"] for row in json.loads(office.read_text(encoding="utf-8"))["staff"]]
    with connections["owner"].cursor() as cursor:
        cursor.execute(VISITORS, {"most": most, "staff": staff})
        return [
            Visitor(person_id, number, name, scheme, balance_fen(person_id), tuple(component_fen))
            for person_id, number, name, scheme, component_fen in cursor.fetchall()
        ]


def _stations(clerks: list[Visitor], hall: Hall, now: datetime) -> Iterator[Station]:
    for number, clerk in enumerate(clerks, start=1):
        username, password, secret = f"bench{number}", secrets.token_urlsafe(), new_secret()
        staff = create_staff(
            username=username,
            person_id=clerk.person_id,
            agency=hall.agency,
            hall=hall,
            password=password,
            totp_secret=secret,
            now=now,
        )
        today = timezone.localdate(now)
        grant_role(staff=staff, role=Role.CLERK, valid=DateRange(today), granted_by=None)
        desk, kiosk = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        _enrolled(desk, Profile.DESK, hall=hall, by=staff, now=now)
        yield Station(
            desk_key=desk.private_bytes_raw().hex(),
            kiosk_key=kiosk.private_bytes_raw().hex(),
            kiosk_id=_enrolled(kiosk, Profile.KIOSK, hall=hall, by=staff, now=now).pk,
            username=username,
            password=password,
            totp_secret=b32encode(secret).decode(),
        )


def _enrolled(
    key: Ed25519PrivateKey, profile: Profile, *, hall: Hall, by: Staff, now: datetime
) -> Terminal:
    issued = terminals.issue_code(hall=hall, profile=profile, name="演示测速", by=by, now=now)
    public_key = key.public_key().public_bytes_raw()
    proof = key.sign(terminals.proof_message(code=issued.code, public_key=public_key))
    return terminals.enrol(code=issued.code, public_key=public_key, proof=proof, now=now)
