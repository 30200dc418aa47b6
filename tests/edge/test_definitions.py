"""Definitions from their sources to a box: built, tested by real engines, signed, fetched, proven, switched to."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.definitions import building
from sekisho.definitions.gather import gather, read_source
from sekisho.definitions.repository import ROLE_DAYS, Repository
from sekisho.gateways import clock
from sekisho_edge.definitions_check import check_set, signature_text
from sekisho_edge.definitions_client import Definitions, read_state
from sekisho_wire.definitions import (
    BUCKETS,
    Channels,
    DefinitionsError,
    Upcoming,
    bucket,
    is_path,
    read_manifest,
    version_for,
)

from .test_link_and_collector import site  # noqa: F401 - a fixture

DATA = Path(__file__).parents[3] / "shared" / "data" / "definitions" / "et-open-2019.rules.gz"
needs_suricata = pytest.mark.skipif(shutil.which("suricata") is None, reason="suricata is not installed")
needs_clamd = pytest.mark.skipif(shutil.which("clamd") is None, reason="clamd is not installed")

RULE = 'alert tcp any any -> any any (msg:"{0}"; content:"needle{0}"; sid:{0}; rev:1;)\n'
DEVICE = "UTM100001"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def domains(tmp_path: Path, count: int, name: str = "games") -> str:
    """A source of one category; no engine is needed to test it."""
    path = write(tmp_path / f"{name}.txt", "".join(f"site{n}.example\n" for n in range(count)))
    return f"categories/{name}={path}"


def built(folder: Path, *sources: str, **how):
    return building.build(folder, [read_source(text) for text in sources], who="operator", **how)


@pytest.fixture
def centre(tmp_path: Path) -> Path:
    return tmp_path / "centre"


class Box:
    """A box whose link is the repository's folder itself; ``asked`` is every path it wanted."""

    def __init__(self, centre: Path, state: Path, device: str = DEVICE) -> None:
        self.centre, self.asked = centre, []
        self.state = state
        self.definitions = Definitions(state, device, self._fetch)

    def _fetch(self, path: str) -> Iterator[bytes]:
        assert is_path(path)
        self.asked.append(path)
        yield (self.centre / "repository" / path).read_bytes()

    def look(self) -> int:
        """Fetch, and switch if there is something new; the version in force then."""
        folder = self.definitions.fetch_newest(time.time())
        if folder is not None:
            self.definitions.switch_to(int(folder.name))
        return read_state(self.state).version

    def current(self) -> Path:
        return self.state / "definitions" / "current"


@pytest.fixture
def box(centre: Path, tmp_path: Path) -> Box:
    return Box(centre, tmp_path / "box")


# --- who gets which version: pure ---------------------------------------------------------------


def test_named_devices_come_first_and_the_others_stay_where_they_are():
    channels = Channels(1, Upcoming(2, (DEVICE,), 0))
    assert version_for(channels, DEVICE) == 2
    assert version_for(channels, "UTM100002") == 1
    assert version_for(Channels(), DEVICE) == 0


@given(st.integers(1, 10**10), st.integers(0, 100), st.integers(0, 100))
def test_a_share_only_grows_and_a_hundred_percent_is_everybody(version, one, other):
    devices = [f"UTM{100_000 + number}" for number in range(200)]
    fewer, more = sorted((one, other))

    def reached(percent):
        channels = Channels(0, Upcoming(version, (), percent))
        return {device for device in devices if version_for(channels, device) == version}

    assert reached(fewer) <= reached(more)
    assert reached(100) == set(devices) and reached(0) == set()
    assert all(0 <= bucket(device, version) < BUCKETS for device in devices)


@given(st.text(max_size=60))
def test_a_path_of_the_repository_never_leads_outside(text):
    if is_path(text):
        assert not text.startswith("/") and ".." not in text.split("/")


