"""Who may come into the database, as what (数据库角色); made once for a server, by its superuser.

Standard library only. Rights on tables are given by migrations; the supervision's views are made
anew by ``manage.py migrate`` (``backend/privacy``).
"""

OWNER = "yikatong_owner"  # 拥有全部表，只用于迁移
APPLICATION = "yikatong_app"  # 应用，什么也不拥有
SEALER = "yikatong_sealer"  # 封链，审计链只有它写
DESK = "yikatong_desk"  # 应用答复一次调用时的身份，行级安全管的就是它
SUPERVISOR = "yikatong_supervisor"  # 监督，只读脱敏视图
BACKUP = "yikatong_backup"  # 备份，只读全部
PEERS = (OWNER, APPLICATION, SEALER, SUPERVISOR, BACKUP)
SUPERVISION = "supervision"  # the schema of the masking views

# One at a time: roles are the whole server's.
ROLES_SQL = f"""
SELECT pg_advisory_lock(hashtextextended('yikatong.roles', 0));
SELECT format('CREATE ROLE %I LOGIN', role) FROM unnest(ARRAY{list(PEERS)}) AS role
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \\gexec
SELECT 'CREATE ROLE {DESK} NOLOGIN'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{DESK}') \\gexec
ALTER ROLE {OWNER} CREATEDB;
-- Jobs see the whole city: no policy is even planned for them. A call of somebody is answered as
-- the desk, which the policies bind; what the desk may do, the application has by itself only.
ALTER ROLE {APPLICATION} BYPASSRLS NOINHERIT;
GRANT {DESK} TO {APPLICATION};
-- The owner may end the sessions of both, to drop or clone a database.
GRANT {APPLICATION}, {SEALER} TO {OWNER};
-- Beside that they have no right to write, they begin read-only.
ALTER ROLE {SUPERVISOR} SET default_transaction_read_only = on;
ALTER ROLE {SUPERVISOR} SET search_path = {SUPERVISION};
ALTER ROLE {SUPERVISOR} SET statement_timeout = '10min';
ALTER ROLE {BACKUP} SET default_transaction_read_only = on;
ALTER ROLE {BACKUP} BYPASSRLS;  -- a dump holds every row
GRANT pg_read_all_data TO {BACKUP};
SELECT pg_advisory_unlock(hashtextextended('yikatong.roles', 0));
"""

DATABASE_SQL = f"""
ALTER SCHEMA public OWNER TO {OWNER};
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {APPLICATION};
CREATE EXTENSION btree_gist;
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE ON TABLES TO {APPLICATION};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public
    GRANT USAGE ON SEQUENCES TO {APPLICATION};
SET ROLE {OWNER};
CREATE TABLE deployment (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    kind text NOT NULL CHECK (kind IN ('DEMO', 'LIVE')),
    created_at timestamptz NOT NULL DEFAULT now()
);
REVOKE INSERT, UPDATE ON deployment FROM {APPLICATION};
INSERT INTO deployment (kind) VALUES (:'kind');
"""
