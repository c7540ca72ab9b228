"""Passwords, keys and codes go through the house and are found nowhere afterwards (INV-10, 11)."""

import base64
import json
import logging
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.conf import settings
from django.core import mail
from django.db.models import Model
from django.test import Client
from django.utils import timezone
from kombu.transport.memory import Channel

from backend import backup, cluster
from backend.access import keys
from backend.access.models import Staff
from backend.access.totp import code_at, step_of
from backend.cluster import Cluster
from backend.exports.tasks import write
from backend.jobs.models import Job
from backend.jobs.registry import handler
from backend.jobs.runner import run_job
from backend.kernel.identity import Sex
from backend.people.models import PartyIdentifier
from cards.card_session import key_of
from cards.software_keys import SoftwareKeys
from tests import builders
from tests.backend.access.terminal_builders import STATE, Machine, enrolment
from tests.backend.audit.chains import Chain
from tests.cards.card_builders import SESSIONS, Plastic, card, challenged
from tests.cards.card_builders import kiosk as card_kiosk
from tests.conftest import OwnDatabase
from tests.flows.canaries import text_of_dump, text_of_files, text_of_pdf, traces
from tests.insurance.issuing import issuing_builders
from tests.payments import payment_builders

USERNAME, NAME, SERIAL = "li.jianguo", "李建国", 302


@dataclass
class House:
    """Where secrets come in; each is put down here as it is told to its owner."""

    told: dict[str, bytes] = field(default_factory=dict)
    pdf: bytes = b""

    def secret(self, name: str, text: str = "") -> str:
        """Think of one, or put down one that was told."""
        text = text or f"{name}-{secrets.token_urlsafe(12)}"
        self.told[name] = text.encode()
        return text

    def pin(self, name: str = "pin") -> str:
        """What a citizen types at a kiosk whose program is wrong."""
        return self.secret(name, f"{secrets.randbelow(9 * 10**5) + 10**5}")

    def code(self, name: str, totp: bytes) -> str:
        """What the authenticator shows; some minutes later each time."""
        Staff.objects.update(totp_last_step=0)
        return self.secret(name, code_at(secret=totp, step=step_of(now=timezone.now())))

    def issued(self, whose: str, answer: dict[str, Any]) -> tuple[str, bytes]:
        """Password and authenticator of an account, as far as they are told."""
        found = re.search("secret=([A-Z2-7]+)", answer["totp_uri"] or "")
        totp = base64.b32decode(found[1]) if found else b""
        if totp:
            self.told[f"{whose}: authenticator"] = totp
        if answer["password"]:
            self.secret(f"{whose}: initial password", answer["password"])
        return answer["password"] or "", totp


def post(client: Client, path: str, body: object = None) -> Any:
    headers = {"Idempotency-Key": uuid4().hex}
    return client.post(
        f"/api/v1/{path}", body or {}, content_type="application/json", headers=headers
    )


def browser(role: str) -> Client:
    client = Client()
    client.force_login(builders.administrator(role=role))
    return client


def administers(client: Client, path: str, body: dict[str, Any] | None = None) -> Any:
    """Post with what an administrator proves himself by."""
    return post(client, path, {**builders.proof_of(client), **(body or {})})


def accounts_are_opened_used_and_reset(house: House) -> None:
    """By two administrators and their owner, who mistypes, signs, and is reset."""
    first, second = browser("SECURITY_ADMIN"), browser("SECURITY_ADMIN")
    number = builders.id_number(birth_date=builders.li().birth_date, sex=Sex.MALE, serial=SERIAL)
    wanted = {"username": USERNAME, "id_number": number, "name": NAME, "agency": "34080001"}
    opened = administers(first, "staff/", wanted).json()
    confirmed = administers(second, f"staff/{opened['id']}/reset/confirm").json()
    initial, totp = house.issued("owner", {**confirmed, "password": opened["password"]})
    role = {"role": "REVIEWER", "from_date": str(timezone.localdate())}
    asked = administers(first, f"staff/{opened['id']}/roles/", role).json()["id"]
    confirm = f"staff/{opened['id']}/roles/asked/{asked}/confirm"
    assert administers(second, confirm).status_code == 201

    owner = log_in(house, initial, totp, "first code")
    password = house.secret("password")
    proof = {"password": initial, "code": house.code("second code", totp)}
    assert post(owner, "staff/password", {**proof, "new_password": password}).status_code == 204

    owner = log_in(house, password, totp, "third code")
    signs(house, owner, password, totp)
    mistypes(house, owner, totp)
    house.issued("asked", administers(first, f"staff/{opened['id']}/reset").json())
    house.issued("confirmed", administers(second, f"staff/{opened['id']}/reset/confirm").json())


def log_in(house: House, password: str, totp: bytes, name: str) -> Client:
    client = Client(raise_request_exception=False)
    body = {"username": USERNAME, "password": password, "code": house.code(name, totp)}
    assert post(client, "staff/login", body).status_code == 200
    house.secret(f"session of {name}", client.cookies["sessionid"].value)
    return client


