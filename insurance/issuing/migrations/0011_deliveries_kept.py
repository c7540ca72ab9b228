"""Deliveries are only added; a correction is of the same paper."""

from django.db import migrations

SQL = """
CALL make_append_only('issuing_delivery');

CREATE FUNCTION issuing_delivery_corrects() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM issuing_delivery d
                   WHERE d.id = NEW.corrects_id AND d.paper_id = NEW.paper_id) THEN
        RAISE EXCEPTION 'delivery % of this paper is not there', NEW.corrects_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER delivery_corrects BEFORE INSERT ON issuing_delivery
    FOR EACH ROW WHEN (NEW.corrects_id IS NOT NULL) EXECUTE FUNCTION issuing_delivery_corrects();
"""


class Migration(migrations.Migration):
    dependencies = [("issuing", "0010_slips_and_deliveries"), ("audit", "0002_promises")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
