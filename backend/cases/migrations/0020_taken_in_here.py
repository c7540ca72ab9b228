"""A case counts with this host's certificate alone: what was taken in, and by whom (受理证明)."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from backend.access import certified

SQL = """
CREATE OR REPLACE FUNCTION cases_case_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['state', 'reviewed_by', 'decided_by', 'decided_at', 'reason'];
    filed boolean := OLD.state IN ('FILED', 'CORRECTING');
BEGIN
    IF filed THEN
        moving := moving || ARRAY['content', 'digest', 'accepted_by', 'accepted_at',
            'certificate'];
    END IF;
    IF (to_jsonb(OLD) - moving) <> (to_jsonb(NEW) - moving) THEN
        RAISE EXCEPTION 'the content of a case is frozen' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT ((OLD.state = 'FILED' AND NEW.state IN ('RECEIVED', 'CORRECTING', 'DECLINED'))
            OR (OLD.state = 'CORRECTING' AND NEW.state IN ('FILED', 'DECLINED'))
            OR (OLD.state = 'RECEIVED' AND NEW.state IN ('REVIEWED', 'APPROVED', 'REJECTED'))
            OR (OLD.state = 'REVIEWED' AND NEW.state IN ('APPROVED', 'REJECTED'))) THEN
        RAISE EXCEPTION 'case % may not go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF filed AND (NEW.reviewed_by IS NOT NULL
                  OR (NEW.accepted_by IS NULL) = (NEW.state = 'RECEIVED')
                  OR (NEW.decided_by IS NULL) = (NEW.state = 'DECLINED')) THEN
        RAISE EXCEPTION 'case % is accepted by somebody, then decided', NEW.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF filed AND NEW.state IN ('FILED', 'CORRECTING') AND NOT EXISTS (
        SELECT FROM cases_correction k
        WHERE k.case_id = NEW.id AND (k.answered_at IS NULL) = (NEW.state = 'CORRECTING')) THEN
        RAISE EXCEPTION 'case % is corrected once', NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'APPROVED' AND NOT EXISTS (
        SELECT 1 FROM cases_approval a WHERE a.subject_kind = 'cases.case'
        AND a.subject_id = NEW.id AND a.step = 'DECIDE' AND a.digest = NEW.digest
        AND a.person_id = NEW.decided_by) THEN
        RAISE EXCEPTION 'case % has no signed decision', NEW.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'DECLINED' AND (NEW.reason = '' OR NOT EXISTS (
        SELECT 1 FROM cases_approval a WHERE a.subject_kind = 'cases.case'
        AND a.subject_id = NEW.id AND a.step = 'REJECT' AND a.digest = NEW.digest
        AND a.person_id = NEW.decided_by)) THEN
        RAISE EXCEPTION 'case % is not declined by a signature', NEW.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CALL triggers_see_all();
"""
PUT = """
UPDATE cases_case c SET certificate = v.certificate
FROM unnest(%s::bigint[], %s::bytea[]) AS v (id, certificate) WHERE c.id = v.id
"""
WORDS = ("id", "digest", "received_by", "accepted_by")
PAGE = 10_000


def certify(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """This host vouches for the cases that are there."""
    cases = apps.get_model("cases", "Case").objects.using(editor.connection.alias).order_by("pk")
    editor.execute("ALTER TABLE cases_case DISABLE TRIGGER USER")
    page = list(cases.values(*WORDS)[:PAGE])
    while page:
        numbers = [words["id"] for words in page]
        made = [certified.certificate(certified.CaseTaken(**words)) for words in page]
        with editor.connection.cursor() as cursor:
            cursor.execute(PUT, [numbers, made])
        page = list(cases.filter(pk__gt=numbers[-1]).values(*WORDS)[:PAGE])
    editor.execute("ALTER TABLE cases_case ENABLE TRIGGER USER")


class Migration(migrations.Migration):
    dependencies = [("cases", "0019_answered_in_time"), ("access", "0030_staff_sessions")]
    operations = [
        migrations.AddField(
            model_name="case",
            name="certificate",
            field=models.BinaryField(default=b"", verbose_name="受理证明"),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
        migrations.RunPython(certify, migrations.RunPython.noop),
    ]
