"""Who signed a case, or stands in it, does not say that its papers were delivered; who signed for
them himself is whom they are addressed to."""

from django.db import migrations

SQL = """
CREATE FUNCTION issuing_delivered_by_others() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    hand bigint := cases_natural_person(NEW.recorded_by);
    paper issuing_issuedpaper;
    c cases_case;
BEGIN
    SELECT * INTO paper FROM issuing_issuedpaper p WHERE p.id = NEW.paper_id;
    SELECT * INTO c FROM cases_case k WHERE k.id = paper.case_id;
    -- A matter of the body itself has no party but who took it in.
    IF hand IN (cases_natural_person(c.reviewed_by), cases_natural_person(c.decided_by))
        OR hand = cases_natural_person(c.party_id)
            AND hand IS DISTINCT FROM cases_natural_person(c.received_by)
        OR EXISTS (SELECT FROM cases_named_in(c.content) AS named (party)
                   WHERE cases_natural_person(named.party) = hand)
        OR EXISTS (SELECT FROM cases_acting a
                   WHERE a.case_id = c.id AND cases_natural_person(a.agent_id) = hand)
        OR EXISTS (SELECT FROM cases_approval a WHERE a.subject_kind = 'cases.case'
                   AND a.subject_id = c.id AND cases_natural_person(a.acting_for) = hand) THEN
        RAISE EXCEPTION 'who signed case % or stands in it does not say what was delivered', c.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.relation = '本人' AND NEW.receiver IS DISTINCT FROM nullif(paper.addressee, '')
        AND NOT (paper.addressee = '' AND EXISTS (
            SELECT FROM people_partyname n WHERE n.name = NEW.receiver
                AND cases_natural_person(n.party_id) = cases_natural_person(paper.party_id))) THEN
        RAISE EXCEPTION 'paper % is addressed to another', paper.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER delivered_by_others BEFORE INSERT ON issuing_delivery
    FOR EACH ROW EXECUTE FUNCTION issuing_delivered_by_others();
CALL triggers_see_all();
"""


class Migration(migrations.Migration):
    dependencies = [("issuing", "0020_decisions_told"), ("cases", "0019_answered_in_time")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
