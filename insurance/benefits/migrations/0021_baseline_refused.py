"""Rows that a baseline left out, for who did not run the command."""

import django.db.models.deletion
from django.db import migrations, models


SQL = """
CALL make_append_only('benefits_baselinerefused');
"""


class Migration(migrations.Migration):

    dependencies = [
        ('benefits', '0020_death_match'),
    ]

    operations = [
        migrations.CreateModel(
            name='BaselineRefused',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('file', models.CharField(max_length=40, verbose_name='文件')),
                ('line', models.IntegerField(verbose_name='行')),
                ('column', models.CharField(blank=True, max_length=40, verbose_name='列')),
                ('shown', models.TextField(blank=True, verbose_name='值(已遮蔽)')),
                ('reason', models.TextField(verbose_name='原因')),
                ('baseline', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='benefits.baseline', verbose_name='接管基线')),
            ],
            options={
                'verbose_name': '接管未接收的行',
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
