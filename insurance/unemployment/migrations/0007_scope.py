"""Who is out of work is known to the agencies that serve the insurance; lists of refunds to the one that
pays them."""

from django.db import migrations

SQL = """
CALL make_scoped('unemployment_jobendreport', $$'210' = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('unemployment_registration', $$'210' = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('unemployment_claim', $$'210' = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('unemployment_refundlist', $$book_id = ANY ((SELECT scope_books())::integer[])$$);
CALL make_scoped('unemployment_refundgrant',
    $$book_id = ANY ((SELECT scope_books())::integer[])$$);
CALL make_scoped('unemployment_refundentry',
    $$list_id IN (SELECT id FROM unemployment_refundlist)$$);
CALL make_scoped('unemployment_refundobjection',
    $$list_id IN (SELECT id FROM unemployment_refundlist)$$);
CALL make_scoped('unemployment_refunddue',
    $$EXISTS (SELECT FROM unemployment_refundentry p
        WHERE p.id = unemployment_refunddue.entry_id)$$);

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("unemployment", "0006_list_published_later"), ("benefits", "0018_scope"), ("adjusting", "0003_scope")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