def test_a_manifest_that_names_places_outside_is_refused():
    for path in ("../evil", "/etc/passwd", "a/../../b", ".hidden"):
        text = json.dumps({"version": 1, "built_at": "", "files": [{"path": path, "sha256": "", "size_bytes": 1}]})
        with pytest.raises(DefinitionsError, match="outside"):
            read_manifest(text.encode())


# --- gathering ----------------------------------------------------------------------------------


def test_lists_are_read_in_every_way_that_their_makers_write_them(tmp_path: Path):
    hosts = "# a comment\n0.0.0.0 Bad.Example\n*.wild.example\n.dotted.example.\nbad.example\n日本.example # why\n"
    write(tmp_path / "list" / "malware" / "domains", hosts)
    gather([read_source(f"categories/malware={tmp_path / 'list'}")], tmp_path / "set")
    lines = (tmp_path / "set" / "categories" / "malware.txt").read_text().splitlines()
    assert lines == ["bad.example", "dotted.example", "wild.example", "xn--wgv71a.example"]


def test_a_file_tells_by_its_name_what_it_is_and_a_source_with_nothing_in_it_is_named(tmp_path: Path):
    write(tmp_path / "one" / "LICENSE", "words")
    write(tmp_path / "one" / "emerging.rules", RULE.format(1))
    gather([read_source(str(tmp_path / "one"))], tmp_path / "set")
    assert [path.name for path in (tmp_path / "set").rglob("*.*")] == ["emerging.rules"]
    write(tmp_path / "two" / "README", "words")
    with pytest.raises(DefinitionsError, match="nothing in it is a definition"):
        gather([read_source(str(tmp_path / "two"))], tmp_path / "set2")
    with pytest.raises(DefinitionsError, match="only https"):
        gather([read_source("signatures=http://198.51.100.1/x.rules")], tmp_path / "set3")
    with pytest.raises(DefinitionsError, match="no kind"):
        read_source("signature=x.rules")


def test_a_source_replaces_what_the_box_was_shipped_with_but_no_other_source(tmp_path: Path):
    base = write(tmp_path / "base" / "applications.json", '["shipped"]').parent
    write(base / "categories" / "games.txt", "one.example\n")
    newer = str(write(tmp_path / "newer" / "applications.json", '["newer"]'))
    gather([read_source(newer), read_source(domains(tmp_path, 1))], tmp_path / "set", base)
    assert (tmp_path / "set" / "applications.json").read_text() == '["newer"]'
    assert (tmp_path / "set" / "categories" / "games.txt").read_text() == "one.example\nsite0.example\n"
    one = str(write(tmp_path / "a" / "x.rules", "one"))
    other = str(write(tmp_path / "b" / "x.rules", "other"))
    with pytest.raises(DefinitionsError, match="they differ"):
        gather([read_source(one), read_source(other)], tmp_path / "set2", base)


# --- the engines' own word ----------------------------------------------------------------------


@needs_suricata
@pytest.mark.skipif(not DATA.exists(), reason="the shared definitions are not here")
def test_the_18219_signatures_load_and_reach_the_box_as_they_are(tmp_path: Path, centre: Path, box: Box):
    bad = write(tmp_path / "bad.rules", RULE.format(9_999_001) + "alert tcp any any -> any any (nonsense:1; sid:9;)\n")
    manifest = built(centre, f"signatures={DATA}", f"signatures={bad}", first_devices=[DEVICE])
    assert manifest.counts == {"signatures": 18_220}
    assert manifest.left_out == ("signatures/bad.rules, line 2: detect-parse: unknown rule keyword 'nonsense'.",)
    assert box.look() == manifest.version
    text = signature_text(box.current())
    assert text.count("\nalert ") + text.count("\ndrop ") + text.startswith("alert") >= 18_219
    assert "sid:9999001;" in text and "# left out: alert tcp any any -> any any (nonsense" in text


