"""A list that is drawn up again may be published in the year after its own."""

from django.db import migrations

SQL = """
ALTER TABLE unemployment_refundlist DROP CONSTRAINT unemployment_refund_list_notice,
    ADD CONSTRAINT unemployment_refund_list_notice CHECK (
        notice_until > published_on AND extract(year FROM published_on) >= year);
"""


class Migration(migrations.Migration):
    dependencies = [("unemployment", "0005_died")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
