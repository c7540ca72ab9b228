"""What people hand in with a case is kept; what was decided on is not replaced."""

import backend.people.models
import django.db.models.deletion
from django.db import migrations, models


SQL = """
CALL make_append_only('cases_material');

CREATE FUNCTION cases_material_replaces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM cases_material m JOIN cases_case c ON c.id = m.case_id
                   WHERE m.id = NEW.replaces_id AND m.case_id = NEW.case_id
                   AND c.decided_at IS NULL) THEN
        RAISE EXCEPTION 'material % of this undecided case is not there', NEW.replaces_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER material_replaces BEFORE INSERT ON cases_material
    FOR EACH ROW WHEN (NEW.replaces_id IS NOT NULL) EXECUTE FUNCTION cases_material_replaces();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0007_filed_promises'),
        ('audit', '0002_promises'),
    ]

    operations = [
        migrations.CreateModel(
            name='Material',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=60, verbose_name='材料名称')),
                ('form', models.CharField(choices=[('ORIGINAL', '原件'), ('COPY', '复印件'), ('SCAN', '扫描件')], max_length=8, verbose_name='材料形式')),
                ('content_type', models.CharField(max_length=20, verbose_name='类型')),
                ('pages', models.SmallIntegerField(verbose_name='页数')),
                ('size', models.IntegerField(verbose_name='字节数')),
                ('sha256', models.CharField(max_length=64, verbose_name='摘要')),
                ('stored_name', models.CharField(max_length=32, unique=True, verbose_name='存放名')),
                ('received_by', models.BigIntegerField(verbose_name='收取人(自然人)')),
                ('received_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='收取时间')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='materials', to='cases.case', verbose_name='业务件')),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='cases.material', verbose_name='替换')),
            ],
            options={
                'verbose_name': '材料',
                'constraints': [models.CheckConstraint(condition=models.Q(('pages__gt', 0), ('size__gt', 0)), name='cases_material_is_something')],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
