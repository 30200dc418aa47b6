"""How a refusal is told on a page: its words, the article where the terms decide, and its code."""

from __future__ import annotations

from sekisho.apps.refusals import Refused


def test_a_refusal_by_the_terms_names_its_article_and_its_code() -> None:
    refused = Refused("claim.too_late", "期限を過ぎています。", "It is too late.", "35-1")

    assert refused.said("ja") == "期限を過ぎています。 (条項 35-1, claim.too_late)"
    assert refused.said("en") == "It is too late. (Article 35-1, claim.too_late)"


def test_a_refusal_of_the_house_names_no_article() -> None:
    assert Refused("reason.missing", "理由を。", "Give a reason.").said("en") == "Give a reason. (reason.missing)"
