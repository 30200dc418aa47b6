"""Our columns against what others expect of 259 real lines of 16 products; the comparison is in ``agreement``."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from sekisho.ocsf.device import DeviceContext
from sekisho.pipeline.normalise import PRODUCTS, recognise_line

from .agreement import Case, Verdict, cases, verdicts
from .conftest import RECEIVED, shared

AGREEMENT_MIN = 0.97
PRODUCT_MIN = 0.90
"""Of a product with few samples, one misreading of its makers weighs several per cent."""

SAMPLED = (
    *("barracuda", "cef", "checkpoint", "cisco_asa", "forcepoint", "fortigate", "juniper_srx", "netfilter", "panos"),
    *("sonicwall", "sophos", "squid", "stormshield", "suricata", "unbound", "watchguard"),
)
_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")


@pytest.fixture(scope="module")
def samples() -> dict[str, list[Case]]:
    found = {}
    for product in SAMPLED:
        device = DeviceContext(device="UTM100001", contract="SK100001", product=product)
        found[product] = cases(shared(f"logs/vendor/{product}.jsonl"), product, device, RECEIVED)
    return found


def judged(samples: list[Case]) -> list[Verdict]:
    return [verdict for case in samples for verdict in verdicts(case)]


def test_the_columns_agree_with_what_the_samples_makers_expect(samples: dict[str, list[Case]]) -> None:
    found = {product: judged(lines) for product, lines in samples.items()}
    shares = {product: sum(v.agrees for v in each) / len(each) for product, each in found.items()}
    for product, share in sorted(shares.items()):
        print(f"{product:12} {share:7.2%} of {len(found[product])} comparable fields")
    everything = [verdict for each in found.values() for verdict in each]
    share = sum(verdict.agrees for verdict in everything) / len(everything)
    print(f"{'in all':12} {share:7.2%} of {len(everything)}")
    assert len(everything) > 3000
    assert share >= AGREEMENT_MIN
    assert {product: share for product, share in shares.items() if share < PRODUCT_MIN} == {}


@pytest.mark.parametrize("product", SAMPLED)
def test_every_sample_line_is_read_and_kept_byte_for_byte(product: str, samples: dict[str, list[Case]]) -> None:
    assert [(case.name, case.reason) for case in samples[product] if case.row is None] == []
    assert [case.name for case in samples[product] if case.row and case.row["raw"] != case.message] == []


@pytest.mark.parametrize("product", SAMPLED)
def test_every_line_has_the_time_that_its_makers_see_in_it(product: str, samples: dict[str, list[Case]]) -> None:
    late = dt.timedelta(days=1)
    for case in samples[product]:
        if case.row and "@timestamp" in case.expected:
            told = dt.datetime.fromisoformat(case.expected["@timestamp"])
            assert abs(case.row["time"] - told) < late, case.name


@pytest.mark.parametrize("product", SAMPLED)
def test_every_line_with_two_ends_has_both_and_its_outcome(product: str, samples: dict[str, list[Case]]) -> None:
    wrong = []
    for case in samples[product]:
        row, theirs = case.row or {}, case.expected
        for end, column in (("source.ip", "src_endpoint.ip"), ("destination.ip", "dst_endpoint.ip")):
            if _ADDRESS.fullmatch(str(theirs.get(end, ""))) and row[column] is None:
                wrong.append((case.name, column))
        assert row["outcome"] in ("blocked", "allowed", "detected", "unknown")
    # System messages that name addresses only in their prose are the exception, not the rule.
    assert len(wrong) <= max(1, len(samples[product]) // 12), wrong


def test_blocked_and_allowed_are_never_mistaken_for_each_other(samples: dict[str, list[Case]]) -> None:
    stop = re.compile(r"\b(?:deny|denied|drop|dropped|block|blocked|discard|reject|rejected|reset-both)\b")
    go = re.compile(r"\b(?:allow|allowed|accept|accepted|permit|permitted|pass)\b")
    for lines in samples.values():
        for case in lines:
            action = ((case.row or {}).get("action") or "").lower()
            if stop.search(action) and "without" not in action:
                assert case.row["outcome"] == "blocked", case.name
            elif go.fullmatch(action) and case.row["class_uid"] != 2004:
                # What a policy let through a security profile may still have stopped.
                assert case.row["outcome"] in ("allowed", "blocked"), case.name


def test_the_product_is_found_from_the_line(samples: dict[str, list[Case]]) -> None:
    wrong = []
    for product, lines in samples.items():
        for case in lines:
            found = recognise_line(case.message)
            same = found == product or (product == "cef" and found in ("fortigate", "panos"))
            if not same:
                wrong.append((product, case.name, found))
    assert wrong == []


def test_every_sampled_product_can_be_named() -> None:
    of_our_own_box = {"sekisho-icap", "sekisho-mail"}
    assert set(SAMPLED) | {"zeek", "leef"} | of_our_own_box == set(PRODUCTS)
