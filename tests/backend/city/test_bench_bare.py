"""The bare view of the benchmark does what our own call did, transaction by transaction."""

from datetime import timedelta

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.access.models import TerminalNonce
from backend.city.bench.api_bare import Script, recorded
from tests.conftest import OwnDatabase

TAKE = "INSERT INTO access_terminalnonce (terminal_id, nonce, at) VALUES (1, %(nonce)s, %(at)s)"


def test_what_ran_in_one_transaction_runs_in_one_again(own_database: OwnDatabase) -> None:
    connection.ensure_connection()  # which looks for types of its own
    script = Script("n", timezone.now())
    with recorded(script), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        for _ in range(2):
            with transaction.atomic():
                cursor.execute("SELECT 2")
                cursor.execute("SELECT 3")

    with CaptureQueriesContext(connection) as again:
        script.run(nonce="n")

    one = ["BEGIN", "SELECT 2", "SELECT 3", "COMMIT"]
    assert [query["sql"] for query in again] == ["SELECT 1", *one, *one]


def test_the_nonce_is_another_and_the_time_that_of_the_call(own_database: OwnDatabase) -> None:
    hour_ago = timezone.now() - timedelta(hours=1)
    script = Script("before", hour_ago)
    with recorded(script), connection.cursor() as cursor:
        cursor.execute(TAKE, {"nonce": "before", "at": hour_ago})

    script.run(nonce="after")

    taken = dict(TerminalNonce.objects.values_list("nonce", "at"))
    assert taken["after"] - taken["before"] >= timedelta(hours=1)
