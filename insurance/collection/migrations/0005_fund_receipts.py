"""What one fund paid arrives in the other by a case of its own: a receipt of each payment."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

# Payments of before were booked on both sides at once: their receipts are by the same case.
MOVED = """
ALTER TABLE collection_fundpayment DROP CONSTRAINT collection_fund_paid_vouchers;
ALTER TABLE collection_fundpayment DISABLE TRIGGER USER;
UPDATE collection_fundpayment p SET into_id = coalesce(
    (SELECT e.book_id FROM ledger_entry e WHERE e.id = p.received_id),
    (SELECT min(b.id) FROM ledger_book b WHERE b.scheme = p.scheme));
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE collection_fundpayment ENABLE TRIGGER USER;
INSERT INTO collection_fundreceipt
    (payment_id, received_id, received_on, document, case_id, recorded_at)
SELECT id, received_id, paid_on, document, case_id, recorded_at FROM collection_fundpayment;
SET CONSTRAINTS ALL IMMEDIATE;
"""

KEPT = """
CALL make_append_only('collection_fundreceipt');
ALTER TABLE collection_fundpayment ADD CONSTRAINT collection_fund_paid_voucher CHECK (
    (fen = 0) = (paid_id IS NULL));
"""


class Migration(migrations.Migration):

    dependencies = [
        ('collection', '0004_employers_that_declare_nothing'),
        ('ledger', '0002_promises'),
        ('audit', '0002_promises'),
    ]

    operations = [
        migrations.AddField(
            model_name='fundpayment',
            name='into',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.book', verbose_name='收款账套'),
        ),
        migrations.CreateModel(
            name='FundReceipt',
            fields=[
                ('payment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='receipt', serialize=False, to='collection.fundpayment', verbose_name='代缴付款')),
                ('received_on', models.DateField(verbose_name='到账日期')),
                ('document', models.CharField(max_length=40, verbose_name='到账凭据')),
                ('case_id', models.BigIntegerField(verbose_name='业务编号')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
                ('received', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.entry', verbose_name='到账凭证')),
            ],
            options={
                'verbose_name': '代缴到账',
            },
        ),
        migrations.RunSQL(MOVED, migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name='fundpayment',
            name='received',
        ),
        migrations.AlterField(
            model_name='fundpayment',
            name='into',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.book', verbose_name='收款账套'),
        ),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
