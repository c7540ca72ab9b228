"""Money that one side knows has an owner and an age (未达账项)."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = """
CALL make_scoped('payments_openitem', $$book_id = ANY ((SELECT scope_books())::integer[])$$);

-- What it is stays; it gets an owner, and is closed once.
CREATE FUNCTION payments_open_item_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moving text[] := ARRAY['owner_staff_id', 'closed_at'];
BEGIN
    IF (to_jsonb(OLD) - moving) <> (to_jsonb(NEW) - moving) OR OLD.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'open item % is what it is, and is closed once', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER open_item_stays BEFORE UPDATE ON payments_openitem
    FOR EACH ROW EXECUTE FUNCTION payments_open_item_stays();

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0006_year_end'),
        ('payments', '0022_opened'),
    ]

    operations = [
        migrations.CreateModel(
            name='OpenItem',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=12, verbose_name='科目代码')),
                ('day', models.DateField(verbose_name='发生日')),
                ('fen', models.BigIntegerField(verbose_name='金额(分,收为正)')),
                ('told', models.CharField(blank=True, max_length=200, verbose_name='内容')),
                ('owner_staff_id', models.BigIntegerField(null=True, verbose_name='责任人')),
                ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='了结时间')),
                ('book', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='ledger.book', verbose_name='账套')),
                ('line', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='payments.statementline', verbose_name='对账单明细')),
                ('posting', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='ledger.posting', verbose_name='分录')),
            ],
            options={
                'verbose_name': '未达账项',
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('line',), name='payments_openitem_line_once'),
                    models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('posting',), name='payments_openitem_posting_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('line__isnull', True), ('posting__isnull', False)), models.Q(('line__isnull', False), ('posting__isnull', True)), _connector='OR'), name='payments_openitem_of_one_side'),
                ],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
