"""Sigma's log sources of firewalls reach the rows of those firewalls, and no others."""

from __future__ import annotations

import datetime as dt

from sekisho.ocsf.columns import EVENT_SCHEMA
from sekisho.ocsf.device import DeviceContext
from sekisho.pipeline.detect.sigma_fields import Logsource, source
from sekisho.pipeline.normalise import normalise_records
from sekisho.pipeline.normalise.cells import Batch

RECEIVED = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
EDIT = (
    b'date=2026-11-01 time=10:00:00 devname="fw" devid="FG1" vd="root" type="event" subtype="system" action="Add" '
    b'cfgpath="system.admin" cfgobj="eve" user="admin" logdesc="Object attribute configured"'
)


def test_a_rule_about_a_fortigates_configuration_finds_its_fields_in_columns() -> None:
    found = source(Logsource(None, "fortigate", "event"))
    assert found is not None
    device = DeviceContext(device="UTM1", contract="SK1", product="fortigate")
    (row,) = normalise_records([EDIT], Batch("b", RECEIVED, device), "fortigate").events.to_pylist()
    assert row["class_uid"] in found.route.classes
    assert row["metadata.product.name"].lower() in found.route.products
    assert (row[found.fields["cfgpath"].column], row[found.fields["action"].column]) == ("system.admin", "Add")


def test_a_product_that_nobody_reads_has_no_rows() -> None:
    assert source(Logsource(None, "huawei", "bgp")) is None
    assert source(Logsource(None, "cisco", "ldp")) is None


def test_every_product_that_a_rule_may_name_is_one_that_is_read() -> None:
    from sekisho.pipeline.detect.sigma_fields import _PRODUCTS
    from sekisho.pipeline.normalise.products import VENDORS

    read = {product.title.lower() for product in VENDORS} | {"suricata"}
    assert {title for titles in _PRODUCTS.values() for title in titles} <= read
    assert "metadata.product.name" in EVENT_SCHEMA.names
