"""What a relation brought is told anew by another case (关系转入更正)."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = """
CALL make_append_only('accounts_transfercorrection');
ALTER TABLE accounts_accountentry DROP CONSTRAINT accounts_entry_kind;
ALTER TABLE accounts_accountentry ADD CONSTRAINT accounts_entry_kind CHECK (CASE kind
    WHEN 'CREDIT' THEN fen > 0 AND source IN ('ALLOCATION', 'CASE')
    WHEN 'INTEREST' THEN fen > 0 AND source IN ('RUN', 'CASE')
    WHEN 'PAYOUT' THEN fen < 0 AND source = 'DUE'
    WHEN 'RETURNED' THEN fen > 0 AND source IN ('DUE', 'CASE')
    WHEN 'OPENING' THEN fen > 0 AND source = 'BASELINE'
    WHEN 'TRUE_UP' THEN fen <> 0 AND source IN ('RUN', 'CASE')
    WHEN 'MADE_UP' THEN fen <> 0 AND source = 'CASE'
    WHEN 'REFUND' THEN fen < 0 AND source IN ('ALLOCATION', 'CASE')
    -- n 1: undone by the case that tells it anew
    WHEN 'TRANSFER_IN' THEN source = 'CASE' AND (n = 0 AND fen > 0 OR n = 1 AND fen < 0)
    WHEN 'TRANSFER_OUT' THEN fen < 0 AND source = 'CASE'
    WHEN 'INHERITED' THEN fen < 0 AND source = 'CASE'
    WHEN 'TO_POOL' THEN fen < 0 AND source = 'CASE'
    WHEN 'LUMP_SUM' THEN fen < 0 AND source = 'CASE'
    WHEN 'SET_OFF' THEN fen < 0 AND source = 'CASE'
    ELSE false END);

-- A correction names the case that counts until then: the last of its transfer's.
CREATE FUNCTION accounts_correction_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.corrects IS DISTINCT FROM coalesce(
        (SELECT c.case_id FROM accounts_transfercorrection c
            WHERE c.transfer_id = NEW.transfer_id ORDER BY c.id DESC LIMIT 1),
        (SELECT s.case_id FROM accounts_transferstep s JOIN accounts_transfer t
            ON t.id = s.transfer_id AND t.direction = 'IN'
            WHERE s.transfer_id = NEW.transfer_id AND s.stage = 4)) THEN
        RAISE EXCEPTION 'what a transfer brought is corrected as it counts'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'accounts_correction_follows';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER correction_follows BEFORE INSERT ON accounts_transfercorrection
    FOR EACH ROW EXECUTE FUNCTION accounts_correction_follows();

CALL make_scoped('accounts_transfercorrection', $$EXISTS (
    SELECT FROM accounts_transfer p WHERE p.id = accounts_transfercorrection.transfer_id)$$);
CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_left_corrected")]
    operations = [
        migrations.CreateModel(
            name="TransferCorrection",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("corrects", models.BigIntegerField(unique=True, verbose_name="原业务编号")),
                ("case_id", models.BigIntegerField(unique=True, verbose_name="业务编号")),
                ("withdrawn", models.BooleanField(verbose_name="不应转入")),
                (
                    "document_no",
                    models.CharField(blank=True, max_length=40, verbose_name="信息表号"),
                ),
                ("fen", models.BigIntegerField(verbose_name="个人账户资金(分)")),
                ("pooled_fen", models.BigIntegerField(verbose_name="统筹基金(分)")),
                ("ground", models.TextField(verbose_name="更正依据")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="登记时间",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="ledger.entry",
                        verbose_name="到账凭证",
                    ),
                ),
                (
                    "transfer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="accounts.transfer",
                        verbose_name="转移",
                    ),
                ),
            ],
            options={
                "verbose_name": "关系转入更正",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("fen__gte", 0), ("pooled_fen__gte", 0), ("withdrawn", False)
                            ),
                            models.Q(
                                ("entry__isnull", True),
                                ("fen", 0),
                                ("pooled_fen", 0),
                                ("withdrawn", True),
                            ),
                            _connector="OR",
                        ),
                        name="accounts_transfercorrection_withdrawn",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ground", ""), _negated=True),
                        name="accounts_transfercorrection_ground",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
