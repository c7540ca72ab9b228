"""Staff declare of whose matters they keep out (回避申报)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backend.people.models

SQL = """
REVOKE UPDATE, DELETE, TRUNCATE ON people_recusal FROM yikatong_app;
GRANT UPDATE (confirmed_by_id, confirmed_at, ended_by_id, ended_at, end_reason)
    ON people_recusal TO yikatong_app;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON people_recusal
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- Declared by somebody for himself, confirmed and ended by another, each once, by the clock.
CREATE FUNCTION people_recusal_by_others() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    hands bigint[] := (SELECT array_agg(c.canonical_id) FROM access_staff s
        JOIN people_canonical c ON c.party_id = s.person_id
        WHERE s.id IN (NEW.confirmed_by_id, NEW.ended_by_id));
BEGIN
    IF TG_OP = 'INSERT' AND (NEW.confirmed_at IS NOT NULL OR NEW.ended_at IS NOT NULL
            OR NEW.person_id <> (SELECT person_id FROM access_staff WHERE id = NEW.staff_id))
        OR (NEW.confirmed_by_id IS NULL) <> (NEW.confirmed_at IS NULL)
        OR (NEW.ended_by_id IS NULL) <> (NEW.ended_at IS NULL)
        OR (NEW.ended_at IS NULL) <> (NEW.end_reason = '')
        OR (SELECT canonical_id FROM people_canonical WHERE party_id = NEW.person_id) = ANY (hands)
    THEN
        RAISE EXCEPTION 'a recusal is confirmed and ended by another than declared it'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.ended_at IS NOT NULL
        OR OLD.confirmed_at IS NOT NULL AND (NEW.confirmed_at, NEW.confirmed_by_id)
            IS DISTINCT FROM (OLD.confirmed_at, OLD.confirmed_by_id)) THEN
        RAISE EXCEPTION 'a recusal is confirmed and ended once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER recusal_by_others BEFORE INSERT OR UPDATE ON people_recusal
    FOR EACH ROW EXECUTE FUNCTION people_recusal_by_others();

CALL make_scoped('people_recusal',
    $$'staff/' || staff_id = (SELECT scope_told('actor')) OR (SELECT scope_sees('HOUSE'))$$);
CALL triggers_see_all();
CALL desk_as_application();
"""
MOMENT = backend.people.models.ClockTimestamp()
PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0010_agents_of_employers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Recusal",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("person_id", models.BigIntegerField(verbose_name="申报人(自然人)")),
                (
                    "relation",
                    models.CharField(
                        choices=[("KIN", "亲属"), ("INTEREST", "其他利害关系")],
                        max_length=8,
                        verbose_name="事由",
                    ),
                ),
                ("note", models.CharField(max_length=200, verbose_name="说明")),
                ("declared_at", models.DateTimeField(db_default=MOMENT, verbose_name="申报时间")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="确认时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="终止时间")),
                (
                    "end_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="终止原因"),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="确认人",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="终止人",
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        on_delete=PROTECT,
                        related_name="+",
                        to="people.person",
                        verbose_name="须回避的人",
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="申报人",
                    ),
                ),
            ],
            options={
                "verbose_name": "回避申报",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("person_id", "other"),
                        name="people_recusal_once",
                    )
                ],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
