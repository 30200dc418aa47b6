"""Rows belong to contracts, and the database guards them."""

from django.db import migrations

from sekisho.apps.row_security import append_only, guard, settled_once


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_initial"), ("audit", "0002_append_only")]

    operations = [
        guard("incidents_securityincident"),
        guard("incidents_eventgroup"),
        guard("incidents_securityevent"),
        guard("incidents_leveldetermination"),
        guard("incidents_clock"),
        guard("incidents_countermeasureproposal"),
        append_only("incidents_securityevent"),
        append_only("incidents_leveldetermination"),
        settled_once("incidents_clock", "verdict"),
    ]
