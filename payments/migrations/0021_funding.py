"""What a fund may spend, asks for and gets: within the budget, and upon a request."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = """
CALL make_append_only('payments_fundbudget');
CALL make_append_only('payments_fundbudgetline');
CALL make_append_only('payments_fundrequest');
CALL make_append_only('payments_fundrequestline');
CALL make_append_only('payments_fundrequestbatch');
CALL make_append_only('payments_fundarrival');

-- What was asked for in a year beyond the last budget of the year.
CREATE FUNCTION payments_beyond_budget(book integer, of_year integer)
RETURNS TABLE (code text, asked bigint, allowed bigint) LANGUAGE sql VOLATILE AS $$
    SELECT l.code::text, sum(l.fen)::bigint, coalesce(max(b.fen), 0)::bigint
    FROM payments_fundrequest r
    JOIN payments_fundrequestline l ON l.request_id = r.id
    LEFT JOIN payments_fundbudgetline b ON b.code = l.code AND b.budget_id = (
        SELECT max(id) FROM payments_fundbudget f WHERE f.book_id = book AND f.year = of_year)
    WHERE r.book_id = book AND extract(year FROM r.month) = of_year
    GROUP BY l.code HAVING sum(l.fen) > coalesce(max(b.fen), 0)
$$;
REVOKE EXECUTE ON FUNCTION payments_beyond_budget(integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION payments_beyond_budget(integer, integer) TO yikatong_app;

CREATE FUNCTION payments_request_within() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE one record;
BEGIN
    FOR one IN SELECT DISTINCT r.book_id, extract(year FROM r.month)::integer AS of_year
        FROM new_lines l JOIN payments_fundrequest r ON r.id = l.request_id ORDER BY 1, 2
    LOOP
        PERFORM pg_advisory_xact_lock(hashtext('payments.budget'), one.book_id);
        IF EXISTS (SELECT FROM payments_beyond_budget(one.book_id, one.of_year)) THEN
            RAISE EXCEPTION 'more is asked for than book % may spend', one.book_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_request_within';
        END IF;
    END LOOP;
    IF EXISTS (SELECT FROM payments_fundrequest r
        WHERE r.id IN (SELECT request_id FROM new_lines)
            AND r.fen < (SELECT sum(fen) FROM payments_fundrequestline WHERE request_id = r.id))
    THEN
        RAISE EXCEPTION 'a request is the sum of its lines' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER request_within AFTER INSERT ON payments_fundrequestline
    REFERENCING NEW TABLE AS new_lines
    FOR EACH STATEMENT EXECUTE FUNCTION payments_request_within();

-- A budget that replaces another allows what was asked for already: at the end of its transaction.
CREATE FUNCTION payments_budget_allows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('payments.budget'), NEW.book_id);
    IF EXISTS (SELECT FROM payments_beyond_budget(NEW.book_id, NEW.year)) THEN
        RAISE EXCEPTION 'more was asked for than the budget of book % allows', NEW.book_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_budget_allows';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER budget_allows AFTER INSERT ON payments_fundbudget
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_budget_allows();

-- What arrives is booked as that, in the book that asked, and together is no more than asked for.
CREATE FUNCTION payments_arrival_within() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted record; came bigint;
BEGIN
    SELECT * INTO wanted FROM payments_fundrequest WHERE id = NEW.request_id;
    PERFORM pg_advisory_xact_lock(hashtext('payments.budget'), wanted.book_id);
    IF NOT EXISTS (SELECT FROM ledger_entry WHERE id = NEW.entry_id
                   AND rule = 'funding.arrived' AND book_id = wanted.book_id) THEN
        RAISE EXCEPTION 'voucher % is no arrival of that book', NEW.entry_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT sum(p.dr_fen) INTO came FROM payments_fundarrival f
    JOIN ledger_posting p ON p.entry_id = f.entry_id
    WHERE f.request_id = NEW.request_id
        AND NOT EXISTS (SELECT FROM ledger_entry e WHERE e.reverses_id = f.entry_id);
    IF came > wanted.fen THEN
        RAISE EXCEPTION 'more arrived than request % asks for', wanted.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_arrival_within';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER arrival_within AFTER INSERT ON payments_fundarrival
    FOR EACH ROW EXECUTE FUNCTION payments_arrival_within();

CALL make_scoped('payments_fundbudget', $$book_id = ANY ((SELECT scope_books())::integer[])$$);
CALL make_scoped('payments_fundbudgetline',
    $$budget_id IN (SELECT id FROM payments_fundbudget)$$);
