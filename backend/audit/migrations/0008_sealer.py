"""The chain is written by a role of its own (封链角色): the application writes acts, and neither
their links nor the blocks, nor how far sealing stands, on which the alarm rests."""

from django.db import migrations

SQL = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'yikatong_sealer') THEN
        RAISE EXCEPTION '数据库角色是以前版本建的：请由数据库超级用户先执行 bootstrap-sql --roles-only 的输出。';
    END IF;
END $$;
GRANT USAGE ON SCHEMA public TO yikatong_sealer;
GRANT SELECT ON audit_act, audit_chainlink, audit_headkey, audit_block, audit_sealing
    TO yikatong_sealer;
GRANT INSERT ON audit_chainlink, audit_headkey, audit_block TO yikatong_sealer;
GRANT UPDATE ON audit_sealing TO yikatong_sealer;
REVOKE INSERT, UPDATE ON audit_chainlink, audit_headkey, audit_block, audit_sealing
    FROM yikatong_app;
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_settled_at")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
