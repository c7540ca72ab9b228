"""A signature says for whom it was given (代); nobody takes two steps of one matter, nor under an
entry that was merged into his, nor through a deputy."""

import django.db.models.deletion
from django.db import migrations, models


SQL = """
CREATE FUNCTION cases_natural_person(party bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT survivor_id FROM people_alias WHERE party_id = party), party)
$$;

CREATE FUNCTION cases_steps_by_different_persons() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM unnest(ARRAY[NEW.received_by, NEW.accepted_by]) AS taken (party)
        JOIN unnest(ARRAY[NEW.reviewed_by, NEW.decided_by]) AS signed (party)
            ON cases_natural_person(taken.party) = cases_natural_person(signed.party))
        OR cases_natural_person(NEW.reviewed_by) = cases_natural_person(NEW.decided_by) THEN
        RAISE EXCEPTION 'one person took two steps of case %', NEW.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER steps_by_different_persons BEFORE UPDATE ON cases_case
    FOR EACH ROW WHEN ((NEW.reviewed_by, NEW.decided_by)
        IS DISTINCT FROM (OLD.reviewed_by, OLD.decided_by))
    EXECUTE FUNCTION cases_steps_by_different_persons();

CREATE FUNCTION cases_one_step_a_natural_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added n
        JOIN cases_approval a ON (a.subject_kind, a.subject_id) = (n.subject_kind, n.subject_id)
            AND a.id <> n.id
        CROSS JOIN unnest(ARRAY[n.person_id, n.acting_for]) AS one (party)
        JOIN unnest(ARRAY[a.person_id, a.acting_for]) AS other (party)
            ON cases_natural_person(other.party) = cases_natural_person(one.party)) THEN
        RAISE EXCEPTION 'one person signed two steps' USING ERRCODE = 'restrict_violation',
            CONSTRAINT = 'cases_approval_one_step_a_person';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER one_step_a_natural_person AFTER INSERT ON cases_approval
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION cases_one_step_a_natural_person();

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0013_delegations'),
        ('cases', '0011_scope'),
    ]

    operations = [
        migrations.AddField(
            model_name='approval',
            name='acting_for',
            field=models.BigIntegerField(null=True, verbose_name='代(自然人)'),
        ),
        migrations.AddField(
            model_name='approval',
            name='delegation',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='access.delegation', verbose_name='委派'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
