"""Who settles what is due to heirs takes the locks in one order: none waits for the other."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from insurance.benefits.claims.models import Claim
from tests import builders
from tests.insurance.benefits.claims import test_correcting as correcting
from tests.insurance.benefits.claims import test_inherited_singles as singles
from tests.insurance.pension import survivor_builders as s

pytestmark = pytest.mark.django_db
LOCK = re.compile(r"pg_advisory_xact_lock\(hashtext\('([a-z_.]+)'")
ORDER = ["payments.reissue", "benefits.run", "accounts.outgoing", "benefits.grants", "ledger_memo"]


@pytest.fixture(autouse=True)
def _var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def inheritance() -> None:
    s.died_too(builders.li())
    singles.inherits()


def correction() -> None:
    correcting.corrected(Claim.objects.get(), heirs=s.heirs(builders.li(), builders.zhao()))


@pytest.mark.parametrize("act", [inheritance, correction, correcting.alive_again])
def test_the_reissues_are_held_before_the_batches(act: Callable[[], None]) -> None:
    singles.granted()

    with CaptureQueriesContext(connection) as queries:
        act()

    said = " ".join(query["sql"] for query in queries.captured_queries)
    taken = [name for name in dict.fromkeys(LOCK.findall(said)) if name in ORDER]
    assert taken == sorted(taken, key=ORDER.index)
    assert {"payments.reissue", "benefits.grants"} <= set(taken)
