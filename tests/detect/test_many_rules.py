"""Many rules at once: nothing is lost where the engine splits its work, and cost grows far slower than rules."""

from __future__ import annotations

import random
import string

from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.ocsf.columns import EVENT_SCHEMA
from sekisho.pipeline.detect import Detector, shipped_rules, text

from .rows import ALERT, DNS, HTTP, NETWORK, http, rule_set, sigma, table

COUNT = 600


def test_each_of_many_rules_finds_its_own_row_and_no_other(tmp_path):
    chance = random.Random(7)
    words = ["".join(chance.choices(string.ascii_lowercase + "*?.[(", k=12)) + f"#{number}#" for number in range(COUNT)]
    assert sum(map(len, words)) > text.UNION_CHARS_MAX
    literal = [word.replace("*", r"\*").replace("?", r"\?") for word in words]
    rules = [sigma({"s": {"c-uri|contains": word}, "condition": "s"}, number=i) for i, word in enumerate(literal)]
    rows = [http(url=f"/{word.upper()}/") for word in words]
    found = Detector(rule_set(tmp_path, rules)).findings(table(*rows))
    assert [(f.record, int(f.rule_id[-12:])) for f in found] == [(i, i) for i in range(COUNT)]


STRINGS = [field.name for field in EVENT_SCHEMA if str(field.type) == "string"]
HOSTILE = st.text(max_size=40) | st.sampled_from(
    ["\x00", "%", "${jndi:", "../../", "'" * 50, "\u202e", "::ffff:1.2.3.4"]
)
DETECTOR = Detector(shipped_rules())


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([HTTP, DNS, NETWORK, ALERT, None]),
            st.dictionaries(st.sampled_from(STRINGS), HOSTILE, max_size=8),
            st.none() | st.binary(max_size=60),
        ),
        max_size=5,
    )
)
def test_nothing_that_a_log_may_hold_stops_the_detector(rows):
    own = {"contract": "SK100001", "device": "UTM100001", "batch": "b"}
    events = table(*({**cells, **own, "class_uid": kind, "raw": raw} for kind, cells, raw in rows))
    findings = DETECTOR.findings(events)
    assert findings == DETECTOR.findings(events)
    assert {f.record for f in findings if f.rule_source == "device"} == {
        number for number, (kind, _, _) in enumerate(rows) if kind == ALERT
    }
