"""An agent acts for the mandate's own person and within its term; natural persons count."""

import backend.people.models
from django.db import migrations, models

# Whoever acted so far did so on the day of the receipt.
FILL = """
ALTER TABLE cases_acting DISABLE TRIGGER append_only;
UPDATE cases_acting a SET recorded_at = c.received_at,
    acted_on = (c.received_at AT TIME ZONE 'Asia/Shanghai')::date
FROM cases_case c WHERE c.id = a.case_id;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE cases_acting ENABLE TRIGGER append_only;
"""
SQL = """
CREATE OR REPLACE FUNCTION cases_acting_within() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM cases_mandate m JOIN cases_case c ON c.id = NEW.case_id
                   WHERE m.id = NEW.mandate_id AND m.agent_id = NEW.agent_id
                   AND m.ended_at IS NULL AND c.kind = ANY (m.kinds)
                   AND cases_natural_person(c.party_id) = cases_natural_person(m.principal_id)
                   AND NEW.acted_on BETWEEN m.from_date AND m.until_date) THEN
        RAISE EXCEPTION 'nobody acts beyond a mandate' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION cases_agent_decides_not() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM cases_acting a
               JOIN unnest(ARRAY[NEW.accepted_by, NEW.reviewed_by, NEW.decided_by]) AS hand (party)
                   ON cases_natural_person(hand.party) = cases_natural_person(a.agent_id)
               WHERE a.case_id = NEW.id) THEN
        RAISE EXCEPTION 'an agent works on no case in which he acts'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CALL triggers_see_all();
"""


class Migration(migrations.Migration):

    dependencies = [("cases", "0012_delegations")]

    operations = [
        migrations.AddField(
            model_name="acting",
            name="acted_on",
            field=models.DateField(null=True, verbose_name="代办日期"),
        ),
        migrations.AddField(
            model_name="acting",
            name="recorded_at",
            field=models.DateTimeField(
                db_default=backend.people.models.ClockTimestamp(), verbose_name="登记时间"
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="acting",
            name="acted_on",
            field=models.DateField(verbose_name="代办日期"),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
