"""Who, for whom, from where, before, after; and the chain of all acts in signed blocks."""

import backend.audit.models
import django.db.models.deletion
from django.db import migrations, models

SQL = """
CALL make_append_only('audit_chainlink');
CALL make_append_only('audit_headkey');
CALL make_append_only('audit_block');
ALTER TABLE audit_chainlink
    ADD CONSTRAINT audit_chainlink_hash_is_sm3 CHECK (octet_length(hash) = 32);
ALTER TABLE audit_block
    ADD CONSTRAINT audit_block_head_is_sm3 CHECK (octet_length(head) = 32),
    ADD CONSTRAINT audit_block_holds_rows CHECK (first <= last);
INSERT INTO audit_sealing (only_row, horizon, exported) VALUES (true, 0, 0);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0002_promises'),
    ]

    operations = [
        migrations.CreateModel(
            name='Block',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='块号')),
                ('first', models.BigIntegerField(verbose_name='首条位置')),
                ('last', models.BigIntegerField(verbose_name='末条位置')),
                ('head', models.BinaryField(verbose_name='链头')),
                ('sealed_at', models.DateTimeField(verbose_name='封存时间')),
                ('signature', models.BinaryField(verbose_name='签名')),
            ],
            options={
                'verbose_name': '审计块',
            },
        ),
        migrations.CreateModel(
            name='ChainLink',
            fields=[
                ('position', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='位置')),
                ('act_id', models.BigIntegerField(unique=True, verbose_name='操作记录')),
                ('hash', models.BinaryField(verbose_name='链值')),
            ],
            options={
                'verbose_name': '审计链节',
            },
        ),
        migrations.CreateModel(
            name='HeadKey',
            fields=[
                ('key', models.CharField(max_length=16, primary_key=True, serialize=False, verbose_name='密钥编号')),
                ('public', models.BinaryField(verbose_name='公钥')),
                ('since', models.DateTimeField(verbose_name='启用时间')),
            ],
            options={
                'verbose_name': '链头公钥',
            },
        ),
        migrations.CreateModel(
            name='Sealing',
            fields=[
                ('only_row', models.BooleanField(default=True, primary_key=True, serialize=False)),
                ('horizon', models.BigIntegerField(default=0, verbose_name='事务界限')),
                ('exported', models.BigIntegerField(default=0, verbose_name='已导出块')),
                ('settled_at', models.DateTimeField(null=True, verbose_name='封齐时间')),
                ('trouble', models.CharField(db_default='', max_length=200, verbose_name='停下原因')),
            ],
            options={
                'verbose_name': '封链进度',
            },
        ),
        migrations.AddField(
            model_name='act',
            name='after',
            field=models.JSONField(null=True, verbose_name='此后'),
        ),
        migrations.AddField(
            model_name='act',
            name='before',
            field=models.JSONField(null=True, verbose_name='此前'),
        ),
        migrations.AddField(
            model_name='act',
            name='channel',
            field=models.CharField(choices=[('WEB', '接口'), ('JOB', '作业'), ('COMMAND', '命令')], db_default='', max_length=10, verbose_name='渠道'),
        ),
        migrations.AddField(
            model_name='act',
            name='party_id',
            field=models.BigIntegerField(null=True, verbose_name='当事人'),
        ),
        migrations.AddField(
            model_name='act',
            name='place',
            field=models.CharField(db_default='', max_length=80, verbose_name='来处'),
        ),
        migrations.AddField(
            model_name='act',
            name='tx',
            field=models.BigIntegerField(db_default=backend.audit.models.CurrentTransaction(), editable=False, verbose_name='事务'),
        ),
        migrations.AddIndex(
            model_name='act',
            index=models.Index(condition=models.Q(('party_id__isnull', False)), fields=['party_id', 'name'], name='audit_act_party'),
        ),
        migrations.AddIndex(
            model_name='act',
            index=models.Index(fields=['tx', 'id'], name='audit_act_tx'),
        ),
        migrations.AddField(
            model_name='block',
            name='key',
            field=models.ForeignKey(db_column='key', on_delete=django.db.models.deletion.PROTECT, to='audit.headkey', verbose_name='密钥'),
        ),
        migrations.AddConstraint(
            model_name='sealing',
            constraint=models.CheckConstraint(condition=models.Q(('only_row', True)), name='audit_sealing_only_one'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