def signs(house: House, owner: Client, password: str, totp: bytes) -> None:
    body = {"cases": [builders.case().pk], "approve": False, "reason": "证据不足"}
    proof = {"password": password, "code": house.code("code of signing", totp)}
    assert post(owner, "cases/decide", {**body, "role": "REVIEWER", **proof}).status_code == 200
    unlocked = keys.unlock(
        staff=Staff.objects.get(username=USERNAME), password=password,
        code=house.code("another code", totp), now=timezone.now(),
    )  # fmt: skip
    house.told["signing key"] = unlocked.private.private_bytes_raw()


def mistypes(house: House, owner: Client, totp: bytes) -> None:
    """Wrong passwords, broken bodies, and an error of ours while passwords are in hand."""
    wrong = {"username": USERNAME, "password": house.secret("mistyped"), "code": "000000"}
    assert post(Client(), "staff/login", wrong).status_code == 401
    assert post(Client(), "staff/login", {**wrong, "code": "x"}).status_code == 400
    torn = json.dumps({"password": house.secret("torn body")})[:-1]
    for kind, status in (("application/json", 400), ("text/plain", 415)):
        answer = Client().post("/api/v1/staff/login", torn, content_type=kind)
        assert answer.status_code == status
    asked = urlencode({"password": house.secret("in the address")})
    assert Client().get(f"/api/v1/staff/login?{asked}").status_code in (400, 403, 405)
    body = {"password": house.secret("in a crash"), "new_password": house.secret("new in a crash")}
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(keys, "require_strong", None)
        code = house.code("code in a crash", totp)
        assert post(owner, "staff/password", {**body, "code": code}).status_code == 500


def a_kiosk_is_enrolled_and_used(house: House) -> None:
    """By its code; its program sends a PIN where nobody asked for one."""
    operator, kiosk, hall = browser("SYSTEM_ADMIN"), Machine(), builders.hall()
    asked = {"hall": hall.code, "profile": "KIOSK", "name": "一号自助机"}
    code = house.secret(
        "enrolment code", administers(operator, "terminals/codes", asked).json()["code"]
    )
    assert post(Client(), "terminals/enrol", enrolment(kiosk, code)).status_code == 201
    assert post(Client(), "terminals/enrol", enrolment(Machine(), code)).status_code == 422
    pin, clerk = house.pin(), builders.member(role="CLERK").staff
    Staff.objects.filter(pk=clerk.pk).update(hall=hall)
    desk = Client()
    desk.force_login(clerk)
    number = builders.id_number(birth_date=builders.li().birth_date, sex=Sex.MALE, serial=SERIAL)
    holder = {"terminal": kiosk.row.pk, "id_number": number, "name": NAME, "pin": pin}
    assert post(desk, "citizen-sessions/", holder).status_code == 201
    assert kiosk.post("/api/v1/terminals/heartbeat", {**STATE, "pin": pin}).status_code == 200


def a_card_opens_a_session(house: House) -> None:
    """The card holds its key and verifies its PIN, which a wrong kiosk sends along."""
    plastic, kiosk, pin = Plastic(card(of=builders.li())), card_kiosk(), house.pin("card pin")
    keys_of_cards = SoftwareKeys(settings.CARD_DEMO_KEYS)
    house.told["secret of card keys"] = settings.CARD_DEMO_KEYS
    house.told["key of the card"] = keys_of_cards.key(of=key_of(card=plastic.row))
    house.told["key of the kiosk"] = kiosk.private.private_bytes_raw()
    challenged(kiosk, plastic)
    wrong = {"answer": "00" * 8, "pin_verified": False, "pin": pin}
    assert kiosk.post(SESSIONS, wrong).status_code == 422
    answer = plastic.answer(challenged(kiosk, plastic))
    opened = kiosk.post(SESSIONS, {"answer": answer, "pin_verified": True, "pin": pin})
    assert opened.status_code == 201
    kiosk.session = house.secret("session of the citizen", opened.json()["key"])
    asked = f"person={builders.li().pk}&pin={pin}"
    assert kiosk.get("/api/v1/personal-accounts/", query=asked).status_code == 400
    assert kiosk.get("/api/v1/personal-accounts/", query=asked.split("&")[0]).status_code == 200


def papers_and_lists_go_out(house: House) -> None:
    issuing_builders.configured()
    clerk = Client()
    clerk.force_login(issuing_builders.printer().staff)
    address = f"/api/v1/persons/{builders.li().pk}/report.pdf"
    house.pdf = clerk.get(address, {"purpose": "本人申请查阅"}).content
    asked = {"list": "case-list", "filters": {}, "purpose": "月度核对"}
    made = post(clerk, "exports/", asked).json()
    write(arguments={"export": made["id"]})


@pytest.fixture
def server() -> Cluster:
    return cluster.cluster_of(var=settings.VAR_DIR)


