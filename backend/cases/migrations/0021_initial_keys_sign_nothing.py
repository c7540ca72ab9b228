"""A key under an initial password signs nothing, by SQL neither."""

from django.db import migrations

SQL = """
CREATE FUNCTION cases_initial_keys_sign_nothing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added a JOIN access_signingkey k ON k.id = a.key_id WHERE k.initial) THEN
        RAISE EXCEPTION 'a key under an initial password signs nothing'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER initial_keys_sign_nothing AFTER INSERT ON cases_approval
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION cases_initial_keys_sign_nothing();
CALL triggers_see_all();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0020_taken_in_here"), ("access", "0032_initial_keys")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
