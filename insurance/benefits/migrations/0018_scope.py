"""Benefits are seen by the agency whose book pays them, and by whose they are; proofs of life by all
agencies, and by who helps the village."""

from django.db import migrations

SQL = """
CALL make_scoped('benefits_entitlement',
    $$book_id = ANY ((SELECT scope_books())::integer[])
        OR person_id = ANY ((SELECT scope_own())::bigint[])
        OR person_id IN (SELECT party_id FROM people_person
        WHERE village_id = (SELECT scope_told('village')::bigint))$$,
    $$book_id = ANY ((SELECT scope_books())::integer[])$$);
CALL make_scoped('benefits_component',
    $$EXISTS (SELECT FROM benefits_entitlement p WHERE p.id = benefits_component.entitlement_id)$$,
    $$EXISTS (SELECT FROM benefits_entitlement p
        WHERE p.id = benefits_component.entitlement_id
        AND p.book_id = ANY ((SELECT scope_books())::integer[]))$$);
CALL make_scoped('benefits_stop',
    $$EXISTS (SELECT FROM benefits_entitlement p WHERE p.id = benefits_stop.entitlement_id)$$,
    $$EXISTS (SELECT FROM benefits_entitlement p WHERE p.id = benefits_stop.entitlement_id
        AND p.book_id = ANY ((SELECT scope_books())::integer[]))$$);
CALL make_scoped('benefits_hold',
    $$EXISTS (SELECT FROM benefits_entitlement p WHERE p.id = benefits_hold.entitlement_id)$$,
    $$EXISTS (SELECT FROM benefits_entitlement p WHERE p.id = benefits_hold.entitlement_id
        AND p.book_id = ANY ((SELECT scope_books())::integer[]))$$);
CALL make_scoped('benefits_amountcorrection',
    $$EXISTS (SELECT FROM benefits_entitlement p
        WHERE p.id = benefits_amountcorrection.entitlement_id)$$,
    $$EXISTS (SELECT FROM benefits_entitlement p
        WHERE p.id = benefits_amountcorrection.entitlement_id
        AND p.book_id = ANY ((SELECT scope_books())::integer[]))$$);
CALL make_scoped('benefits_due',
    $$EXISTS (SELECT FROM benefits_entitlement p WHERE p.id = benefits_due.entitlement_id
        AND p.book_id = ANY ((SELECT scope_books())::integer[]))$$);
CALL make_scoped('benefits_overpaid',
    $$EXISTS (SELECT FROM benefits_entitlement p WHERE p.id = benefits_overpaid.entitlement_id
        AND p.book_id = ANY ((SELECT scope_books())::integer[]))$$);
CALL make_scoped('benefits_runsetoff',
    $$EXISTS (SELECT FROM benefits_entitlement p
        WHERE p.id = benefits_runsetoff.entitlement_id
        AND p.book_id = ANY ((SELECT scope_books())::integer[]))$$);
CALL make_scoped('benefits_held',
    $$EXISTS (SELECT FROM benefits_due p WHERE p.due_ref = benefits_held.due_ref)$$);
CALL make_scoped('benefits_cancelled',
    $$EXISTS (SELECT FROM benefits_due p WHERE p.due_ref = benefits_cancelled.due_ref)$$);
CALL make_scoped('benefits_claim', $$book_id = ANY ((SELECT scope_books())::integer[])$$);
CALL make_scoped('benefits_claimshare',
    $$EXISTS (SELECT FROM benefits_claim p WHERE p.id = benefits_claimshare.claim_id)$$);
CALL make_scoped('benefits_inheritedsingle',
    $$EXISTS (SELECT FROM benefits_claim p WHERE p.id = benefits_inheritedsingle.claim_id)$$);
CALL make_scoped('benefits_inheriteddue',
    $$EXISTS (SELECT FROM benefits_claim p WHERE p.id = benefits_inheriteddue.claim_id)$$);
CALL make_scoped('benefits_claimdue',
    $$EXISTS (SELECT FROM benefits_claimshare p WHERE p.id = benefits_claimdue.share_id)$$);
CALL make_scoped('benefits_recovery', $$book_id = ANY ((SELECT scope_books())::integer[])$$);
CALL make_scoped('benefits_recoverystep',
    $$EXISTS (SELECT FROM benefits_recovery p WHERE p.id = benefits_recoverystep.recovery_id)$$);
CALL make_scoped('benefits_recoveryreceipt',
    $$EXISTS (SELECT FROM benefits_recovery p WHERE p.id = benefits_recoveryreceipt.recovery_id)$$);
CALL make_scoped('benefits_setoff',
    $$EXISTS (SELECT FROM benefits_recovery p WHERE p.id = benefits_setoff.recovery_id)$$);
CALL make_scoped('benefits_accountsetoff',
    $$EXISTS (SELECT FROM benefits_recovery p WHERE p.id = benefits_accountsetoff.recovery_id)$$);
CALL make_scoped('benefits_sharesetoff',
    $$EXISTS (SELECT FROM benefits_recovery p WHERE p.id = benefits_sharesetoff.recovery_id)$$);
CALL make_scoped('benefits_recoveryinstalment',
    $$EXISTS (SELECT FROM benefits_recoverystep p
        WHERE p.id = benefits_recoveryinstalment.step_id)$$);
CALL make_scoped('benefits_accountpayout', $$batch_id IN (SELECT id FROM payments_batch)$$);
CALL make_scoped('benefits_lifeevent', $$(SELECT scope_sees('EVERYBODY'))$$);
CALL make_scoped('benefits_proof',
    $$(SELECT scope_sees('EVERYBODY')) OR person_id IN (SELECT party_id FROM people_person
        WHERE village_id = (SELECT scope_told('village')::bigint))$$,
    $$(SELECT scope_sees('EVERYBODY'))$$);
CALL make_scoped('benefits_checkstep',
    $$(SELECT scope_sees('EVERYBODY')) OR person_id IN (SELECT party_id FROM people_person
        WHERE village_id = (SELECT scope_told('village')::bigint))$$,
    $$(SELECT scope_sees('EVERYBODY'))$$);
CALL make_scoped('benefits_checkfile',
    $$(SELECT scope_sees('EVERYBODY')) OR village_id = (SELECT scope_told('village')::bigint)$$,
    $$(SELECT scope_sees('EVERYBODY'))$$);

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("benefits", "0017_account_set_off"), ("payments", "0007_scope"), ("collection", "0015_scope")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
