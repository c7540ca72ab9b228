"""How persons can be told something, in time (联系方式)."""

import backend.people.models
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

SQL = """
CALL make_supersede_only('people_partycontact');
CALL make_one_at_a_time('people_partycontact', 'people_contact_one_at_a_time',
    'c.kind = n.kind', 'party_id', 'people_party');
CALL make_scoped('people_partycontact', $$(SELECT scope_sees('EVERYBODY'))$$);

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0004_scope'),
    ]

    operations = [
        migrations.CreateModel(
            name='PartyContact',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='有效期间')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
                ('superseded_at', models.DateTimeField(null=True, verbose_name='被替代时间')),
                ('kind', models.CharField(choices=[('PHONE', '电话'), ('ADDRESS', '通信地址')], max_length=8, verbose_name='类别')),
                ('value', models.CharField(max_length=120, verbose_name='号码或地址')),
                ('case_id', models.BigIntegerField(null=True, verbose_name='业务编号')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.party', verbose_name='当事人')),
            ],
            options={
                'verbose_name': '联系方式',
                'constraints': [models.UniqueConstraint(models.F('party'), models.F('kind'), django.contrib.postgres.fields.ranges.RangeStartsWith('valid'), condition=models.Q(('superseded_at__isnull', True)), name='people_contact_one_at_a_time')],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
