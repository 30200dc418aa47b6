"""The columns and enumerations agree with each other and with OCSF's own arithmetic."""

from __future__ import annotations

import ipaddress

from sekisho.ocsf import classes
from sekisho.ocsf.columns import COLUMNS, EVENT_SCHEMA, UNPARSED_SCHEMA
from sekisho.ocsf.device import DeviceContext


def test_column_names_are_unique_and_every_column_says_what_it_means() -> None:
    assert len(set(EVENT_SCHEMA.names)) == len(EVENT_SCHEMA)
    assert all(column.meaning for column in COLUMNS)
    assert all(field.metadata[b"meaning"] for field in (*EVENT_SCHEMA, *UNPARSED_SCHEMA))


def test_no_column_is_both_a_value_and_an_object_that_holds_others() -> None:
    names = [name for name in EVENT_SCHEMA.names if name not in UNPARSED_SCHEMA.names]
    assert [name for name in names if any(other.startswith(f"{name}.") for other in names)] == []


def test_unparsed_records_have_the_housekeeping_of_events() -> None:
    shared = [name for name in UNPARSED_SCHEMA.names if name != "reason"]
    assert [EVENT_SCHEMA.field(name) for name in shared] == [UNPARSED_SCHEMA.field(name) for name in shared]


def test_every_class_has_a_category_a_name_and_activities() -> None:
    for class_uid in classes.CLASSES:
        assert classes.category_uid(class_uid) in classes.CATEGORIES
        assert class_uid in classes.ACTIVITIES
    assert classes.category_uid(classes.DNS_ACTIVITY) == 4
    assert classes.type_uid(classes.DNS_ACTIVITY, 1) == 400301


def test_activities_outside_the_table_are_other_and_zero_is_unknown() -> None:
    assert classes.activity_name(classes.HTTP_ACTIVITY, 6) == "Post"
    assert classes.activity_name(classes.HTTP_ACTIVITY, 99) == "Other"
    assert classes.activity_name(classes.HTTP_ACTIVITY, 0) == "Unknown"
    assert classes.class_name(9999) == "Unknown"


def test_a_device_without_networks_of_its_own_counts_private_addresses_as_home() -> None:
    home = DeviceContext(device="UTM1", contract="SK1").home_networks
    assert any(ipaddress.ip_address("172.31.255.1") in network for network in home if network.version == 4)
    assert not any(ipaddress.ip_address("172.32.0.1") in network for network in home if network.version == 4)
