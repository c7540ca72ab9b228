"""What banks answered later, and whose word waives a cooling (银行的回复是否算数)."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Now

SQL = """
CALL make_append_only('payments_accountanswerlater');

-- One answer, by the bank's own folder or signed for by two.
CREATE FUNCTION payments_waiver_by_the_bank() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM payments_accountcheck k
        JOIN payments_accountanswerfile f ON f.file_id = k.file_id
        WHERE k.case_id = NEW.case_id
            AND NOT EXISTS (SELECT FROM payments_accountanswerlater l
                WHERE l.file_id = f.file_id AND l.sha256 <> f.sha256)
            AND (f.received_by IS NULL
                OR EXISTS (SELECT FROM payments_accountanswerlater l
                    WHERE l.file_id = f.file_id)
                OR EXISTS (SELECT FROM cases_case c WHERE c.kind = 'ACCOUNT_ANSWER'
                    AND c.state = 'APPROVED' AND c.content ->> 'file' = f.file_id::text
                    AND c.content ->> 'sha256' = f.sha256))) THEN
        RAISE EXCEPTION 'change % rests on no word of the bank', NEW.case_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER waiver_by_the_bank BEFORE INSERT OR UPDATE OF waiver ON payments_accountchange
    FOR EACH ROW WHEN (NEW.waiver LIKE 'BANK_%') EXECUTE FUNCTION payments_waiver_by_the_bank();
CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0013_condition_by_case"), ("cases", "0017_materials_signed")]
    operations = [
        migrations.CreateModel(
            name="AccountAnswerLater",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("received_by", models.BigIntegerField(null=True, verbose_name="接收人(自然人)")),
                ("received_at", models.DateTimeField(db_default=Now(), verbose_name="接收时间")),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="payments.accountcheckfile",
                        verbose_name="请求文件",
                    ),
                ),
            ],
            options={"verbose_name": "后到的账户核验回复"},
        ),
        migrations.AddConstraint(
            model_name="accountanswerlater",
            constraint=models.UniqueConstraint(
                fields=("file", "sha256"), name="payments_answer_later_once"
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
