"""Many batches are signed at once: as many questions as for few, and the largest goes first."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.jobs.models import Job
from payments import bank_files
from payments.models import Batch
from payments.signing import APPROVE, CHECK, STEPS, SigningStep, sign_batches
from tests import builders
from tests.builders import NOW
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def two_batches() -> tuple[Batch, Batch]:
    """One of a line, opened first, and one of three."""
    wang = builders.wang()
    small = pay.sealed(pay.Line(wang))
    parts = pay.PARTS[pay.EMPLOYEES]
    large = pay.sealed(*(pay.Line(wang, parts) for _ in range(3)), scheme=pay.EMPLOYEES)
    return small, large


def sign(batches: tuple[Batch, ...], step: SigningStep) -> int:
    """Sign them together; give how many statements that took."""
    member = builders.member(role=step.role)
    with CaptureQueriesContext(connection) as asked:
        sign_batches(
            step=step,
            digests={batch.id: batch.digest for batch in batches},
            key=member.key,
            now=NOW,
        )
    return len(asked)


def test_each_step_asks_the_database_as_often_for_two_batches_as_for_one() -> None:
    one = (pay.sealed(pay.Line(builders.wang(), (20000,)), scheme="210"),)
    two = two_batches()

    for step in STEPS.values():
        assert sign(two, step) == sign(one, step)
        if step is APPROVE:
            for batch in (*one, *two):
                bank_files.prepare_file(batch_id=batch.id)


def test_the_largest_batch_is_written_first() -> None:
    small, large = two_batches()

    for step in (CHECK, APPROVE):
        sign((small, large), step)

    jobs = Job.objects.filter(kind="payments.prepare_file").order_by("id")
    assert [job.arguments["batch_id"] for job in jobs] == [large.id, small.id]
