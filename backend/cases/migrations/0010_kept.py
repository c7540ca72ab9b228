"""Nothing of an archive is taken out; mandates and loans are only ended; no agent decides."""

from django.db import migrations

SQL = """
CALL make_append_only('cases_closing');
CALL make_append_only('cases_acting');
CALL make_append_only('cases_volume');
CALL make_append_only('cases_archived');

CREATE FUNCTION cases_closing_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM cases_case c WHERE c.id = NEW.case_id
                   AND c.decided_at IS NOT NULL) THEN
        RAISE EXCEPTION 'case % is not decided', NEW.case_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER closing_decided BEFORE INSERT ON cases_closing
    FOR EACH ROW EXECUTE FUNCTION cases_closing_decided();
CREATE TRIGGER archived_decided BEFORE INSERT ON cases_archived
    FOR EACH ROW EXECUTE FUNCTION cases_closing_decided();

CREATE FUNCTION cases_ended_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% row % has ended', TG_TABLE_NAME, OLD.id USING ERRCODE = 'restrict_violation';
END $$;

REVOKE UPDATE, DELETE, TRUNCATE ON cases_mandate FROM yikatong_app;
GRANT UPDATE (ended_by, ended_at, end_reason) ON cases_mandate TO yikatong_app;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON cases_mandate
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER ended_once BEFORE UPDATE ON cases_mandate
    FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION cases_ended_once();
CREATE FUNCTION cases_mandate_granted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM cases_case c WHERE c.id = NEW.case_id
                   AND c.kind = 'AGENT' AND c.state = 'APPROVED') THEN
        RAISE EXCEPTION 'a mandate is granted by a decided case'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER mandate_granted BEFORE INSERT ON cases_mandate
    FOR EACH ROW EXECUTE FUNCTION cases_mandate_granted();

CREATE FUNCTION cases_acting_within() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM cases_mandate m JOIN cases_case c ON c.id = NEW.case_id
                   WHERE m.id = NEW.mandate_id AND m.agent_id = NEW.agent_id
                   AND m.ended_at IS NULL AND c.kind = ANY (m.kinds)) THEN
        RAISE EXCEPTION 'nobody acts beyond a mandate' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER acting_within BEFORE INSERT ON cases_acting
    FOR EACH ROW EXECUTE FUNCTION cases_acting_within();
CREATE FUNCTION cases_agent_decides_not() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM cases_acting a WHERE a.case_id = NEW.id
               AND a.agent_id IN (NEW.accepted_by, NEW.reviewed_by, NEW.decided_by)) THEN
        RAISE EXCEPTION 'an agent works on no case in which he acts'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agent_decides_not BEFORE UPDATE ON cases_case
    FOR EACH ROW EXECUTE FUNCTION cases_agent_decides_not();

CREATE FUNCTION cases_volumes_follow() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.ordinal IS DISTINCT FROM (
        SELECT coalesce(max(ordinal), 0) + 1 FROM cases_volume
        WHERE agency_id = NEW.agency_id AND year = NEW.year AND category = NEW.category) THEN
        RAISE EXCEPTION 'volume % does not follow the last one', NEW.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER volumes_follow BEFORE INSERT ON cases_volume
    FOR EACH ROW EXECUTE FUNCTION cases_volumes_follow();
CREATE FUNCTION cases_places_follow() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.place IS DISTINCT FROM (
        SELECT coalesce(max(place), 0) + 1 FROM cases_archived WHERE volume_id = NEW.volume_id)
        OR NOT EXISTS (SELECT FROM cases_volume v JOIN cases_case c ON c.id = NEW.case_id
                       WHERE v.id = NEW.volume_id AND v.agency_id = c.agency_id) THEN
        RAISE EXCEPTION 'case % has no next place in a volume of its agency', NEW.case_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER places_follow BEFORE INSERT ON cases_archived
    FOR EACH ROW EXECUTE FUNCTION cases_places_follow();

REVOKE UPDATE, DELETE, TRUNCATE ON cases_loan FROM yikatong_app;
GRANT UPDATE (returned_on, returned_by, returned_at) ON cases_loan TO yikatong_app;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON cases_loan
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER ended_once BEFORE UPDATE ON cases_loan
    FOR EACH ROW WHEN (OLD.returned_at IS NOT NULL) EXECUTE FUNCTION cases_ended_once();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0009_closing_agents_archive"), ("audit", "0002_promises")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
