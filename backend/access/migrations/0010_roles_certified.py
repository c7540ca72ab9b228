"""All roles with what they exclude; levels of approvers; a role counts with its certificate alone
(岗位、不相容岗位、审批级别、任职证明)."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from backend.access import certified

# Whoever approved before there were levels approved everything.
LEVELS = """
ALTER TABLE access_roleassignment DISABLE TRIGGER shorten_role;
UPDATE access_roleassignment SET level = 'LEADER' WHERE role = 'APPROVER';
ALTER TABLE access_roleassignment ENABLE TRIGGER shorten_role;
"""

SQL = """
CREATE OR REPLACE FUNCTION access_shorten_role() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE moving text[] := ARRAY['valid', 'certificate'];
BEGIN
    IF NOT OLD.valid @> NEW.valid
        OR isempty(NEW.valid) AND lower(OLD.valid) <= (now() AT TIME ZONE 'Asia/Shanghai')::date
        OR NOT isempty(NEW.valid) AND lower(NEW.valid) IS DISTINCT FROM lower(OLD.valid)
        OR (to_jsonb(OLD) - moving) <> (to_jsonb(NEW) - moving) THEN
        RAISE EXCEPTION 'a role assignment can only be shortened'
            USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE access_roleclaim SET valid = NEW.valid WHERE assignment_id = NEW.id;
    RETURN NULL;
END $$;
GRANT UPDATE (certificate) ON access_roleassignment TO yikatong_app;

-- As in data/roles.toml; the claims of who holds one of a pair already. Whoever holds both stops
-- the migration: one of the two roles has to be ended first.
CREATE TEMPORARY TABLE added_conflict ON COMMIT DROP AS
SELECT least(a, b) || '|' || greatest(a, b) AS pair, unnest(ARRAY[a, b]) AS role FROM (VALUES
        ('APPROVER', 'AUDIT_ADMIN'), ('APPROVER', 'CARD_MAKER'), ('APPROVER', 'EMPLOYER_AGENT'),
        ('AUDIT_ADMIN', 'CARD_MAKER'), ('AUDIT_ADMIN', 'CASHIER'), ('AUDIT_ADMIN', 'CLERK'),
        ('AUDIT_ADMIN', 'EMPLOYER_AGENT'), ('AUDIT_ADMIN', 'FINANCE'),
        ('AUDIT_ADMIN', 'REVIEWER'), ('AUDIT_ADMIN', 'SUPERVISOR'), ('AUDIT_ADMIN', 'VILLAGE'),
        ('CARD_MAKER', 'CASHIER'), ('CARD_MAKER', 'CLERK'), ('CARD_MAKER', 'EMPLOYER_AGENT'),
        ('CARD_MAKER', 'FINANCE'), ('CARD_MAKER', 'REVIEWER'), ('CARD_MAKER', 'SECURITY_ADMIN'),
        ('CARD_MAKER', 'SUPERVISOR'), ('CARD_MAKER', 'SYSTEM_ADMIN'), ('CARD_MAKER', 'VILLAGE'),
        ('CASHIER', 'EMPLOYER_AGENT'), ('CLERK', 'EMPLOYER_AGENT'), ('CLERK', 'FINANCE'),
        ('CLERK', 'SECURITY_ADMIN'), ('EMPLOYER_AGENT', 'FINANCE'),
        ('EMPLOYER_AGENT', 'REVIEWER'), ('EMPLOYER_AGENT', 'SECURITY_ADMIN'),
        ('EMPLOYER_AGENT', 'SUPERVISOR'), ('EMPLOYER_AGENT', 'SYSTEM_ADMIN'),
        ('EMPLOYER_AGENT', 'VILLAGE'), ('FINANCE', 'VILLAGE'), ('REVIEWER', 'SECURITY_ADMIN'),
        ('SECURITY_ADMIN', 'SUPERVISOR'), ('SECURITY_ADMIN', 'VILLAGE'),
        ('SYSTEM_ADMIN', 'VILLAGE')
    ) AS conflict (a, b);
INSERT INTO access_roleconflict (pair, role) SELECT pair, role FROM added_conflict;
INSERT INTO access_roleclaim (assignment_id, person_id, pair, role, valid)
SELECT r.id, r.person_id, c.pair, c.role, r.valid
FROM access_roleassignment r JOIN added_conflict c ON c.role = r.role;
"""


def certify(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """This host vouches for the roles that are there."""
    assignments = apps.get_model("access", "RoleAssignment").objects
    for row in assignments.using(editor.connection.alias).all():
        term = row.valid
        given = certified.RoleGiven(
            id=row.pk,
            staff_id=row.staff_id,
            person_id=row.person_id,
            role=row.role,
            level=row.level,
            valid="empty" if term.isempty else f"[{term.lower},{term.upper or ''})",
        )
        row.certificate = certified.certificate(given)
        row.save(update_fields=["certificate"])


class Migration(migrations.Migration):
    dependencies = [("access", "0009_citizen_sessions")]
    operations = [
        migrations.AddField(
            model_name="roleassignment",
            name="level",
            field=models.CharField(
                blank=True,
                choices=[("HEAD", "科长"), ("LEADER", "分管领导")],
                default="",
                max_length=8,
                verbose_name="审批级别",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="roleassignment",
            name="certificate",
            field=models.BinaryField(default=b"", verbose_name="任职证明"),
        ),
        migrations.AlterField(
            model_name="roleassignment",
            name="role",
            field=models.CharField(
                choices=[
                    ("CLERK", "经办"),
                    ("REVIEWER", "复核"),
                    ("FINANCE", "财务"),
                    ("APPROVER", "审批"),
                    ("CASHIER", "出纳放款"),
                    ("SUPERVISOR", "稽核监督"),
                    ("CARD_MAKER", "制卡"),
                    ("VILLAGE", "村协办"),
                    ("EMPLOYER_AGENT", "单位经办人"),
                    ("SYSTEM_ADMIN", "系统管理员"),
                    ("SECURITY_ADMIN", "安全管理员"),
                    ("AUDIT_ADMIN", "审计管理员"),
                ],
                max_length=16,
                verbose_name="岗位",
            ),
        ),
        migrations.RunSQL(LEVELS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="roleassignment",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__in", ["HEAD", "LEADER"]), ("role", "APPROVER"))
                | models.Q(("role", "APPROVER"), _negated=True) & models.Q(("level", "")),
                name="access_role_level_of_approvers",
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
        migrations.RunPython(certify, migrations.RunPython.noop),
    ]
