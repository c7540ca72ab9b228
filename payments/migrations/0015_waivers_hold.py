"""What waives a cooling is so (免除冷静期): whoever writes SQL waives none by saying so."""

from django.db import migrations

SQL = """
CREATE FUNCTION payments_waiver_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (CASE NEW.waiver
        WHEN 'NOTHING_BEFORE' THEN NOT EXISTS (
            SELECT FROM payments_payeeaccount a
            WHERE a.payee_id = NEW.payee_id AND a.case_id IS DISTINCT FROM NEW.case_id)
        WHEN 'SAME_ACCOUNT' THEN EXISTS (
            SELECT FROM payments_payeeaccount a JOIN cases_case c ON c.id = NEW.case_id
            WHERE a.payee_id = NEW.payee_id AND a.case_id IS DISTINCT FROM NEW.case_id
                AND (a.bank, a.account_no, a.holder_name) = (c.content ->> 'bank',
                    c.content ->> 'account_no', c.content ->> 'holder_name'))
        WHEN 'BANK_CONFIRMED_CARD' THEN EXISTS (
            SELECT FROM payments_accountanswer a
            WHERE a.check_of_id = NEW.case_id AND a.result = 'MATCHED' AND a.own_card)
        WHEN 'BANK_CONFIRMED_AFTER_RETURN' THEN EXISTS (
            SELECT FROM payments_accountanswer a
            WHERE a.check_of_id = NEW.case_id AND a.result = 'MATCHED') AND EXISTS (
            SELECT FROM payments_accountblock b JOIN payments_payeeaccount a ON a.id = b.account_id
            WHERE a.payee_id = NEW.payee_id AND b.due_ref IS NOT NULL)
        ELSE false END) THEN
        RAISE EXCEPTION 'nothing waives the cooling of change % so', NEW.case_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER waiver_holds BEFORE INSERT OR UPDATE OF waiver ON payments_accountchange
    FOR EACH ROW WHEN (NEW.waiver <> '') EXECUTE FUNCTION payments_waiver_holds();
CALL triggers_see_all();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0014_answers_later"), ("access", "0011_scope")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