@pytest.fixture
def chain(
    server: Cluster, own_database: OwnDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Chain:
    monkeypatch.setenv("AUDIT_DIR", str(tmp_path / "audit"))
    (tmp_path / "var").mkdir()
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path / "var")
    return Chain(tmp_path / "audit")


def all_is_told(chain: Chain) -> House:
    """Whatever can be told to the house, and what the house keeps for itself."""
    house = House()
    accounts_are_opened_used_and_reset(house)
    a_kiosk_is_enrolled_and_used(house)
    a_card_opens_a_session(house)
    papers_and_lists_go_out(house)
    chain.seal()
    (of_heads,) = chain.keys.folder.glob("*")
    house.told["key of heads"] = bytes.fromhex(json.loads(of_heads.read_text())["private"])
    house.secret("key of this host", settings.SECRET_KEY)
    house.told["key of papers"] = settings.PAPER_KEY
    return house


def test_no_secret_is_found_anywhere_afterwards(
    server: Cluster,
    chain: Chain,
    own_database: OwnDatabase,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> None:
    caplog.set_level(logging.DEBUG)
    house = all_is_told(chain)
    backup.dump(server, name=own_database.name, file=tmp_path / "dump")
    places = {
        "database and dump": text_of_dump(server, tmp_path / "dump"),
        "log of the database": server.log.read_bytes(),
        "log": caplog.text.encode(),
        "messages": repr(
            [(name, list(one.queue)) for name, one in Channel.queues.items()]
        ).encode(),
        "mail": repr([vars(letter) for letter in mail.outbox]).encode(),
        "paper": text_of_pdf(house.pdf),
        "exports": text_of_files([tmp_path / "var"]),
        "heads": chain.heads.path.read_bytes(),
    }

    found = [
        trace
        for place, text in places.items()
        for trace in traces(secrets=house.told, place=place, found=text)
    ]
    looked = sum(len(text) for text in places.values())
    request.node.user_properties += [("secrets", len(house.told)), ("bytes", looked)]
    assert found == []
    assert "TypeError" in caplog.text  # the crash is in the log, and its values are not
    assert [place for place, text in places.items() if not text] == []


@handler("test.written_twice")
def written_twice(**_: object) -> int:
    """Give a person's number to another as well, as two clerks at once do."""
    row = PartyIdentifier.objects.get(party_id=builders.li().pk)
    row.party_id = builders.wang().pk
    again(row)
    return 1


def again(row: Model) -> None:
    row.pk = None
    row.save(force_insert=True)


def test_no_number_of_a_person_is_found_where_the_house_tells_its_troubles(
    server: Cluster, own_database: OwnDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    """Rows that the database refuses, in a job and in a call, stand in no log and in no job."""
    caplog.set_level(logging.DEBUG)
    logged = server.log.stat().st_size
    account = payment_builders.account(builders.li(), account_no="6217000010001234567")
    number = PartyIdentifier.objects.get(party_id=builders.li().pk).number
    job = Job.objects.create(kind="test.written_twice", key="twice", arguments={})

    run_job(job_id=job.pk)
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr("backend.web.health.standing", lambda: again(account))
        assert Client(raise_request_exception=False).get("/healthz").status_code == 500

    numbers = {"ID number": number.encode(), "account number": account.account_no.encode()}
    job.refresh_from_db()
    log_of_database = server.log.read_bytes()[logged:]
    places = {
        "log": caplog.text.encode(),
        "log of the database": log_of_database,
        "row of the job": repr(vars(job)).encode(),
    }
    assert [
        trace
        for place, text in places.items()
        for trace in traces(secrets=numbers, place=place, found=text)
    ] == []
    assert job.error == "IntegrityError 23505 people_identifier_one_party"
    for constraint in ("people_identifier_one_party", "payments_account_one_at_a_time"):
        assert constraint in caplog.text
        assert constraint in log_of_database.decode()


@pytest.mark.parametrize(
    "written",
    [
        lambda secret: secret,
        lambda secret: b"\\\\x" + secret.hex().encode(),
        lambda secret: b"X" + secret.hex().upper().encode(),
        lambda secret: base64.b64encode(b"a" + secret + b"b"),
        lambda secret: base64.urlsafe_b64encode(b"ab" + secret + b"c"),
        base64.b32encode,
    ],
)
def test_a_secret_is_found_however_it_is_written(written: Any) -> None:
    secret = secrets.token_bytes(24)
    text = b"... '" + written(secret) + b"', 1"

    assert list(traces(secrets={"key": secret}, place="here", found=text))


@pytest.mark.parametrize(
    ("text", "hits"),
    [(b"'pin': '739154'", 1), (b"10:11:12.739154+08", 0), (b"a739154", 0), (b"9739154", 0)],
)
def test_a_short_one_is_found_by_itself(text: bytes, hits: int) -> None:
    assert len(list(traces(secrets={"pin": b"739154"}, place="here", found=text))) == hits
