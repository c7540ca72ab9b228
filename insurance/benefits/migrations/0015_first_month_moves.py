"""The first month of an entitlement may move (起始月更正); all else of it stays as it was written."""

from django.db import migrations

SQL = """
DROP TRIGGER append_only ON benefits_entitlement;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON benefits_entitlement
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
DO $$
DECLARE frozen text;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ') INTO frozen FROM pg_attribute
    WHERE attrelid = 'benefits_entitlement'::regclass AND attnum > 0 AND NOT attisdropped
        AND attname <> 'start_month';
    EXECUTE format('CREATE TRIGGER only_start_moves BEFORE UPDATE OF %s ON benefits_entitlement '
                   'FOR EACH STATEMENT EXECUTE FUNCTION append_only()', frozen);
END $$;
GRANT UPDATE (start_month) ON benefits_entitlement TO yikatong_app;
"""


class Migration(migrations.Migration):
    dependencies = [("benefits", "0014_claims_corrected")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
