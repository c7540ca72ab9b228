"""What the database keeps of accounts, whoever writes: plain SQL as the application role."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from backend.access.constraints import violated
from insurance.accounts.models import EntryKind
from tests import builders
from tests.insurance.accounts import account_builders as of
from tests.insurance.enrolment.enrolment_builders import employer

pytestmark = pytest.mark.django_db

INSERT = """
INSERT INTO accounts_accountentry
    (person_id, scheme, kind, part, for_month, arrival_month, fen, source, source_id)
VALUES (%(person)s, %(scheme)s, %(kind)s, %(part)s, %(month)s, %(arrival)s, %(fen)s, %(source)s,
    %(source_id)s)
"""
APPEND_ONLY = {
    "accountbaseline": "digest",
    "accountentry": "fen",
    "interestchunk": "chunk",
    "yearclose": "closing_fen",
    "fixedrate": "ratio",
    "outgoing": "fen",
    "transfer": "with_money",
    "transferstep": "done_on",
}


def run(statement: str, values: Any = None) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def insert(**changes: Any) -> None:
    facts = {
        "person": builders.li().pk,
        "scheme": "110",
        "kind": "CREDIT",
        "part": "PERSON",
        "month": "2025-03-01",
        "arrival": "2025-03-01",
        "fen": 48_000,
        "source": "ALLOCATION",
        "source_id": 1,
    }
    run(INSERT, facts | changes)


def refused(**changes: Any) -> str | None:
    with pytest.raises(IntegrityError) as no:
        insert(**changes)
    return violated(no.value)


@pytest.mark.parametrize(("table", "column"), APPEND_ONLY.items())
@pytest.mark.parametrize("act", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_was_written_is_neither_changed_nor_deleted(table: str, column: str, act: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"):
        run(act.format(f"accounts_{table}", column, column))


def test_an_entry_is_not_doubled() -> None:
    insert()

    assert refused() == "accounts_entry_once"
    assert refused(fen=1, arrival="2025-04-01") == "accounts_entry_once"


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"fen": 0}, "accounts_entry_kind"),
        ({"fen": -1}, "accounts_entry_kind"),
        ({"source": "RUN"}, "accounts_entry_kind"),
        ({"kind": "GIFT"}, "accounts_entry_kind"),
        ({"kind": "OPENING"}, "accounts_entry_kind"),
        ({"kind": "TRANSFER_IN", "source": "CASE", "fen": -1}, "accounts_entry_kind"),
        ({"kind": "INHERITED", "source": "CASE", "fen": 1}, "accounts_entry_kind"),
        ({"scheme": "210"}, "accounts_entry_scheme"),
        ({"part": "OTHER"}, "accounts_entry_part"),
        ({"month": "2025-03-02"}, "accounts_entry_months"),
        ({"arrival": "2025-03-31"}, "accounts_entry_months"),
        ({"person": 987_654_321}, "accounts_entry_person"),
    ],
)
def test_what_can_not_be_is_refused(changes: dict[str, Any], constraint: str) -> None:
    assert refused(**changes) == constraint


def test_only_persons_have_accounts() -> None:
    assert refused(person=employer().pk) == "accounts_entry_person"


def test_nothing_makes_a_balance_negative() -> None:
    of.entry(fen=48_000)
    takes = {"kind": "PAYOUT", "part": "WHOLE", "source": "DUE"}

    assert refused(**takes, fen=-48_001) == "accounts_never_negative"
    insert(**takes, fen=-48_000)
    assert refused(**takes, fen=-1, source_id=2) == "accounts_never_negative"


def test_another_scheme_s_money_does_not_cover_it() -> None:
    of.entry(scheme="310", fen=48_000)

    assert refused(kind="PAYOUT", part="WHOLE", source="DUE", fen=-1) == "accounts_never_negative"


def test_a_closed_year_takes_no_more_entries() -> None:
    of.open_run(year=2025)

    assert refused(arrival="2025-12-01") == "accounts_entry_year_open"
    insert(arrival="2026-01-01")
    insert(scheme="310", arrival="2025-12-01")


def test_a_case_writes_no_interest_for_a_year_that_a_run_has() -> None:
    of.entry()
    of.open_run(year=2025)
    interest = {"kind": "INTEREST", "part": "WHOLE", "source": "CASE", "arrival": "2026-01-01"}

    assert refused(**interest, month="2025-12-01") == "accounts_entry_year_open"
    insert(**interest, month="2026-01-01")


def test_interest_is_written_by_the_open_run_of_its_year() -> None:
    open_run = of.open_run(year=2025)
    interest: dict[str, Any] = {
        "kind": "INTEREST",
        "part": "WHOLE",
        "source": "RUN",
        "source_id": open_run.pk,
        "month": "2025-12-01",
        "arrival": "2026-01-01",
    }

    assert refused(**interest | {"source_id": 99}) == "accounts_entry_run_open"
    assert refused(**interest | {"month": "2024-12-01"}) == "accounts_entry_run_open"
    assert refused(**interest | {"scheme": "170"}) == "accounts_entry_run_open"
    insert(**interest)
    run("UPDATE accounts_interestrun SET state = 'DONE'")
    assert refused(**interest | {"person": builders.wang().pk}) == "accounts_entry_run_open"


def test_a_done_run_is_not_opened_again_and_its_rate_stays() -> None:
    of.open_run()
    run("UPDATE accounts_interestrun SET state = 'DONE'")

    for change in ("state = 'OPEN'", "state = 'DONE'", "ratio = 0.5", "year = 2024"):
        with pytest.raises(DatabaseError):
            run(f"UPDATE accounts_interestrun SET {change}")
    with pytest.raises(DatabaseError):
        run("DELETE FROM accounts_interestrun")


def test_a_year_is_closed_by_its_open_run_and_adds_up() -> None:
    open_run = of.open_run()
    close = (
        "INSERT INTO accounts_yearclose (run_id, person_id, opening_fen, moved_fen, product_fen, "
        "interest_fen, closing_fen, ratio) VALUES (%s, %s, 100, 20, 1200, 3, %s, 0.015)"
    )

    with pytest.raises(IntegrityError, match="accounts_close_adds_up"):
        run(close, [open_run.pk, builders.li().pk, 124])
    run(close, [open_run.pk, builders.li().pk, 123])
    with pytest.raises(IntegrityError):
        run(close, [open_run.pk, builders.li().pk, 123])
    run("UPDATE accounts_interestrun SET state = 'DONE'")
    with pytest.raises(DatabaseError, match="by its open run"):
        run(close, [open_run.pk, builders.wang().pk, 123])


def test_a_payment_that_the_bank_returned_comes_back() -> None:
    of.entry(fen=100)
    of.entry(kind=EntryKind.PAYOUT, fen=-100)

    of.entry(kind=EntryKind.RETURNED, fen=100)
    with pytest.raises(IntegrityError, match="accounts_entry_kind"):
        of.entry(kind=EntryKind.PAYOUT, fen=100)
