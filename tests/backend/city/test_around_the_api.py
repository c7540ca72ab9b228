"""Who goes around the API – a job's row, a message, a shell, an admin – finds the second person
asked for all the same, or is named when the promises are proved (INV-07)."""

import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.db import IntegrityError, connection, transaction
from django.test import Client

from backend.celery import app as celery
from backend.city.promises import broken_promises
from backend.jobs.models import Job, JobState
from backend.jobs.runner import run_waiting
from backend.jobs.tasks import run
from insurance.accounts.models import Outgoing
from insurance.benefits.models import Component
from insurance.pension.adjusting import cases, invariants, tasks
from insurance.pension.adjusting.models import Run
from payments import tasks as payment_tasks
from payments.bank_folders import bank_folder
from payments.models import BatchState
from payments.signing import APPROVE, CHECK
from tests.faults.seldom import taken_out
from tests.insurance.benefits import month_builders
from tests.insurance.pension.adjusting import adjusting_builders
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db
HANDLERS = (tasks, payment_tasks)  # imported so that their jobs can be done here
NOBODY_DECIDED = 900_001
RINGS_FOR_NOBODY = 2**40


@pytest.fixture(autouse=True)
def _var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def forged_job(kind: str, /, **arguments: object) -> Job:
    """A row put onto the table by SQL, done by whoever sweeps."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO jobs_job (kind, key, arguments, state, attempts, rows, error)"
            " VALUES (%s, 'forged', %s, 'QUEUED', 0, 0, '')",
            [kind, json.dumps(arguments)],
        )
    run_waiting(keys=["forged"])
    return Job.objects.get(key="forged")


def broken() -> set[str]:
    return {one.promise for one in broken_promises()}


@pytest.mark.parametrize("signed", [(), (CHECK,), (CHECK, APPROVE)])
@pytest.mark.parametrize("kind", ["payments.prepare_file", "payments.deliver"])
def test_a_forged_job_sends_nothing_that_three_have_not_signed(kind: str, signed: Any) -> None:
    batch = pay.sealed()
    for step in signed:
        pay.sign(batch, step)

    job = forged_job(kind, batch_id=batch.pk)

    may_write = kind == "payments.prepare_file" and APPROVE in signed
    assert job.state == (JobState.DONE if may_write else JobState.FAILED)
    assert not list(bank_folder(bank=batch.bank, name="inbox").glob("*"))


@pytest.mark.parametrize("state", ["CHECKED", "APPROVED", "SENDING", "SENT"])
def test_no_state_is_forged_for_want_of_signatures(state: str) -> None:
    batch = pay.sealed()

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE payments_batch SET state = %s WHERE id = %s", [state, batch.pk])

    batch.refresh_from_db()
    assert batch.state == BatchState.SEALED


def test_a_forged_order_to_adjust_pensions_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    adjusting_builders.standards(monkeypatch)
    month_builders.entitlement()
    order = {"kind": "BASIC", "region": "340800", "since": "2027-01", "by_old_system": False}

    job = forged_job(
        "adjusting.open",
        **order,
        case_id=NOBODY_DECIDED,
        today=adjusting_builders.TODAY.isoformat(),
    )

    assert (job.state, Run.objects.count()) == (JobState.DONE, 1)
    assert invariants.DECIDED in broken()


def test_a_job_of_no_kind_is_left_to_a_person() -> None:
    assert forged_job("os.system", command="true").state != JobState.DONE


def test_a_message_can_say_nothing_but_which_job() -> None:
    """Who writes to the broker rings a bell: the tasks take no more than an id."""
    ours = {name: task for name, task in celery.tasks.items() if not name.startswith("celery.")}
    taken = {
        name: list(inspect.signature(task.run).parameters)
        for name, task in ours.items()
        if inspect.signature(task.run).parameters
    }

    assert taken == {run.name: ["job_id"]}
    assert celery.conf.accept_content == ["json"]


def test_a_message_that_names_no_job_or_one_that_is_done_does_nothing() -> None:
    batch = pay.approved()
    done, jobs = forged_job("payments.prepare_file", batch_id=batch.pk), Job.objects.count()

    for job_id in (RINGS_FOR_NOBODY, done.pk, done.pk):
        run.run(job_id)

    done.refresh_from_db()
    assert (done.state, done.attempts, Job.objects.count()) == (JobState.DONE, 1, jobs)


def test_an_act_called_from_a_shell_without_its_decision_is_named() -> None:
    """The account is paid out to Wang by somebody who received the case and calls the act."""
    before = broken()

    taken_out()

    assert Outgoing.objects.count() == 1
    assert broken() - before


def test_a_run_ordered_from_a_shell_without_its_decision_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    adjusting_builders.standards(monkeypatch)
    month_builders.entitlement()
    content = adjusting_builders.RAISE_CASE
    cases.decide_basic(adjusting_builders.decided(kind="BASIC_PENSION_RAISE", content=content))
    run_waiting(keys=list(Job.objects.values_list("key", flat=True)))

    assert invariants.DECIDED in broken()
    assert Component.objects.exists()


def test_there_is_no_admin() -> None:
    client = Client(raise_request_exception=False)

    assert not apps.is_installed("django.contrib.admin")
    assert {client.get(path).status_code for path in ("/admin/", "/admin/login/")} == {404}
