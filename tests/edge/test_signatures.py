"""Which signatures a line loads, which of them drop, and what exceptions do, in text and on packets."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho_edge.converge import DEFINITIONS
from sekisho_edge.inspect_capture import inspect_capture
from sekisho_edge.lab import site
from sekisho_edge.lab.policy import lab_policy
from sekisho_edge.render import RENDERED
from sekisho_edge.render.signatures import ends_of, render_rules
from sekisho_wire.policy import IntrusionPrevention, SecurityPolicy, SignatureException, problems, upgraded

DATA = Path(__file__).parents[3] / "shared" / "data"
LARGE = DATA / "definitions" / "et-open-2019.rules.gz"
needs_definitions = pytest.mark.skipif(not LARGE.exists(), reason="the shared definitions are not here")
needs_suricata = pytest.mark.skipif(shutil.which("suricata") is None, reason="suricata is not installed")

RULE = "alert {way} (msg:{sid}; {extra}classtype:{kind}; sid:{sid}; rev:1;{severity})"


def rule(sid: int, *, way="tcp any any -> $HOME_NET 80", extra="", kind="misc-attack", severity="Major") -> str:
    metadata = f" metadata:signature_severity {severity};" if severity else ""
    return RULE.format(sid=sid, way=way, extra=extra, kind=kind, severity=metadata)


def policy(*exceptions: SignatureException, **how) -> SecurityPolicy:
    return upgraded(lab_policy(IntrusionPrevention(**({"mode": "prevent"} | how), exceptions=exceptions)))


def rendered(whole: SecurityPolicy, *rules: str, today: dt.date | None = None) -> list[str]:
    assert problems(whole, RENDERED) == []
    return render_rules(whole, "\n".join(rules), today).splitlines()


def test_profiles_load_more_and_more_and_always_what_keeps_state():
    rules = [
        rule(1),
        rule(2, severity="Minor"),
        rule(3, severity="Audit"),
        rule(4, severity="", kind="policy-violation"),
        rule(5, severity="Audit", extra="flowbits:set,a; noalert; "),
        rule(6, severity="", kind="trojan-activity"),
    ]

    def loaded(profile):
        return [int(re.search(r"sid:(\d+)", line)[1]) for line in rendered(policy(profile=profile), *rules)]

    assert loaded("light") == [1, 5]
    assert loaded("balanced") == [1, 2, 5, 6]
    assert loaded("full") == [1, 2, 3, 4, 5, 6]


def test_an_exception_says_what_one_signature_does():
    exceptions = (
        SignatureException("a", 1, "silence"),
        SignatureException("b", 2, "alert"),
        SignatureException("c", 3, "drop"),
    )
    lines = rendered(policy(*exceptions), rule(1), rule(2), rule(3, severity="Minor"), rule(4))
    assert [line.split()[0] for line in lines] == ["alert", "drop", "drop"]


def test_a_silenced_signature_that_others_need_goes_on_without_a_word():
    (line,) = rendered(policy(SignatureException("a", 1, "silence")), rule(1, extra="flowbits:set,a; "))
    assert line.endswith(" noalert;)") and line.startswith("alert")


@pytest.mark.parametrize(
    ("way", "side", "wanted"),
    [
        ("tcp any any -> $HOME_NET 80", {"source": ("192.0.2.1",)}, "tcp [!192.0.2.1] any -> $HOME_NET 80"),
        ("tcp any any -> $HOME_NET 80", {"destination": ("192.0.2.0/24", "192.0.3.1")},
         "tcp any any -> [$HOME_NET,!192.0.2.0/24,!192.0.3.1] 80"),
        ("tcp [$A, 10.0.0.1] [80,81] -> any any", {"source": ("192.0.2.1",)},
         "tcp [$A, 10.0.0.1,!192.0.2.1] [80,81] -> any any"),
        ("tcp $A any <> any any", {"source": ("192.0.2.1",)}, "tcp [$A,!192.0.2.1] any <> [!192.0.2.1] any"),
    ],
)  # fmt: skip
def test_an_exception_for_some_addresses_leaves_the_signature_as_it_is_for_the_others(way, side, wanted):
    (line,) = rendered(policy(SignatureException("a", 1, "silence", **side)), rule(1, way=way))
    assert line.startswith(f"drop {wanted} (")


def test_an_exception_ends_with_its_last_day():
    until = dt.date(2026, 5, 10)
    excepted = policy(SignatureException("a", 1, "silence", until=until))
    assert rendered(excepted, rule(1), today=until) == []
    assert len(rendered(excepted, rule(1), today=until + dt.timedelta(days=1))) == 1
    assert ends_of(excepted) == {until}


@pytest.mark.parametrize(
    "narrow",
    [
        SignatureException("a", 1, "alert", source=("192.0.2.1",)),
        SignatureException("a", 1, "silence", source=("192.0.2.1",), destination=("192.0.2.2",)),
    ],
)
def test_what_one_signature_cannot_say_is_refused(narrow: SignatureException):
    (problem,) = problems(policy(narrow), RENDERED)
    assert problem.pointer == "/intrusion/exceptions/0" and "narrow_exceptions" in problem.reason


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(1, 30), max_size=5), st.sampled_from(["detect", "prevent"]), st.sampled_from(["light", "full"])
)
def test_what_keeps_state_is_there_in_every_policy_and_never_drops(sids, mode, profile):
    keeping = [rule(sid, extra=("flowbits:set,a; noalert; ", "flowbits:set,b; ")[sid % 2]) for sid in range(1, 31)]
    exceptions = [
        SignatureException(f"e{n}", sid, ("drop", "silence", "alert")[n % 3] if mode == "prevent" else "silence")
        for n, sid in enumerate(sids)
    ]
    lines = rendered(policy(*exceptions, mode=mode, profile=profile), *keeping)
    assert len(lines) == len(keeping)
    assert not any(line.startswith("drop") for line in lines)


@needs_definitions
@needs_suricata
@pytest.mark.parametrize(("profile", "at_least", "at_most"), [("light", 9_000, 11_000), ("full", 18_000, 18_300)])
def test_eighteen_thousand_signatures_load_with_each_profile(profile: str, at_least: int, at_most: int, tmp_path: Path):
    definitions = gzip.decompress(LARGE.read_bytes()).decode()
    text = render_rules(policy(profile=profile), definitions)
    assert at_least < sum(line.startswith(("alert", "drop")) for line in text.splitlines()) < at_most


@needs_suricata
def test_in_a_recording_an_exception_is_silent_for_its_address_and_not_for_others(tmp_path: Path):
    """The recorded attack once as it is, once with an exception for the attacker, once for somebody else."""
    capture = next(Path(__file__).parents[2].glob("src/**/site-attack.pcap"), None)
    if capture is None:
        pytest.skip("the recording is not here")

    def sids(*exceptions):
        out = tmp_path / str(len(list(tmp_path.iterdir())))
        whole = upgraded(lab_policy(IntrusionPrevention(exceptions=exceptions)))
        eve = inspect_capture(capture, out, whole, (site.WAN_ADDRESS,))
        events = map(json.loads, eve.read_bytes().splitlines())
        return {event["alert"]["signature_id"] for event in events if event["event_type"] == "alert"}

    everything = sids()
    assert 9000020 in everything
    attacker = SignatureException("a", 9000020, "silence", source=(site.ATTACKER_ADDRESS,))
    assert sids(attacker) == everything - {9000020}
    assert sids(SignatureException("a", 9000020, "silence", source=("192.0.2.99",))) == everything


@needs_suricata
def test_the_rendered_exceptions_pass_suricatas_own_check(tmp_path: Path):
    exceptions = (
        SignatureException("a", 9000020, "silence", source=(site.ATTACKER_ADDRESS, "10.0.0.0/8", "10.1.0.1-10.1.0.9")),
        SignatureException("b", 9000040, "silence", destination=("192.0.2.7",)),
    )
    (tmp_path / "x.rules").write_text(render_rules(policy(*exceptions), DEFINITIONS.read_text()))
    argv = ["suricata", "-T", "-S", str(tmp_path / "x.rules"), "-l", str(tmp_path)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
