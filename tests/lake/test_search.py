"""Search: only the named contracts, only the span, newest first, and hostile text stays text."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.lake import FilterError, Lake, LakeWriter, SearchTooLong

from .rows import ALL_TIME, NOON, commit

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(scope="module")
def filled(the_writer: LakeWriter, lake: Lake) -> Lake:
    the_writer.append(
        [
            commit(
                "b1",
                4,
                src_endpoint__ip=["10.0.0.1", "10.0.1.2", "192.0.2.77", None],
                dst_endpoint__port=[80, 443, 22, None],
                http_request__url__url_string=["/a/../etc/PASSWD", "/100%", "it's_\\x", None],
                answers__rdata=[["192.0.2.1", "x.example"], [], None, None],
                raw=[b'{"a":"it\'s"}', b"plain", b"\xff\x00", "日本".encode()],
            ),
            commit("b2", 4, contract="SK100002", src_endpoint__ip="10.0.0.1"),
        ]
    )
    return lake


def records(lake: Lake, where: str, contracts=frozenset({"SK100001"}), **more) -> list[int]:
    rows = lake.search(contracts=contracts, where=where, **{**ALL_TIME, **more}).rows
    return sorted(rows["record"].to_pylist())


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("", [0, 1, 2, 3]),
        ("src_endpoint.ip = 10.0.0.1", [0]),
        ("src_endpoint.ip != 10.0.0.1", [1, 2, 3]),
        ("not src_endpoint.ip = 10.0.0.1", [1, 2, 3]),
        ("src_endpoint.ip in 10.0.0.0/23", [0, 1]),
        ("src_endpoint.ip in 192.0.2.64/26", [2]),
        ("src_endpoint.ip in (10.0.0.1, 192.0.2.77)", [0, 2]),
        ("dst_endpoint.port in (22, 443)", [1, 2]),
        ("dst_endpoint.port >= 80", [0, 1]),
        ("dst_endpoint.port exists", [0, 1, 2]),
        ("not dst_endpoint.port exists", [3]),
        ('http_request.url.url_string ~ "*etc/passwd*"', [0]),
        ('http_request.url.url_string ~ "*100%"', [1]),
        ('http_request.url.url_string ~ "it\'s?\\\\x"', [2]),
        ('http_request.url.url_string !~ "*%*"', [0, 2, 3]),
        ("answers.rdata = x.example", [0]),
        ("answers.rdata ~ 192.0.2.*", [0]),
        ('raw ~ "*it\'s*"', [0]),
        ('raw ~ "*日本*"', [3]),
        ("raw = plain", [1]),
        ("(dst_endpoint.port = 80 or dst_endpoint.port = 22) and not src_endpoint.ip ~ 192*", [0]),
        ("dst_endpoint.port = 80 or dst_endpoint.port = 22 and src_endpoint.ip = nobody", [0]),
        ("contract = SK100002", []),
        ("time >= 2026-11-23T12:00:00.002+09:00", [2, 3]),
    ],
)
def test_filters_find_what_they_say(filled: Lake, where: str, expected: list[int]):
    assert records(filled, where) == expected


def test_the_scope_is_kept_whatever_the_filter_says(filled: Lake):
    assert records(filled, "contract = SK100002 or record >= 0") == [0, 1, 2, 3]
    assert records(filled, "", contracts=set()) == []
    assert records(filled, "", contracts={"SK1", "SK100002"}) == [0, 1, 2, 3]
    assert records(filled, "", contracts={f"SK{i}" for i in range(100_000, 100_200)}) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert records(filled, "", contracts={"x') OR ('1'='1"}) == []


def test_the_span_includes_its_start_and_not_its_end(filled: Lake):
    assert records(filled, "", since=NOON, until=NOON + dt.timedelta(milliseconds=2)) == [0, 1]
    with pytest.raises(ValueError, match="aware"):
        records(filled, "", since=dt.datetime(2026, 1, 1))  # noqa: DTZ001  the point of the test


def test_pages_follow_each_other_newest_first_without_gap_or_repeat(writer: LakeWriter, lake: Lake, contract: str):
    times = [NOON + (i % 7) * MINUTE for i in range(50)]
    writer.append([commit(f"{contract}/{b}", 50, contract=contract, time=times) for b in range(3)])
    seen, cursor = [], None
    while True:
        page = lake.search(contracts={contract}, **ALL_TIME, limit=11, cursor=cursor)
        seen += [(r["time"], r["batch"], r["record"]) for r in page.rows.to_pylist()]
        cursor = page.cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 150
    assert seen == sorted(seen, reverse=True)


def test_counting_agrees_with_searching(filled: Lake):
    question = {"contracts": {"SK100001", "SK100002"}, **ALL_TIME, "where": "src_endpoint.ip = 10.0.0.1"}
    assert filled.count(**question) == filled.search(**question).rows.num_rows == 5


def test_the_lines_behind_a_finding_are_found_by_batch_and_record(filled: Lake):
    assert filled.rows_of("SK100001", "b1", 1)["raw"].to_pylist() == [b"plain"]
    assert filled.rows_of("SK100001", "b1").num_rows == 4
    assert filled.rows_of("SK100002", "b1").num_rows == 0


def test_a_search_that_takes_too_long_is_stopped(filled: Lake):
    with Lake(filled.settings, query_seconds_max=0.001) as hasty, pytest.raises(SearchTooLong):
        for _ in range(50):
            hasty.search(contracts={"SK100001"}, **ALL_TIME)


def test_unknown_columns_and_cursors_are_refused(filled: Lake):
    with pytest.raises(FilterError):
        filled.search(contracts={"SK100001"}, **ALL_TIME, columns=["contract; drop"])
    for cursor in ("x", "bm90IGpzb24", "WzEsMl0"):
        with pytest.raises(FilterError):
            filled.search(contracts={"SK100001"}, **ALL_TIME, cursor=cursor)


def test_a_reader_can_reach_nothing_but_the_lake(filled: Lake):
    filled.counts()
    connection = filled._opened()
    for statement in (
        "SELECT * FROM read_text('/etc/hostname')",
        "ATTACH '/etc/x.db'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "INSERT INTO lake.events (contract) VALUES ('SK100001')",
        "COPY (SELECT 1) TO '/var/x.csv'",
    ):
        with pytest.raises(Exception, match=r"(?i)permission|locked|read-only|disabled"):
            connection.cursor().execute(statement)