CALL make_scoped('payments_fundrequest', $$book_id = ANY ((SELECT scope_books())::integer[])$$);
CALL make_scoped('payments_fundrequestline',
    $$request_id IN (SELECT id FROM payments_fundrequest)$$);
CALL make_scoped('payments_fundrequestbatch',
    $$request_id IN (SELECT id FROM payments_fundrequest)$$);
CALL make_scoped('payments_fundarrival',
    $$request_id IN (SELECT id FROM payments_fundrequest)$$);

CALL triggers_see_all();
CALL desk_as_application();
"""

ARRIVED = {"db_default": django.db.models.functions.datetime.Now(), "verbose_name": "登记时间"}
PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0006_year_end'),
        ('payments', '0020_money_held'),
    ]

    operations = [
        migrations.AlterField(
            model_name='linematch',
            name='kind',
            field=models.CharField(choices=[('REFERENCE', '编号相符'), ('AMOUNT', '金额、方向唯一相符'), ('REVERSED', '银行冲正抵销'), ('BOOKED', '按对账单记账')], max_length=9, verbose_name='方式'),
        ),
        migrations.CreateModel(
            name='FundBudget',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('year', models.SmallIntegerField(verbose_name='年度')),
                ('document', models.CharField(max_length=40, verbose_name='批准文件')),
                ('case_id', models.BigIntegerField(unique=True, verbose_name='业务件')),
                ('recorded_at', models.DateTimeField(**ARRIVED)),
                ('book', models.ForeignKey(on_delete=PROTECT, to='ledger.book', verbose_name='账套')),
            ],
            options={'verbose_name': '基金预算'},
        ),
        migrations.CreateModel(
            name='FundBudgetLine',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=12, verbose_name='科目代码')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('budget', models.ForeignKey(on_delete=PROTECT, related_name='lines', to='payments.fundbudget', verbose_name='预算')),
            ],
            options={
                'verbose_name': '预算项目',
                'constraints': [
                    models.UniqueConstraint(fields=('budget', 'code'), name='payments_budgetline_once'),
                    models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='payments_budgetline_above'),
                ],
            },
        ),
        migrations.CreateModel(
            name='FundRequest',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('month', models.DateField(verbose_name='月份')),
                ('document', models.CharField(max_length=40, verbose_name='申请单号')),
                ('fen', models.BigIntegerField(verbose_name='申请金额(分)')),
                ('case_id', models.BigIntegerField(unique=True, verbose_name='业务件')),
                ('recorded_at', models.DateTimeField(**ARRIVED)),
                ('book', models.ForeignKey(on_delete=PROTECT, to='ledger.book', verbose_name='账套')),
            ],
            options={
                'verbose_name': '用款申请',
                'constraints': [models.UniqueConstraint(fields=('book', 'document'), name='payments_fundrequest_once')],
            },
        ),
        migrations.CreateModel(
            name='FundRequestLine',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=12, verbose_name='科目代码')),
                ('fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('request', models.ForeignKey(on_delete=PROTECT, related_name='lines', to='payments.fundrequest', verbose_name='用款申请')),
            ],
            options={
                'verbose_name': '用款项目',
                'constraints': [
                    models.UniqueConstraint(fields=('request', 'code'), name='payments_requestline_once'),
                    models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='payments_requestline_above'),
                ],
            },
        ),
        migrations.CreateModel(
            name='FundRequestBatch',
            fields=[
                ('batch', models.OneToOneField(on_delete=PROTECT, primary_key=True, serialize=False, to='payments.batch', verbose_name='批次')),
                ('request', models.ForeignKey(on_delete=PROTECT, related_name='batches', to='payments.fundrequest', verbose_name='用款申请')),
            ],
            options={'verbose_name': '用款批次'},
        ),
        migrations.CreateModel(
            name='FundArrival',
            fields=[
                ('entry', models.OneToOneField(on_delete=PROTECT, primary_key=True, serialize=False, to='ledger.entry', verbose_name='凭证')),
                ('case_id', models.BigIntegerField(unique=True, verbose_name='业务件')),
                ('recorded_at', models.DateTimeField(**ARRIVED)),
                ('line', models.ForeignKey(null=True, on_delete=PROTECT, to='payments.statementline', verbose_name='对账单明细')),
                ('request', models.ForeignKey(on_delete=PROTECT, related_name='arrivals', to='payments.fundrequest', verbose_name='用款申请')),
            ],
            options={'verbose_name': '拨款到账'},
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
