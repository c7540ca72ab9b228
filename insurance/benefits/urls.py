"""Routes of benefits."""

from django.urls import path, re_path

from insurance.benefits import api, notice_api
from insurance.benefits.checks import api as checks_api
from insurance.benefits.claims import api as claims_api
from insurance.benefits.death_match_api import DeathMatches
from insurance.benefits.effective_month_api import EffectiveMonthList, EventMonth
from insurance.benefits.held_api import BatchHeld
from insurance.benefits.life import api as life_api
from insurance.benefits.pensions_drawn import pensions_drawn
from insurance.benefits.recovery import api as recovery_api
from insurance.benefits.refund_check import rests_on
from insurance.enrolment.api import Correct, Join, Leave
from insurance.enrolment.filings_api import TakeFiling
from insurance.enrolment.worklist_api import FileList

urlpatterns = [
    path(
        "enrolments/<int:pk>/correct",
        Correct.as_view(blockers=(rests_on,)),
        name="enrolment-correct",
    ),
    path(
        "enrolments/join",
        Join.as_view(pensions=pensions_drawn),
        name="enrolment-join",
    ),
    path(
        "enrolments/leave",
        Leave.as_view(blockers=(rests_on,)),
        name="enrolment-leave",
    ),
    path(
        "enrolment-files/",
        FileList.as_view(blockers=(rests_on,), pensions=pensions_drawn),
        name="enrolment-files",
    ),
    path(
        "employer-filings/<int:pk>/take",
        TakeFiling.as_view(blockers=(rests_on,), pensions=pensions_drawn),
        name="employer-filing-take",
    ),
    path("cases/<int:pk>/notice.pdf", notice_api.CaseNotice.as_view(), name="case-notice"),
    path("cases/<int:pk>/refusal.pdf", notice_api.CaseRefusal.as_view(), name="case-refusal"),
    path("runs/", api.RunList.as_view(), name="run-list"),
    path("runs/seal", api.SealRun.as_view(), name="run-seal"),
    path("death-matches/", DeathMatches.as_view(), name="death-matches"),
    path("dues/", api.DueList.as_view(), name="due-list"),
    path("dues/<int:pk>/", api.DueOne.as_view(), name="due-one"),
    path("dues/<int:pk>/notice.pdf", api.DueNotice.as_view(), name="due-notice"),
    path("batches/<int:pk>/held/", BatchHeld.as_view(), name="batch-held"),
    path("held/", api.HeldList.as_view(), name="held-list"),
    path("overpaid/", api.OverpaidList.as_view(), name="overpaid-list"),
    path("entitlements/", api.EntitlementList.as_view(), name="entitlement-list"),
    path("amount-corrections/", api.AmountCorrectionList.as_view(), name="amount-correction-list"),
    path("event-month", EventMonth.as_view(), name="event-month"),
    path("effective-months/", EffectiveMonthList.as_view(), name="effective-month-list"),
    path("life-events/", life_api.LifeEventList.as_view(), name="life-event-list"),
    path("recoveries/", recovery_api.RecoveryList.as_view(), name="recovery-list"),
    path("recoveries/<int:pk>/", recovery_api.RecoveryOne.as_view(), name="recovery-one"),
    re_path(
        r"^recoveries/(?P<pk>[0-9]+)/(?P<paper>notice|order|agreement|court|closing)\.pdf$",
        recovery_api.RecoveryPaper.as_view(),
        name="recovery-paper",
    ),
    path("claims/", claims_api.ClaimList.as_view(), name="claim-list"),
    path("claims/<int:pk>/", claims_api.ClaimOne.as_view(), name="claim-one"),
    path("claims/<int:pk>/sheet.pdf", claims_api.ClaimSheetPdf.as_view(), name="claim-sheet"),
    path("check-due/", checks_api.DueList.as_view(), name="check-due"),
    path("check-due/counts", checks_api.DueCounts.as_view(), name="check-due-counts"),
    path("life-proofs/", checks_api.ProofList.as_view(), name="life-proof-list"),
    path("check-steps/", checks_api.StepList.as_view(), name="check-step-list"),
    path("check-files/", checks_api.FileList.as_view(), name="check-file-list"),
    path("check-contacts", checks_api.Contacts.as_view(), name="check-contacts"),
    path("check-holds", checks_api.ProposeHolds.as_view(), name="check-holds"),
    path("baselines/", api.BaselineList.as_view(), name="baseline-list"),
    path("baselines/<int:pk>/", api.BaselineOne.as_view(), name="baseline-one"),
    path(
        "baselines/<int:pk>/refused/",
        api.BaselineRefusedList.as_view(),
        name="baseline-refused",
    ),
]