@needs_suricata
def test_a_source_with_more_than_a_few_bad_lines_is_broken(tmp_path: Path, centre: Path):
    rules = write(tmp_path / "x.rules", "".join(RULE.format(n) for n in range(1, 11)) + RULE.format("x") * 2)
    with pytest.raises(DefinitionsError, match=r"signatures/x\.rules, line 11"):
        built(centre, str(rules))
    assert Repository(centre).versions() == []


def test_yara_rules_are_compiled_and_the_place_of_an_error_is_told(tmp_path: Path):
    pytest.importorskip("yara_x")
    write(tmp_path / "yara" / "good.yar", 'rule one { strings: $a = "x" condition: $a } rule two { condition: false }')
    assert check_set(tmp_path).counts == {"yara": 2}
    write(tmp_path / "yara" / "worse.yar", "rule three { condition: $nowhere }")
    (fault,) = check_set(tmp_path).faults
    assert fault.path == "yara/worse.yar" and "nowhere" in fault.says


@needs_clamd
def test_virus_databases_are_loaded_by_clamd(tmp_path: Path):
    write(tmp_path / "clamav" / "own.ndb", "Test.One:0:*:4141414142424242\nTest.Two:0:*:4343434344444444\n")
    assert check_set(tmp_path).counts == {"clamav": 2}
    write(tmp_path / "clamav" / "worse.ndb", "no database\n")
    checked = check_set(tmp_path)
    assert checked.counts == {"clamav": 0} and "worse.ndb" in " ".join(map(str, checked.faults))


def test_lists_that_would_cut_everybody_off_are_faults(tmp_path: Path):
    write(tmp_path / "categories" / "malware.txt", "bad.example\nduckduckgo.com\nco.jp\njp\nUPPER.example\n")
    write(tmp_path / "categories" / "search.txt", "duckduckgo.com\n")
    write(tmp_path / "geo" / "JP.txt", "192.0.2.0/24\n192.0.2.1/24\n")
    write(tmp_path / "hashes.sha256", "0" * 64 + "\nnone\n")
    faults = [(fault.path, fault.line) for fault in check_set(tmp_path).faults]
    malware = [("categories/malware.txt", line) for line in (2, 3, 4, 5)]
    assert faults == [*malware, ("hashes.sha256", 2), ("geo/JP.txt", 2)]


# --- not suddenly empty -------------------------------------------------------------------------


def test_a_set_that_has_suddenly_become_small_is_refused_unless_a_person_says_so(tmp_path: Path, centre: Path):
    first = built(centre, domains(tmp_path, 100))
    building.promote(centre, who="operator")
    with pytest.raises(DefinitionsError, match=r"categories: 60 entries where 100 are in force.*--may-shrink"):
        built(centre, domains(tmp_path, 60))
    assert Repository(centre).channels() == Channels(first.version)
    second = built(centre, domains(tmp_path, 60), may_shrink=["categories"])
    assert second.version == first.version + 1
    assert [step["what"] for step in building.journal(centre)] == ["build", "promote", "build"]


def test_a_kind_that_is_gone_altogether_counts_as_suddenly_empty(tmp_path: Path, centre: Path):
    hashes = write(tmp_path / "known.sha256", "0" * 64 + "\n")
    built(centre, domains(tmp_path, 10), str(hashes))
    building.promote(centre, who="operator")
    with pytest.raises(DefinitionsError, match="hashes: 0 entries where 1 are in force"):
        built(centre, domains(tmp_path, 10))


def test_an_empty_set_is_refused(tmp_path: Path, centre: Path):
    with pytest.raises(DefinitionsError, match="empty"):
        built(centre, domains(tmp_path, 0))


# --- on the box ---------------------------------------------------------------------------------


