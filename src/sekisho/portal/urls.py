"""The addresses of the portal. They are the shortest ones, because frightened people type them."""

from __future__ import annotations

from django.urls import path

from . import agreement, apply, breaches, contacts, devices, money, people, tokens, views

app_name = "portal"
urlpatterns = [
    path("", views.first_page, name="incidents"),
    path("incidents/<str:number>", views.incident, name="incident"),
    path("contracts", agreement.contracts, name="contracts"),
    path("contracts/<str:contract_number>", agreement.contract, name="contract"),
    path("contracts/<str:contract_number>/change", agreement.change, name="change_contract"),
    path("contracts/<str:contract_number>/stop-option", agreement.stop_option, name="stop_option"),
    path("contracts/<str:contract_number>/cancel", agreement.cancel, name="cancel_contract"),
    path("contracts/<str:contract_number>/keep", agreement.keep, name="keep_contract"),
    path("contracts/<str:contract_number>/devices", devices.devices, name="devices"),
    path("contracts/<str:contract_number>/contacts", contacts.contacts, name="contacts"),
    path("applications", apply.applications, name="applications"),
    path("applications/new", apply.new, name="new_application"),
    path("applications/price", apply.price, name="application_price"),
    path("applications/<str:application_number>", apply.application, name="application"),
    path("applications/<str:application_number>/review", apply.review, name="review_application"),
    path("applications/<str:application_number>/withdraw", apply.withdraw, name="withdraw_application"),
    path("invoices", money.invoices, name="invoices"),
    path("invoices/<str:invoice_number>", money.invoice, name="invoice"),
    path("invoices/<str:invoice_number>/ask-receipt", money.ask_receipt, name="ask_receipt"),
    path("papers", money.papers, name="papers"),
    path("papers/<int:position>", money.paper, name="paper"),
    path("people", people.people, name="people"),
    path("people/invite", people.invite, name="invite"),
    path("people/<int:person_id>/act", people.act, name="person_act"),
    path("tokens", tokens.tokens, name="tokens"),
    path("tokens/<str:public_id>/revoke", tokens.revoke, name="revoke_token"),
    path("breaches", breaches.breaches, name="breaches"),
    path("breaches/<int:breach_id>/claim", breaches.claim, name="claim_breach"),
    path("proposals/<int:proposal_id>/answer", views.answer, name="answer"),
]
