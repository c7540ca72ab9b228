"""A command that crashes on a row which the database refuses tells no number of anybody."""

import subprocess
import sys

import pytest
from django.conf import settings

from backend.people.models import PartyIdentifier
from tests import builders
from tests.conftest import OwnDatabase
from tests.flows.canaries import traces

TWICE = """
from django.db import IntegrityError
from backend.people.models import PartyIdentifier
def again():
    row = PartyIdentifier.objects.get(party_id={party_id})
    row.pk, row.party_id = None, {other_id}
    row.save(force_insert=True)
"""
IN_ITSELF = "again()"
IN_A_THREAD = "import threading; t = threading.Thread(target=again); t.start(); t.join()"
WRAPPED = """
try:
    again()
except IntegrityError as error:
    raise ValueError("不能登记") from error
"""


@pytest.mark.parametrize("crash", [IN_ITSELF, IN_A_THREAD, WRAPPED], ids=["itself", "thread", "by"])
def test_a_crashed_command_tells_the_constraint_and_no_number(
    own_database: OwnDatabase, crash: str
) -> None:
    li = builders.li()
    number = PartyIdentifier.objects.get(party_id=li.pk).number

    twice = TWICE.format(party_id=li.pk, other_id=builders.wang().pk)
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", twice + crash],
        cwd=settings.BASE_DIR, env=own_database.environment, capture_output=True, check=False,
    )  # fmt: skip

    told = done.stderr + done.stdout
    assert "IntegrityError 23505 people_identifier_one_party" in told.decode()
    assert list(traces(secrets={"ID number": number.encode()}, place="output", found=told)) == []
    assert done.returncode == (0 if crash == IN_A_THREAD else 1)
