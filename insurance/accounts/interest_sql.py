"""The statement of the yearly interest (年度计息的 SQL): set-wise twin of ``interest.py``.

Parameters: ``run_id``, ``scheme``, ``openings`` (the run of the year before, or NULL),
``first_month``, ``last_month`` and ``next_month`` (January, December, and January after),
``millionths`` (the rate × 1,000,000), ``chunk`` with ``first_id`` and ``last_id`` of its persons.
"""

from datetime import date
from typing import Any

from insurance.accounts.models import InterestRun

RATE_UNIT = 1_000_000  # rates have at most six decimals; 12 × this is the one denominator

# A year's interest arrives in January after: there it belongs to what the year opens with.
INTEREST = "kind IN ('INTEREST', 'TRUE_UP')"
OF_THIS_YEAR = f"({INTEREST} AND for_month BETWEEN %(first_month)s AND %(last_month)s)"
OF_EARLIER_YEARS = f"({INTEREST} AND for_month < %(first_month)s)"

IN_YEAR = f"""arrival_month BETWEEN %(first_month)s AND %(next_month)s
                AND NOT {OF_EARLIER_YEARS}"""

# The first year of all opens with nothing: it is the one in which the first entry arrived, and a
# closed year takes no more entries (``accounts_entry_year_open``).
YEAR = f"""
    SELECT person_id, opening, moved, product, written
    FROM (SELECT person_id, closing_fen AS opening FROM accounts_yearclose
        WHERE run_id = %(openings)s AND person_id BETWEEN %(first_id)s AND %(last_id)s) o
    FULL JOIN (SELECT person_id,
            coalesce(sum(fen) FILTER (WHERE arrival_month < %(next_month)s
                AND NOT {OF_THIS_YEAR}), 0)::bigint AS moved,
            coalesce(sum(fen * (13 - extract(month FROM arrival_month)::int))
                FILTER (WHERE arrival_month < %(next_month)s), 0)::bigint AS product,
            coalesce(sum(fen) FILTER (WHERE {OF_THIS_YEAR}), 0)::bigint AS written
        FROM accounts_accountentry
        WHERE person_id BETWEEN %(first_id)s AND %(last_id)s AND scheme = %(scheme)s
            AND {IN_YEAR}
        GROUP BY person_id) y USING (person_id)"""

COMPUTE = f"""
WITH year AS ({YEAR}),
account AS (
    SELECT person_id, coalesce(opening, 0) AS opening, coalesce(moved, 0) AS moved,
        12 * coalesce(opening, 0) + coalesce(product, 0) AS product,
        coalesce(written, 0) AS written,
        coalesce((f.ratio * {RATE_UNIT})::bigint, %(millionths)s::bigint) AS millionths
    FROM year
    LEFT JOIN (SELECT person_id, ratio FROM accounts_fixedrate
        WHERE scheme = %(scheme)s AND year = extract(year FROM %(first_month)s::date)::int
            AND person_id BETWEEN %(first_id)s AND %(last_id)s) f USING (person_id)),
due AS (
    SELECT *, (2 * greatest(product, 0) * millionths + 12 * {RATE_UNIT}) / (24 * {RATE_UNIT})
        AS interest
    FROM account),
closed AS MATERIALIZED (
    SELECT *, CASE WHEN interest >= written THEN interest - written
        ELSE greatest(interest - written, -(SELECT sum(e.fen) FROM accounts_accountentry e
            WHERE e.person_id = due.person_id AND e.scheme = %(scheme)s)::bigint)
        END AS difference
    FROM due WHERE opening <> 0 OR moved <> 0 OR product <> 0 OR written <> 0),
entered AS (
    INSERT INTO accounts_accountentry
        (person_id, scheme, kind, part, for_month, arrival_month, fen, source, source_id)
    SELECT person_id, %(scheme)s, CASE WHEN written = 0 THEN 'INTEREST' ELSE 'TRUE_UP' END, 'WHOLE',
        %(last_month)s, %(next_month)s, difference, 'RUN', %(run_id)s
    FROM closed WHERE difference <> 0),
stored AS (
    INSERT INTO accounts_yearclose (run_id, person_id, opening_fen, moved_fen, product_fen,
        interest_fen, closing_fen, ratio)
    SELECT %(run_id)s, person_id, opening, moved, product, written + difference,
        opening + moved + written + difference, millionths::numeric / {RATE_UNIT}
    FROM closed)
INSERT INTO accounts_interestchunk (run_id, chunk, account_count, written_fen, closing_fen)
SELECT %(run_id)s, %(chunk)s, count(*), coalesce(sum(difference), 0),
    coalesce(sum(opening + moved + written + difference), 0)
FROM closed
RETURNING account_count + (SELECT count(*) FROM closed WHERE difference <> 0) + 1
"""


def parameters(*, run: InterestRun, chunk: int) -> dict[str, Any]:
    """What the statement is given."""
    first_id, last_id = run.chunks[chunk]
    return {
        "run_id": run.pk,
        "scheme": run.scheme,
        "openings": run.openings_id,
        "first_month": date(run.year, 1, 1),
        "last_month": date(run.year, 12, 1),
        "next_month": date(run.year + 1, 1, 1),
        "millionths": int(run.ratio * RATE_UNIT),
        "chunk": chunk,
        "first_id": first_id,
        "last_id": last_id,
    }
