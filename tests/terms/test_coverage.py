"""Every promise of the terms has a rule, every rule a test, and the page that shows it is not stale."""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from sekisho.terms.articles import PROVISIONS
from sekisho.terms.asking.catalogue import RULES

ROOT = Path(__file__).resolve().parents[2]
TEXT = ROOT.parent / "shared" / "domain" / "terms.ja.txt"


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("terms_coverage", ROOT / "scripts" / "terms_coverage.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


COVERAGE = load_script()
PROOFS = COVERAGE.proofs()


def test_every_provision_that_a_rule_keeps_is_proved_by_a_test() -> None:
    proved = {proof.article for proof in PROOFS}
    assert [p.number for p in PROVISIONS.values() if not p.business and p.number not in proved] == []


def test_every_mark_names_a_provision_that_rules_keep() -> None:
    known = {number for number, provision in PROVISIONS.items() if not provision.business}
    assert {(proof.article, proof.test) for proof in PROOFS if proof.article not in known} == set()


def test_the_page_is_not_stale() -> None:
    page = (ROOT / "docs" / "terms-coverage.md").read_text(encoding="utf-8")
    assert page == COVERAGE.page(), "run scripts/terms_coverage.py"


def test_a_provision_has_rules_that_exist_or_says_whose_business_it_is() -> None:
    for provision in PROVISIONS.values():
        assert bool(provision.rules) is not bool(provision.business), provision.number
        assert provision.words.ja and provision.words.en
        for rule in provision.rules:
            module, name = rule.split(".")
            assert hasattr(importlib.import_module(f"sekisho.terms.{module}"), name), rule


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_every_rule_that_can_be_asked_stands_in_the_index(rule: object) -> None:
    function = f"{rule.module.removeprefix('sekisho.terms.')}.{rule.answer.__name__}"
    listed = {number for number, provision in PROVISIONS.items() if function in provision.rules}
    assert rule.articles[0] in listed


def numbers_in(text: str) -> list[str]:
    """Article-paragraph and article-paragraph(item) numbers in the order of the text; 附則 count from 1."""
    found, article, paragraph, provisions = [], 0, 0, 0
    for line in text.splitlines():
        if line.strip() == "附則":
            provisions += 1
            article = 0
            found.append(f"附則{provisions}")
        elif heading := re.match(r"第\s*(\d+)\s*条\s*[(（]", line):
            article, paragraph = int(heading[1]), 0
        elif article and (begun := re.match(r"(\d+)\.\s", line)) and int(begun[1]) == paragraph + 1:
            paragraph = int(begun[1])
            found.append(f"{article}-{paragraph}")
        elif article and (item := re.match(r"\s*-?\s*[(（](\d+)[)）]", line)):
            found.append(f"{article}-{paragraph}({item[1]})")
    return found


def test_the_index_holds_every_paragraph_and_item_of_the_text() -> None:
    if not TEXT.is_file():
        pytest.skip("the text of the terms is not beside the project")
    # Art. 3 is one table without paragraphs worth a number; the house's index calls it "3".
    in_text = ["3" if number == "3-1" else number for number in numbers_in(TEXT.read_text(encoding="utf-8"))]
    assert len(in_text) == len(set(in_text))
    assert set(in_text) == set(PROVISIONS)
