"""From columns to findings: the device's own alerts, and Sigma rules over every column at once.

``sigma_load`` reads files, ``sigma_fields`` says what their names mean here, ``sigma_compile`` makes
the engine's own tree (``expression``); ``evaluate`` runs it over ``view`` (distinct values) with
``scan`` (one pass for all texts, then exact tests on what is left). A rule that can't fire is never
silent: it is a ``Problem`` with its file and line.
"""

from __future__ import annotations

from sekisho.pipeline.detect.detector import Detector, shipped_rules
from sekisho.pipeline.detect.rule import Problem, Rule, RuleSet
from sekisho.pipeline.detect.sigma_load import load

__all__ = ["Detector", "Problem", "Rule", "RuleSet", "load", "shipped_rules"]
