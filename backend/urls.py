"""Routes of the whole server: each capability brings its own under /api/v1/."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from django.urls.resolvers import RoutePattern
from drf_spectacular.views import SpectacularAPIView

from backend.audit.api import ActList, RowHistoryList, SealingOne
from backend.city import api as city_api
from backend.city.close_blockers import month_blockers
from backend.jobs.api import JobList, Requeue
from backend.web.addresses import ByFirstWord
from backend.web.health import Health
from backend.web.nowhere import Nowhere
from insurance.issuing.api import PaperCheck
from insurance.pension import archive_facts
from insurance.unemployment.api import ClaimTrial
from payments.balance_signing import balance_blockers
from payments.ledger.api import CloseMonths, MonthOne
from payments.reconcile import close_blockers

# Of a ledger month, from all floors.
CLOSE_BLOCKERS = (close_blockers, balance_blockers, month_blockers)

handler400 = "backend.web.problems.bad_request"
handler403 = "backend.web.problems.not_permitted"
handler404 = "backend.web.problems.not_found"
handler500 = "backend.web.problems.crashed"

api: list[URLPattern | URLResolver] = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("jobs/", JobList.as_view(), name="job-list"),
    path("jobs/requeue", Requeue.as_view(), name="job-requeue"),
    path("months/<str:period>/", city_api.MonthOne.as_view(), name="month-one"),
    path("acts/", ActList.as_view(), name="act-list"),
    path("row-history/", RowHistoryList.as_view(), name="row-history"),
    path("acts/sealing/", SealingOne.as_view(), name="sealing-one"),
    path("", include("backend.access.urls")),
    path("", include("backend.exports.urls")),
    path("", include("backend.people.urls")),
    path("", include("backend.cases.urls")),
    path("", include("backend.notices.urls")),
    path("", include("backend.supervision.urls")),
    path("", include("cards.urls")),
    path("", include("payments.urls")),
    path("", include("insurance.issuing.urls")),
    path("", include("insurance.enrolment.urls")),
    path("", include("insurance.accounts.urls")),
    path("", include("insurance.collection.urls")),
    path("", include("insurance.benefits.urls")),
    path("", include("insurance.pension.urls")),
    path("", include("insurance.pension.adjusting.urls")),
    path("", include("insurance.unemployment.urls")),
    path(
        "ledger-months/<int:pk>/",
        MonthOne.as_view(blockers=CLOSE_BLOCKERS),
        name="ledger-month-one",
    ),
    path(
        "ledger-months/close",
        CloseMonths.as_view(blockers=CLOSE_BLOCKERS),
        name="ledger-months-close",
    ),
    path(  # one family of schemes does not know the other: archives are the pensions'
        "unemployment/claims/trial/<int:pk>/",
        ClaimTrial.as_view(recognised_of=archive_facts.current),
        name="unemployment-claim-trial",
    ),
]

urlpatterns = [
    path("healthz", Health.as_view(), name="healthz"),
    path("v/<str:number>/<str:check>", PaperCheck.as_view(), name="paper-check-short"),
    ByFirstWord(RoutePattern("api/v1/"), api),
    re_path("^api/", Nowhere.as_view(), name="nowhere"),
]
