import backend.people.models
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("ledger", "0002_promises"),
        ("payments", "0002_promises"),
        ("people", "0002_promises"),
    ]

    operations = [
        migrations.CreateModel(
            name="Baseline",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("digest", models.CharField(max_length=64, unique=True, verbose_name="摘要")),
                ("manifest", models.JSONField(verbose_name="清单")),
                (
                    "taken_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="接管时间",
                    ),
                ),
            ],
            options={
                "verbose_name": "接管基线",
            },
        ),
        migrations.CreateModel(
            name="Due",
            fields=[
                (
                    "due_ref",
                    models.BigIntegerField(
                        primary_key=True, serialize=False, verbose_name="应发编号"
                    ),
                ),
                ("payee_id", models.BigIntegerField(verbose_name="收款人")),
                (
                    "kind",
                    models.SmallIntegerField(
                        choices=[(1, "当月"), (2, "补差")], verbose_name="类别"
                    ),
                ),
                ("for_month", models.DateField(verbose_name="所属月份")),
                ("run_period", models.DateField(verbose_name="发放月份")),
                ("fen", models.BigIntegerField(verbose_name="金额(分)")),
                (
                    "parts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        size=None,
                        verbose_name="按支出项目(分)",
                    ),
                ),
            ],
            options={
                "verbose_name": "应发",
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("period", models.DateField(unique=True, verbose_name="发放月份")),
                ("pay_date", models.DateField(verbose_name="发放日")),
                ("known_at", models.DateTimeField(verbose_name="已知时点")),
                ("known_before", models.DateTimeField(null=True, verbose_name="上期已知时点")),
                ("policy_version", models.CharField(max_length=64, verbose_name="政策版本")),
                ("parameters", models.JSONField(verbose_name="参数")),
                (
                    "state",
                    models.CharField(
                        choices=[("OPEN", "计算中"), ("SEALED", "已封存")],
                        default="OPEN",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("chunk_size", models.IntegerField(verbose_name="分块大小")),
                ("summary", models.JSONField(null=True, verbose_name="封存时汇总")),
                ("sealed_at", models.DateTimeField(null=True, verbose_name="封存时间")),
            ],
            options={
                "verbose_name": "月度发放",
            },
        ),
        migrations.CreateModel(
            name="Cancelled",
            fields=[
                (
                    "due",
                    models.OneToOneField(
                        db_column="due_ref",
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="benefits.due",
                        verbose_name="应发",
                    ),
                ),
                ("run_period", models.DateField(verbose_name="发放月份")),
            ],
            options={
                "verbose_name": "撤销应发",
            },
        ),
        migrations.CreateModel(
            name="Entitlement",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("scheme", models.CharField(max_length=3, verbose_name="险种")),
                ("start_month", models.DateField(verbose_name="起始月")),
                ("paid_through", models.DateField(null=True, verbose_name="原系统已发至")),
                ("case_id", models.BigIntegerField(null=True, verbose_name="业务编号")),
                ("source_no", models.CharField(blank=True, max_length=24, verbose_name="原编号")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=backend.people.models.ClockTimestamp(), verbose_name="登记时间"
                    ),
                ),
                (
                    "baseline",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="benefits.baseline",
                    ),
                ),
                (
                    "book",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="ledger.book",
                        verbose_name="账套",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="people.party",
                        verbose_name="待遇人",
                    ),
                ),
            ],
            options={
                "verbose_name": "待遇",
            },
        ),
        migrations.AddField(
            model_name="due",
            name="entitlement",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="benefits.entitlement",
                verbose_name="待遇",
            ),
        ),
        migrations.CreateModel(
            name="Component",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "valid",
                    django.contrib.postgres.fields.ranges.DateRangeField(verbose_name="有效期间"),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=backend.people.models.ClockTimestamp(), verbose_name="登记时间"
                    ),
                ),
                ("superseded_at", models.DateTimeField(null=True, verbose_name="被替代时间")),
                ("component", models.CharField(max_length=16, verbose_name="项目")),
                ("fen", models.BigIntegerField(verbose_name="月金额(分)")),
                ("standing", models.CharField(max_length=12, verbose_name="依据状态")),
                ("case_id", models.BigIntegerField(null=True, verbose_name="业务编号")),
                (
                    "entitlement",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="benefits.entitlement",
                        verbose_name="待遇",
                    ),
                ),
            ],
            options={
                "verbose_name": "待遇项目",
            },
        ),
        migrations.CreateModel(
            name="Held",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "run_period",
                        "due_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("run_period", models.DateField(verbose_name="发放月份")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("DIED", "死亡待核或待继承"),
                            ("IN_PRISON", "服刑"),
                            ("SUSPENDED", "暂停"),
                            ("CHECK_MISSED", "未通过资格认证"),
                            ("UNVERIFIED", "待遇数据未核实"),
                            ("NO_ACCOUNT", "无有效账户"),
                        ],
                        max_length=16,
                        verbose_name="原因",
                    ),
                ),
                (
                    "due",
                    models.ForeignKey(
                        db_column="due_ref",
                        on_delete=django.db.models.deletion.PROTECT,
                        to="benefits.due",
                        verbose_name="应发",
                    ),
                ),
            ],
            options={
                "verbose_name": "暂缓发放",
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "valid",
                    django.contrib.postgres.fields.ranges.DateRangeField(verbose_name="有效期间"),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=backend.people.models.ClockTimestamp(), verbose_name="登记时间"
                    ),
                ),
                ("superseded_at", models.DateTimeField(null=True, verbose_name="被替代时间")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("DIED", "死亡待核或待继承"),
                            ("IN_PRISON", "服刑"),
                            ("SUSPENDED", "暂停"),
                            ("CHECK_MISSED", "未通过资格认证"),
                            ("UNVERIFIED", "待遇数据未核实"),
                            ("NO_ACCOUNT", "无有效账户"),
                        ],
                        max_length=16,
                        verbose_name="原因",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                ("case_id", models.BigIntegerField(null=True, verbose_name="业务编号")),
                (
                    "entitlement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="benefits.entitlement",
                        verbose_name="待遇",
                    ),
                ),
            ],
            options={
                "verbose_name": "暂缓",
            },
        ),
        migrations.CreateModel(
            name="Overpaid",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("payee_id", models.BigIntegerField(verbose_name="收款人")),
                ("for_month", models.DateField(verbose_name="所属月份")),
                ("run_period", models.DateField(verbose_name="发放月份")),
                ("fen", models.BigIntegerField(verbose_name="金额(分)")),
                (
                    "parts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        size=None,
                        verbose_name="按支出项目(分)",
                    ),
                ),
                (
                    "entitlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="benefits.entitlement",
                        verbose_name="待遇",
                    ),
                ),
            ],
            options={
                "verbose_name": "多发",
            },
        ),
        migrations.CreateModel(
            name="RunChange",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "run_id",
                        "entitlement_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("from_month", models.DateField(verbose_name="自")),
                (
                    "entitlement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="benefits.entitlement",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="benefits.run",
                    ),
                ),
            ],
            options={
                "verbose_name": "重算清单",
            },
        ),
        migrations.CreateModel(
            name="RunChunk",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "run_id",
                        "chunk",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("chunk", models.IntegerField(verbose_name="分块")),
                ("first_id", models.BigIntegerField(verbose_name="起")),
                ("last_id", models.BigIntegerField(verbose_name="止")),
                ("due_count", models.BigIntegerField(verbose_name="应发笔数")),
                ("due_fen", models.BigIntegerField(verbose_name="应发金额(分)")),
                ("held_count", models.BigIntegerField(verbose_name="暂缓笔数")),
                ("held_fen", models.BigIntegerField(verbose_name="暂缓金额(分)")),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="benefits.run",
                    ),
                ),
            ],
            options={
                "verbose_name": "月度发放分块",
            },
        ),
        migrations.CreateModel(
            name="AccountPayout",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "batch_id",
                        "chunk",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("chunk", models.IntegerField(verbose_name="分块")),
                ("line_count", models.BigIntegerField(verbose_name="笔数")),
                ("taken_fen", models.BigIntegerField(verbose_name="个人账户支付(分)")),
                ("from_pool_fen", models.BigIntegerField(verbose_name="统筹基金支付(分)")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="登记时间",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="payments.batch",
                        verbose_name="批次",
                    ),
                ),
            ],
            options={
                "verbose_name": "账户支付分块",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("from_pool_fen__gte", 0), ("taken_fen__gte", 0)),
                        name="benefits_accountpayout_fen",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Stop",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "valid",
                    django.contrib.postgres.fields.ranges.DateRangeField(verbose_name="有效期间"),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=backend.people.models.ClockTimestamp(), verbose_name="登记时间"
                    ),
                ),
                ("superseded_at", models.DateTimeField(null=True, verbose_name="被替代时间")),
                ("reason", models.CharField(max_length=20, verbose_name="原因")),
                ("case_id", models.BigIntegerField(verbose_name="业务编号")),
                (
                    "entitlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="benefits.entitlement",
                        verbose_name="待遇",
                    ),
                ),
            ],
            options={
                "verbose_name": "停发",
            },
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("baseline__isnull", False), ("case_id__isnull", False), _connector="OR"
                ),
                name="benefits_entitlement_rests_on_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.UniqueConstraint(
                fields=("person", "scheme", "start_month"), name="benefits_entitlement_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="due",
            constraint=models.CheckConstraint(
                condition=models.Q(("fen__gt", 0)), name="benefits_due_fen"
            ),
        ),
        migrations.AddConstraint(
            model_name="due",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", 1)),
                fields=("entitlement", "payee_id", "for_month"),
                name="benefits_due_regular_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="due",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", 2)),
                fields=("entitlement", "payee_id", "for_month", "run_period"),
                name="benefits_due_difference_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="component",
            constraint=models.CheckConstraint(
                condition=models.Q(("fen__gt", 0)), name="benefits_component_fen"
            ),
        ),
        migrations.AddConstraint(
            model_name="component",
            constraint=models.UniqueConstraint(
                models.F("entitlement"),
                models.F("component"),
                django.contrib.postgres.fields.ranges.RangeStartsWith("valid"),
                condition=models.Q(("superseded_at__isnull", True)),
                name="benefits_component_one_at_a_time",
            ),
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(fields=["entitlement"], name="benefits_hold_entitlement"),
        ),
        migrations.AddConstraint(
            model_name="overpaid",
            constraint=models.CheckConstraint(
                condition=models.Q(("fen", 0), _negated=True), name="benefits_overpaid_fen"
            ),
        ),
        migrations.AddConstraint(
            model_name="overpaid",
            constraint=models.UniqueConstraint(
                fields=("entitlement", "payee_id", "for_month", "run_period"),
                name="benefits_overpaid_once",
            ),
        ),
    ]