def test_first_one_device_then_everybody_then_back(tmp_path: Path, centre: Path, box: Box):
    other = Box(centre, tmp_path / "other", "UTM100002")
    one = built(centre, domains(tmp_path, 10), first_devices=[DEVICE]).version
    assert (box.look(), other.look()) == (one, 0)
    building.promote(centre, who="operator")
    assert (box.look(), other.look()) == (one, one)
    two = built(centre, domains(tmp_path, 12), first_devices=[DEVICE]).version
    assert (box.look(), other.look()) == (two, one)
    assert len((box.current() / "categories" / "games.txt").read_text().splitlines()) == 12
    building.withdraw(centre, who="operator")
    assert (box.look(), other.look()) == (one, one)


def test_what_has_not_changed_is_not_fetched_again(tmp_path: Path, centre: Path, box: Box):
    large = domains(tmp_path, 5_000, "large")
    built(centre, large, domains(tmp_path, 10))
    building.promote(centre, who="operator")
    box.look()
    box.asked.clear()
    built(centre, large, domains(tmp_path, 11))
    building.promote(centre, who="operator")
    box.look()
    assert len([path for path in box.asked if path.startswith("targets/files/")]) == 1
    box.asked.clear()
    box.look()
    assert not [path for path in box.asked if path.startswith("targets/")]


def test_a_version_that_is_not_good_here_gives_way_to_the_last_good_one_and_is_not_tried_again(
    tmp_path: Path, centre: Path, box: Box
):
    one = built(centre, domains(tmp_path, 10)).version
    building.promote(centre, who="operator")
    box.look()
    two = built(centre, domains(tmp_path, 11)).version
    building.promote(centre, who="operator")
    assert box.look() == two
    box.definitions.refuse(two, "the sensor did not load it")
    state = read_state(box.state)
    assert (state.version, state.refused, state.reason) == (one, two, "the sensor did not load it")
    assert box.current().resolve().name == str(one)
    assert box.look() == one and read_state(box.state).reason == "the sensor did not load it"
    three = built(centre, domains(tmp_path, 12)).version
    building.promote(centre, who="operator")
    assert box.look() == three and read_state(box.state).reason == ""


def test_the_first_set_refused_leaves_the_box_with_what_it_was_shipped_with(tmp_path: Path, centre: Path, box: Box):
    one = built(centre, domains(tmp_path, 10)).version
    building.promote(centre, who="operator")
    box.look()
    box.definitions.refuse(one, "no")
    assert not box.current().exists() and read_state(box.state).version == 0


@pytest.mark.parametrize("kind", ["file", "manifest", "timestamp"])
def test_what_was_changed_on_its_way_is_not_believed(tmp_path: Path, centre: Path, box: Box, kind: str):
    one = built(centre, domains(tmp_path, 10)).version
    building.promote(centre, who="operator")
    box.look()
    built(centre, domains(tmp_path, 11))
    building.promote(centre, who="operator")
    repository = centre / "repository"
    pattern = {"file": "targets/files/*", "manifest": "targets/sets/*", "timestamp": "metadata/timestamp.json"}[kind]
    for path in repository.glob(pattern):
        path.write_bytes(path.read_bytes().replace(b"site1", b"evil1").replace(b'"version"', b'"Version"'))
    with pytest.raises(DefinitionsError):
        box.look()
    state = read_state(box.state)
    assert state.version == one and state.reason
    assert "evil1" not in (box.current() / "categories" / "games.txt").read_text()


def test_another_repository_is_not_believed_however_well_it_signs(tmp_path: Path, centre: Path, box: Box):
    one = built(centre, domains(tmp_path, 10)).version
    building.promote(centre, who="operator")
    box.look()
    impostor = tmp_path / "impostor"
    for count in range(11, 15):
        built(impostor, domains(tmp_path, count))
    building.promote(impostor, who="impostor")
    box.centre = impostor
    with pytest.raises(DefinitionsError, match=r"signed by 0/1 keys|verif"):
        box.look()
    assert read_state(box.state).version == one


