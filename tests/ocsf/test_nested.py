"""Rows as nested OCSF objects: the shapes that a reader of the standard expects."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pyarrow as pa

from sekisho.ocsf.columns import EVENT_SCHEMA
from sekisho.ocsf.nested import rows, to_json, to_nested

TIME = dt.datetime(2016, 7, 14, 4, 42, 7, 199672, tzinfo=dt.UTC)
BASE: dict[str, Any] = {
    "time": TIME,
    "timezone_offset": -360,
    "class_uid": 4002,
    "category_uid": 4,
    "activity_id": 3,
    "type_uid": 400203,
    "severity_id": 1,
    "outcome": "unknown",
    "direction": "outbound",
    "metadata.product.name": "Suricata",
    "metadata.product.vendor_name": "OISF",
    "src_endpoint.ip": "192.168.1.5",
    "src_endpoint.port": 50123,
    "connection_info.protocol_name": "tcp",
}


def nested(**more: Any) -> dict[str, Any]:
    """The object of a row; both ways to it must agree."""
    row = {**BASE, **more}
    found = to_nested(row)
    assert json.loads(to_json(row)) == found
    return found


def test_dots_become_objects_and_times_become_milliseconds() -> None:
    found = nested(**{"http_request.url.hostname": "a.example", "http_request.url.url_string": "/x?y=1"})
    assert found["time"] == 1468471327199
    assert found["time_dt"] == "2016-07-14T04:42:07.199672Z"
    assert found["src_endpoint"] == {"ip": "192.168.1.5", "port": 50123}
    assert found["http_request"]["url"] == {
        "hostname": "a.example",
        "url_string": "/x?y=1",
        "path": "/x",
        "query_string": "y=1",
    }
    assert found["metadata"]["product"] == {"name": "Suricata", "vendor_name": "OISF"}
    assert found["metadata"]["version"] == "1.3.0"


def test_identifiers_have_their_captions() -> None:
    found = nested(disposition_id=2, status_id=1, confidence_id=3)
    assert (found["class_name"], found["category_name"], found["activity_name"]) == (
        "HTTP Activity",
        "Network Activity",
        "Get",
    )
    assert found["type_name"] == "HTTP Activity: Get"
    assert (found["severity"], found["disposition"], found["status"], found["confidence"]) == (
        "Informational",
        "Blocked",
        "Success",
        "High",
    )


def test_the_connection_tells_protocol_and_direction_in_numbers_too() -> None:
    assert nested()["connection_info"] == {
        "protocol_name": "tcp",
        "protocol_num": 6,
        "protocol_ver_id": 4,
        "direction": "Outbound",
        "direction_id": 2,
    }


def test_a_request_for_a_whole_url_still_has_its_path() -> None:
    url = nested(**{"http_request.url.url_string": "http://a.example:80/p/q?u=http://b/c"})["http_request"]["url"]
    assert (url["path"], url["query_string"]) == ("/p/q", "u=http://b/c")
    assert nested(**{"http_request.url.url_string": "/r?u=http://b/c"})["http_request"]["url"]["path"] == "/r"


def test_answers_hashes_and_codes_become_the_arrays_of_the_standard() -> None:
    found = nested(
        **{
            "answers.rdata": ["192.0.2.1", None],
            "answers.type": ["A", "SOA"],
            "answers.ttl": [60, None],
            "file.hashes.sha256": "ab",
            "file.hashes.md5": "cd",
            "codes": ["331", "x"],
            "http_request.x_forwarded_for": "10.2.2.2, 10.3.3.3",
            "tls.ja3_hash.value": "ef",
        }
    )
    assert found["answers"] == [{"rdata": "192.0.2.1", "type": "A", "ttl": 60}, {"type": "SOA"}]
    assert found["file"]["hashes"] == [{"algorithm_id": 1, "value": "cd"}, {"algorithm_id": 3, "value": "ab"}]
    assert found["codes"] == [331, "x"]
    assert found["http_request"]["x_forwarded_for"] == ["10.2.2.2", "10.3.3.3"]
    assert found["tls"]["ja3_hash"] == {"algorithm_id": 1, "value": "ef"}


def test_a_finding_has_an_identity_an_analytic_attacks_and_evidence() -> None:
    found = nested(
        **{
            "class_uid": 2004,
            "category_uid": 2,
            "activity_id": 1,
            "finding_info.title": "ET X",
            "finding_info.analytic.uid": "2019401",
            "finding_info.analytic.version": "7",
            "finding_info.attacks.tactic.uid": "TA0001",
            "finding_info.attacks.technique.uid": "T1190",
            "signature.gid": 1,
            "malware.name": "Mirai",
        }
    )
    finding = found["finding_info"]
    assert finding["uid"] == "1:2019401:7@1468471327199"
    assert finding["analytic"] == {"uid": "2019401", "version": "7", "name": "ET X", "type_id": 1, "type": "Rule"}
    assert finding["attacks"] == [{"tactic": {"uid": "TA0001"}, "technique": {"uid": "T1190"}}]
    assert found["malware"][0]["name"] == "Mirai"
    assert found["is_alert"] is True
    assert found["evidences"][0]["src_endpoint"] == found["src_endpoint"]


def test_housekeeping_goes_where_the_standard_has_a_place() -> None:
    found = nested(contract="SK100001", device="UTM100001", batch="UTM100001/eve/1:0", record=7, received_at=TIME)
    assert found["metadata"]["tenant_uid"] == "SK100001"
    assert found["metadata"]["uid"] == "UTM100001/eve/1:0#7"
    assert found["metadata"]["logged_time"] == 1468471327199
    assert found["device"] == {"uid": "UTM100001"}
    assert not {"contract", "batch", "record", "day", "retention_years"} & set(found)


def test_traffic_that_is_known_each_way_is_added_up() -> None:
    found = nested(**{"traffic.bytes_in": 5, "traffic.bytes_out": 7, "traffic.packets": 2})
    assert found["traffic"] == {"bytes_in": 5, "bytes_out": 7, "bytes": 12, "packets": 2}


def test_what_has_no_column_is_there_as_it_was_even_half_surrogates() -> None:
    assert nested(unmapped='{"a":{"b":"\\ud800\\u0000"}}')["unmapped"] == {"a": {"b": "\ud800\x00"}}


def test_the_raw_line_is_added_on_request_only() -> None:
    row = {**BASE, "raw": b'{"a":"\xff"}'}
    assert "raw_data" not in to_nested(row)
    assert to_nested(row, raw=True)["raw_data"] == '{"a":"\ufffd"}'


def test_rows_leave_out_columns_that_are_empty_throughout() -> None:
    table = pa.Table.from_pylist([BASE, {**BASE, "app_name": "http"}], schema=EVENT_SCHEMA)
    found = list(rows(table))
    assert set(found[0]) == {*BASE, "app_name"}
    assert list(rows(table.slice(0, 0))) == []


def test_answers_that_come_without_types_are_told_all_the_same() -> None:
    found = to_nested({"class_uid": 4003, "answers.rdata": ["192.0.2.1", "192.0.2.2"], "answers.type": ["A"]})
    assert found["answers"] == [{"rdata": "192.0.2.1", "type": "A"}, {"rdata": "192.0.2.2"}]
