"""The addresses of the console. What changes something is a POST with a verb at its end."""

from __future__ import annotations

from django.urls import path

from .views import breaches, clocks, groups, incidents, notices, overview, parts, people, terms
from .views.money import arrears, invoices, prices, receipts, runs

app_name = "console"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("triage", groups.queue, name="triage"),
    path("triage/set-aside", groups.set_aside, name="set_aside"),
    path("groups/<int:group_id>", groups.group, name="group"),
    path("groups/<int:group_id>/peek", groups.peek, name="peek"),
    path("groups/<int:group_id>/determine", groups.determine, name="determine"),
    path("incidents", incidents.incidents, name="incidents"),
    path("incidents/<str:number>", incidents.incident, name="incident"),
    path("incidents/<str:number>/determine", incidents.determine_again, name="determine_again"),
    path("incidents/<str:number>/call", incidents.record_call, name="record_call"),
    path("incidents/<str:number>/propose", incidents.propose, name="propose"),
    path("incidents/<str:number>/close", incidents.close, name="close"),
    path("proposals/<int:proposal_id>/result", incidents.report_result, name="report_result"),
    path("notices/<int:notice_id>/settle", notices.settle, name="settle_notice"),
    path("people", people.people, name="people"),
    path("people/invite", people.invite, name="invite"),
    path("people/<int:person_id>/act", people.act, name="person_act"),
    path("breaches", breaches.breaches, name="breaches"),
    path("breaches/<int:breach_id>/review", breaches.review, name="review_breach"),
    path("breaches/<int:breach_id>/withdraw", breaches.withdraw, name="withdraw_breach"),
    path("breaches/<int:breach_id>/claim", breaches.record_claim, name="record_claim"),
    path("clocks", clocks.clocks, name="clocks"),
    path("terms", terms.terms, name="terms"),
    path("terms/rules", terms.rules, name="terms_rules"),
    path("terms/rules/<str:name>", terms.rule, name="terms_rule"),
    path("terms/calendar", terms.this_year, name="terms_this_year"),
    path("terms/calendar/<int:year_number>", terms.calendar, name="terms_calendar"),
    path("money", runs.money, name="money"),
    path("money/runs/start", runs.start, name="start_run"),
    path("money/runs/<str:month>", runs.run, name="run"),
    path("money/papers", invoices.papers, name="papers"),
    path("money/papers/<int:position>", invoices.paper, name="paper"),
    path("money/invoices/<str:invoice_number>", invoices.invoice, name="invoice"),
    path("money/invoices/<str:invoice_number>/cancel", invoices.cancel, name="cancel_invoice"),
    path("money/invoices/<str:invoice_number>/reissue", invoices.reissue, name="reissue_invoice"),
    path("money/receipts", receipts.receipts, name="receipts"),
    path("money/receipts/import", receipts.import_file, name="import_receipts"),
    path("money/receipts/enter", receipts.enter, name="enter_receipt"),
    path("money/receipts/lines/<int:line_id>/settle", receipts.settle_line, name="settle_line"),
    path("money/receipts/<str:receipt_number>", receipts.receipt, name="receipt"),
    path("money/receipts/<str:receipt_number>/confirm", receipts.confirm, name="confirm_receipt"),
    path("money/allocations/<int:allocation_id>/undo", receipts.undo, name="undo_allocation"),
    path("money/arrears", arrears.arrears, name="arrears"),
    path("money/letters/<str:letter_number>/decide", arrears.decide_letter, name="decide_letter"),
    path("money/suspensions/<int:proposal_id>/decide", arrears.decide_suspension, name="decide_suspension"),
    path("money/prices", prices.lists, name="price_lists"),
    path("money/prices/new", prices.new, name="new_price_list"),
    path("money/prices/<str:version>", prices.price_list, name="price_list"),
    path("money/prices/<str:version>/draft", prices.draft, name="draft_price_list"),
    path("money/prices/<str:version>/publish", prices.publish, name="publish_price_list"),
    path("parts", parts.parts, name="parts"),
]
