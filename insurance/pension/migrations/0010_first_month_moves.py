"""An entitlement begins in another month only by the award that corrects its last (起始月更正)."""

from django.db import migrations

SQL = """
CREATE FUNCTION pension_start_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pension_award a WHERE a.entitlement_id = NEW.id
        AND a.kind = 'CORRECTION'
        AND NEW.start_month = (a.retirement_month + interval '1 month')::date
        AND NOT EXISTS (SELECT FROM pension_award n WHERE n.previous_id = a.id)) THEN
        RAISE EXCEPTION 'a pension begins when its last award says'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER start_moves BEFORE UPDATE OF start_month ON benefits_entitlement
    FOR EACH ROW EXECUTE FUNCTION pension_start_moves();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("benefits", "0015_first_month_moves"),
        ("pension", "0009_paid_on"),
    ]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
