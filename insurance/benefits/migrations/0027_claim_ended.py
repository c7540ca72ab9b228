"""When a claim and whatever corrected it came to an end: inherited dues are owed anew from then."""

from django.db import migrations

SQL = """
CREATE FUNCTION benefits_claim_ended_at(claim bigint) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    WITH RECURSIVE chain AS (
        SELECT id, superseded_at FROM benefits_claim WHERE id = claim
      UNION ALL
        SELECT c.id, c.superseded_at FROM chain n JOIN benefits_claim c ON c.corrects_id = n.id)
    SELECT CASE WHEN count(*) = count(superseded_at) THEN max(superseded_at) END FROM chain
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("benefits", "0026_recovery_reckoned")]
    operations = [
        migrations.RunSQL(SQL, "DROP FUNCTION benefits_claim_ended_at(bigint)"),
    ]
