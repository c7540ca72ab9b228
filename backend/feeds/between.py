"""What only shows between the rows of a staged feed (行间检查), as SQL for its rules."""


def overlapping_rows(*, column: str, rows: str, owner: str) -> str:
    """Select (line, value) of rows whose ``valid`` overlaps with that of another row of one owner.

    ``rows`` names a staging table as ``t`` (line, valid, refused), joined with others at will; of
    rows that exclude each other all are given: nobody can say here which of them is right.
    """
    return f"""SELECT line, {column} FROM (
            SELECT t.line, t.{column},
                lower(t.valid) < max(coalesce(upper(t.valid), 'infinity')) OVER (
                    one ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                OR coalesce(upper(t.valid), 'infinity') > lead(lower(t.valid)) OVER one
                AS overlapping
            FROM {rows} WHERE NOT t.refused
            WINDOW one AS (PARTITION BY {owner} ORDER BY lower(t.valid), t.line)) w
        WHERE overlapping"""
