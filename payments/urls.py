"""Routes of payments."""

from django.urls import path

from payments import (
    account_changes_api,
    accounts_api,
    api,
    bank_statements_api,
    comparison_api,
    funding_api,
    open_items_api,
    refusing_api,
    review_api,
    stop_list_api,
    worklist_api,
)
from payments.ledger import api as ledger_api
from payments.ledger import statements_api, year_end_api

urlpatterns = [
    path("accounts/", accounts_api.AccountList.as_view(), name="account-list"),
    path("accounts/of/<int:pk>/", accounts_api.AccountsOfPayee.as_view(), name="account-of-payee"),
    path("accounts/propose", accounts_api.ProposeAccount.as_view(), name="account-propose"),
    path(
        "accounts/corrections",
        accounts_api.ImportCorrections.as_view(),
        name="account-corrections",
    ),
    path(
        "accounts/changes/",
        account_changes_api.AccountChangeList.as_view(),
        name="account-change-list",
    ),
    path(
        "accounts/checks/",
        account_changes_api.AccountCheckList.as_view(),
        name="account-check-list",
    ),
    path(
        "accounts/checks/answers",
        account_changes_api.ImportAnswer.as_view(),
        name="account-check-answers",
    ),
    path("batches/", api.BatchList.as_view(), name="batch-list"),
    path("batches/stop-list/", stop_list_api.StopList.as_view(), name="batch-stop-list"),
    path("batches/refuse", refusing_api.Refuse.as_view(), name="batch-refuse"),
    path("batches/lift", refusing_api.Lift.as_view(), name="batch-lift"),
    path("batches/refusals/", refusing_api.RefusalList.as_view(), name="batch-refusal-list"),
    path("batches/sign", api.SignBatches.as_view(), name="batch-sign"),
    path("batches/<int:pk>/", api.BatchOne.as_view(), name="batch-one"),
    path("batches/<int:pk>/totals/", review_api.BatchTotals.as_view(), name="batch-totals"),
    path("batches/<int:pk>/review/", review_api.BatchReview.as_view(), name="batch-review"),
    path("batches/<int:pk>/opened", review_api.OpenBatch.as_view(), name="batch-opened"),
    path("batches/<int:batch_id>/lines/", api.BatchLines.as_view(), name="batch-lines"),
    path("seal-conditions/", worklist_api.SealConditionList.as_view(), name="seal-condition-list"),
    path("fund-budgets/", funding_api.Budgets.as_view(), name="fund-budget-list"),
    path("fund-requests/", funding_api.Requests.as_view(), name="fund-request-list"),
    path("books/<int:pk>/funding/", funding_api.Funding.as_view(), name="book-funding"),
    path("return-files/", api.ReturnFiles.as_view(), name="return-files"),
    path("own-accounts/", bank_statements_api.OwnAccounts.as_view(), name="own-account-list"),
    path("bank-statements/", bank_statements_api.Statements.as_view(), name="bank-statement-list"),
    path(
        "bank-statements/<int:pk>/lines/",
        bank_statements_api.StatementLines.as_view(),
        name="bank-statement-lines",
    ),
    path(
        "books/<int:pk>/bank-balance/<str:code>/",
        bank_statements_api.TableOne.as_view(),
        name="book-bank-balance",
    ),
    path(
        "books/<int:pk>/bank-balance/<str:code>/make",
        bank_statements_api.MakeTable.as_view(),
        name="book-bank-balance-make",
    ),
    path(
        "books/<int:pk>/bank-balance/<str:code>/check",
        bank_statements_api.CheckTable.as_view(),
        name="book-bank-balance-check",
    ),
    path("open-items/", open_items_api.OpenItems.as_view(), name="open-item-list"),
    path("open-items/assign", open_items_api.AssignOpenItems.as_view(), name="open-item-assign"),
    path("discrepancies/", worklist_api.DiscrepancyList.as_view(), name="discrepancy-list"),
    path(
        "discrepancies/counts/",
        comparison_api.DiscrepancyCounts.as_view(),
        name="discrepancy-counts",
    ),
    path(
        "discrepancies/<int:pk>/",
        comparison_api.DiscrepancyOne.as_view(),
        name="discrepancy-one",
    ),
    path(
        "discrepancies/assign",
        worklist_api.AssignDiscrepancies.as_view(),
        name="discrepancy-assign",
    ),
    path(
        "discrepancies/<int:pk>/propose",
        worklist_api.ProposeDecision.as_view(),
        name="discrepancy-propose",
    ),
    path("books/", ledger_api.BookList.as_view(), name="book-list"),
    path("books/<int:pk>/balances/", ledger_api.Balances.as_view(), name="book-balances"),
    path(
        "books/<int:pk>/accounts/<str:code>/months/",
        ledger_api.GeneralLedger.as_view(),
        name="book-general-ledger",
    ),
    path(
        "books/<int:pk>/accounts/<str:code>/lines/",
        ledger_api.DetailedLedger.as_view(),
        name="book-detailed-ledger",
    ),
    path(
        "books/<int:pk>/accounts/<str:code>/days/",
        ledger_api.DayBook.as_view(),
        name="book-day-book",
    ),
    path(
        "books/<int:pk>/balance-sheet/",
        statements_api.BalanceSheet.as_view(),
        name="book-balance-sheet",
    ),
    path(
        "books/<int:pk>/income-statement/",
        statements_api.IncomeStatement.as_view(),
        name="book-income-statement",
    ),
    path("books/<int:pk>/year-end", year_end_api.YearEnd.as_view(), name="book-year-end"),
    path("entries/", ledger_api.EntryList.as_view(), name="entry-list"),
    path("entries/<int:pk>/", ledger_api.EntryOne.as_view(), name="entry-one"),
    path("ledger-months/", ledger_api.MonthList.as_view(), name="ledger-months"),
    path("memo/", ledger_api.MemoList.as_view(), name="memo-list"),
]
