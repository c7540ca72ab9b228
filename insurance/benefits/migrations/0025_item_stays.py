"""The expense item of an entitlement stays as it was written, as all of it but the first month."""

from django.db import migrations

SQL = """
DROP TRIGGER only_start_moves ON benefits_entitlement;
DO $$
DECLARE frozen text;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ') INTO frozen FROM pg_attribute
    WHERE attrelid = 'benefits_entitlement'::regclass AND attnum > 0 AND NOT attisdropped
        AND attname <> 'start_month';
    EXECUTE format('CREATE TRIGGER only_start_moves BEFORE UPDATE OF %s ON benefits_entitlement '
                   'FOR EACH STATEMENT EXECUTE FUNCTION append_only()', frozen);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("benefits", "0024_statistics_of_what_changed")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
