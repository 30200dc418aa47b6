"""From columns to findings: the device's own alerts, and Sigma rules over every column at once.

``sigma_load`` reads files, ``sigma_fields`` says what their names mean here, ``sigma_compile`` makes
the engine's own tree (``expression``); ``evaluate`` runs it over ``view`` (distinct values) with
``scan`` (one pass for all texts, then exact tests on what is left). A rule that can't fire is never
silent: it is a ``Problem`` with its file and line. Correlations: ``sigma_correlate`` reads them, ``sight``
says what a row counts for, ``windows`` counts.
"""

from __future__ import annotations

from sekisho.pipeline.detect.correlation import Seen
from sekisho.pipeline.detect.detector import Detected, Detector, shipped_rules
from sekisho.pipeline.detect.rule import Problem, Rule, RuleSet
from sekisho.pipeline.detect.sigma_load import load

__all__ = ["Detected", "Detector", "Problem", "Rule", "RuleSet", "Seen", "load", "shipped_rules"]
