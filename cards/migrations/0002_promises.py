"""Cards stay what they are; they change their state only as TRANSITIONS say; an answer counts once."""

from django.db import migrations

SQL = """
CALL make_append_only('cards_card');
ALTER TABLE cards_card
    ADD CONSTRAINT cards_card_identification CHECK (
        identification ~ '^[0-9]{6}D156000005[0-9A-F]{16}$'),
    ADD CONSTRAINT cards_card_number CHECK (card_number ~ '^[0-9A-Z]{9}$'),
    ADD CONSTRAINT cards_card_reset_info CHECK (reset_info ~ '^[0-9A-F]{26}$'),
    ADD CONSTRAINT cards_card_algorithm CHECK (algorithm IN ('3DES', 'SM4'));

CALL make_supersede_only('cards_cardstanding');
CALL make_one_at_a_time('cards_cardstanding', 'cards_standing_one_at_a_time',
    'true', 'card_id', 'cards_card');
ALTER TABLE cards_cardstanding ADD CONSTRAINT cards_standing_of_card
    FOREIGN KEY (card_id, person_id) REFERENCES cards_card (id, person_id);

-- A state follows the one before it, of the same card and closed by it, by a step that there is.
CREATE FUNCTION cards_standing_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM new_rows n LEFT JOIN cards_cardstanding f
            ON f.id = n.follows_id AND f.card_id = n.card_id AND f.superseded_at IS NOT NULL
        WHERE upper_inf(n.valid) AND NOT coalesce((
            CASE WHEN n.follows_id IS NULL THEN 'NONE' ELSE f.state END, n.state) IN (
                ('NONE', 'MADE'),
                ('MADE', 'ACTIVE'), ('MADE', 'CANCELLED'),
                ('ACTIVE', 'REPORTED_LOST'), ('ACTIVE', 'LOST'), ('ACTIVE', 'BLOCKED'),
                ('ACTIVE', 'CANCELLED'),
                ('REPORTED_LOST', 'ACTIVE'), ('REPORTED_LOST', 'LOST'),
                ('REPORTED_LOST', 'CANCELLED'),
                ('LOST', 'CANCELLED'),
                ('BLOCKED', 'ACTIVE'), ('BLOCKED', 'LOST'), ('BLOCKED', 'CANCELLED')), false)
    ) THEN
        RAISE EXCEPTION 'a card does not change its state so' USING
            ERRCODE = 'restrict_violation', CONSTRAINT = 'cards_standing_follows';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER standing_follows AFTER INSERT ON cards_cardstanding
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION cards_standing_follows();

-- Who opens a closed state again would let a lost card be good once more.
CREATE FUNCTION cards_stays_so() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a row of % stays so', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER standing_stays_closed BEFORE UPDATE ON cards_cardstanding
    FOR EACH ROW WHEN (OLD.superseded_at IS NOT NULL) EXECUTE FUNCTION cards_stays_so();
CREATE TRIGGER challenge_stays_answered BEFORE UPDATE ON cards_cardchallenge
    FOR EACH ROW WHEN (OLD.answered_at IS NOT NULL AND NEW.challenge = OLD.challenge)
    EXECUTE FUNCTION cards_stays_so();

ALTER TABLE access_citizensession ADD CONSTRAINT access_citizensession_card_fk
    FOREIGN KEY (card_id) REFERENCES cards_card (id);

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cards", "0001_initial"),
        ("access", "0012_sessions_by_card"),
        ("people", "0004_scope"),
        ("audit", "0002_promises"),
    ]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