def test_an_old_state_of_the_repository_is_not_taken_for_the_newest(tmp_path: Path, centre: Path, box: Box):
    built(centre, domains(tmp_path, 10))
    building.promote(centre, who="operator")
    shutil.copytree(centre, tmp_path / "old")
    two = built(centre, domains(tmp_path, 11)).version
    building.promote(centre, who="operator")
    assert box.look() == two
    box.centre = tmp_path / "old"
    with pytest.raises(DefinitionsError):
        box.look()
    assert read_state(box.state).version == two


def test_a_signature_that_ran_out_is_told_and_renewal_ends_it(tmp_path: Path, centre: Path, box: Box):
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=ROLE_DAYS["timestamp"] + 1)
    with clock.standing_at(long_ago):
        one = built(centre, domains(tmp_path, 10)).version
        building.promote(centre, who="operator")
    with pytest.raises(DefinitionsError, match="expired"):
        box.look()
    assert "expired" in read_state(box.state).reason
    with Repository(centre).held():
        assert Repository(centre).renew()
        assert not Repository(centre).renew()
    assert box.look() == one


def test_a_crash_while_a_set_is_put_together_leaves_the_one_before_and_the_next_look_mends_it(
    tmp_path: Path, centre: Path, box: Box
):
    one = built(centre, domains(tmp_path, 10)).version
    building.promote(centre, who="operator")
    box.look()
    two = built(centre, domains(tmp_path, 11), domains(tmp_path, 7, "news")).version
    building.promote(centre, who="operator")
    fetch, calls = box._fetch, []

    def failing(path):
        calls.append(path)
        if path.startswith("targets/files/") and len([call for call in calls if "files" in call]) == 2:
            raise OSError("the power went")
        return fetch(path)

    halfway = Definitions(box.state, DEVICE, failing)
    with pytest.raises(DefinitionsError, match="the power went"):
        halfway.fetch_newest(time.time())
    assert read_state(box.state).version == one and box.current().resolve().name == str(one)
    assert box.look() == two


# --- over the link ------------------------------------------------------------------------------


def test_a_box_fetches_over_its_log_link_and_strangers_get_nothing(tmp_path: Path, centre: Path, site: Path):  # noqa: F811
    from sekisho.gateways.bus_memory import MemoryBus
    from sekisho.pipeline.collect.edge import EdgeCollector
    from sekisho.pipeline.collect.listen import server_context
    from sekisho.pipeline.collect.repository import RepositoryFiles
    from sekisho_edge.definitions_link import RepositoryLink
    from sekisho_edge.link import client_context

    version = built(centre, domains(tmp_path, 30_000), first_devices=[DEVICE]).version
    files = RepositoryFiles(centre / "repository", downloads_max=1)

    async def story():
        context = server_context(site / "ca.pem", site / "collector.pem", site / "collector.key")
        collector = EdgeCollector(MemoryBus(), context, lambda device: device == DEVICE, files)
        port = await collector.listen("127.0.0.1", 0)
        client = client_context(site / "ca.pem", site / "device.pem", site / "device.key")
        link, second = RepositoryLink(("127.0.0.1", port), client), RepositoryLink(("127.0.0.1", port), client)
        definitions = Definitions(tmp_path / "box", DEVICE, link)
        try:
            folder = await asyncio.to_thread(definitions.fetch_newest, time.time())
            with pytest.raises(FileNotFoundError):
                await asyncio.to_thread(lambda: list(link("metadata/../../keys/root.pem")))
            with pytest.raises(FileNotFoundError):
                await asyncio.to_thread(lambda: list(link("metadata")))
            with pytest.raises(OSError, match="busy"):
                await asyncio.to_thread(lambda: list(second("metadata/timestamp.json")))
        finally:
            link.close()
            second.close()
            await collector.close()
        return folder

    folder = asyncio.run(story())
    assert folder.name == str(version)
    assert len((folder / "categories" / "games.txt").read_text().splitlines()) == 30_000
    assert files.downloads == 0
