"""An award keeps what bears interim interest; its balance is computed again by the rates (重算)."""

from django.db import migrations, models

SQL = """
-- Twin of accounts.accrued.accrue: each year's interest is rounded once, half up, and bears interest
-- itself from the year after; none on what never was in the account.
CREATE FUNCTION pension_balance(account jsonb, rates jsonb) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    balance numeric := (account ->> 'opening')::numeric;
    one jsonb; months int; moved numeric; product numeric;
BEGIN
    FOR one IN SELECT * FROM jsonb_array_elements(account -> 'years') LOOP
        months := (one ->> 'months')::int;
        SELECT coalesce(sum((m ->> 1)::numeric), 0),
            balance * months + coalesce(sum((m ->> 1)::numeric * (months - (m ->> 0)::int + 1)), 0)
        INTO moved, product FROM jsonb_array_elements(one -> 'movements') m;
        balance := balance + moved + div(2 * greatest(product, 0)
            * (rates -> (one ->> 'year') ->> 'units')::numeric + 1200000000, 2400000000);
    END LOOP;
    RETURN balance + (account ->> 'later')::numeric;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("pension", "0010_first_month_moves")]
    operations = [
        migrations.AddField(
            model_name="award",
            name="account_years",
            field=models.JSONField(null=True, verbose_name="待重算储存额的各年收支"),
        ),
        migrations.RemoveIndex(model_name="award", name="pension_award_interim"),
        migrations.AddIndex(
            model_name="award",
            index=models.Index(
                condition=models.Q(
                    ("interim", True), ("account_years__isnull", False), _connector="OR"
                ),
                fields=["retirement_month"],
                name="pension_award_interim",
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
