"""An account that heirs were to have is put back, when the death was false (撤销账户继承)."""

from django.db import migrations

SQL = """
ALTER TABLE accounts_accountentry DROP CONSTRAINT accounts_entry_kind;
ALTER TABLE accounts_accountentry ADD CONSTRAINT accounts_entry_kind CHECK (CASE kind
    WHEN 'CREDIT' THEN fen > 0 AND source IN ('ALLOCATION', 'CASE')
    WHEN 'INTEREST' THEN fen > 0 AND source IN ('RUN', 'CASE')
    WHEN 'PAYOUT' THEN fen < 0 AND source = 'DUE'
    WHEN 'RETURNED' THEN fen > 0 AND source IN ('DUE', 'CASE')
    WHEN 'OPENING' THEN fen > 0 AND source = 'BASELINE'
    WHEN 'TRUE_UP' THEN fen <> 0 AND source IN ('RUN', 'CASE')
    WHEN 'REFUND' THEN fen < 0 AND source IN ('ALLOCATION', 'CASE')
    WHEN 'TRANSFER_IN' THEN fen > 0 AND source = 'CASE'
    WHEN 'TRANSFER_OUT' THEN fen < 0 AND source = 'CASE'
    WHEN 'INHERITED' THEN fen < 0 AND source = 'CASE'
    WHEN 'LUMP_SUM' THEN fen < 0 AND source = 'CASE'
    ELSE false END);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_scheme_switch")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
