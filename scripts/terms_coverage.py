"""Write docs/terms-coverage.md: each provision of the terms, its rule, the tests that prove it, where it is used.

Made from the index (sekisho.terms.articles), the tests' article marks and the imports of the platform, all read
as text or data: nothing is run. ``--check`` writes nothing and exits 1 when the page is stale.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sekisho.terms.articles import PROVISIONS, Provision
from sekisho.terms.asking.catalogue import RULES

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "terms-coverage.md"
PLATFORM = ROOT / "src" / "sekisho"
TERMS = "sekisho.terms"


class Proof(NamedTuple):
    """A test that is marked with an article."""

    article: str
    file: str
    test: str


def main(arguments: list[str]) -> int:
    text = page()
    if arguments == ["--check"]:
        stale = not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text
        print("docs/terms-coverage.md is stale: run scripts/terms_coverage.py" if stale else "up to date")
        return int(stale)
    PAGE.write_text(text, encoding="utf-8")
    return 0


def proofs() -> list[Proof]:
    """Every article mark of the tests, by file and in the order of the file."""
    found = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                name = path.relative_to(ROOT).as_posix()
                found += [Proof(article, name, node.name) for article in _marked(node)]
    return found


def uses() -> dict[str, set[str]]:
    """Rule ('module.name') -> files of the platform, outside the rules, that import it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(PLATFORM.rglob("*.py")):
        if not path.is_relative_to(PLATFORM / "terms"):
            for rule in _imported(ast.parse(path.read_text(encoding="utf-8"))):
                found[rule].add(path.relative_to(PLATFORM).as_posix())
    return found


def asked_as() -> dict[str, str]:
    """Rule ('module.name') -> the name under which ``sekisho terms ask`` knows it."""
    return {f"{rule.module.removeprefix(TERMS + '.')}.{rule.answer.__name__}": name for name, rule in RULES.items()}


def page() -> str:
    by_article: dict[str, list[Proof]] = defaultdict(list)
    for proof in proofs():
        by_article[proof.article].append(proof)
    used, names = uses(), asked_as()
    kept = [p for p in PROVISIONS.values() if not p.business]
    others = [p for p in PROVISIONS.values() if p.business]
    proved = sum(bool(by_article[p.number]) for p in kept)
    lines = [
        "# What the terms promise, and what keeps it",
        "",
        "Made by `scripts/terms_coverage.py`; a test fails when this page is stale or a provision loses its last test.",
        f"{len(PROVISIONS)} provisions of 40 articles and 6 supplementary provisions: {len(kept)} kept by rules",
        f"({proved} of them proved by tests marked with their number), {len(others)} not software's business.",
        "Rules are functions and tables of `sekisho.terms`; `ask` names the rule for `sekisho terms ask`.",
        "",
        "| provision | subject | rules | ask | tests | used in |",
        "|---|---|---|---|---|---|",
        *(_row(p, by_article[p.number], used, names) for p in kept),
        "",
        "## Not software's business",
        "",
        "| provision | subject | whose business |",
        "|---|---|---|",
        *(f"| {p.number} | {p.words.ja}<br>{p.words.en} | {p.business} |" for p in others),
        "",
        "## The proof",
        "",
        "Each test's name is the promise that it proves.",
        "",
    ]
    for provision in kept:
        lines += _proof(provision, by_article[provision.number])
    return "\n".join(lines).rstrip() + "\n"


def _row(provision: Provision, proved_by: list[Proof], used: dict[str, set[str]], names: dict[str, str]) -> str:
    rules = "<br>".join(f"`{rule}`" for rule in provision.rules)
    ask = "<br>".join(f"`{names[rule]}`" for rule in provision.rules if rule in names)
    files = sorted({file for rule in provision.rules for file in used.get(rule, ())})
    tests = len({(p.file, p.test) for p in proved_by})
    where = "<br>".join(f"`{file}`" for file in files)
    return (
        f"| {provision.number} | {provision.words.ja}<br>{provision.words.en} | {rules} | {ask} | {tests} | {where} |"
    )


def _proof(provision: Provision, proved_by: list[Proof]) -> Iterator[str]:
    yield f"**{provision.number}** {provision.words.ja} / {provision.words.en}"
    yield ""
    for file in sorted({proof.file for proof in proved_by}):
        tests = dict.fromkeys(proof.test for proof in proved_by if proof.file == file)
        yield f"- `{file}`: " + "; ".join(test.removeprefix("test_").replace("_", " ") for test in tests)
    yield ""


def _marked(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for decorator in function.decorator_list:
        for node in ast.walk(decorator):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.article":
                yield from (str(a.value) for a in node.args if isinstance(a, ast.Constant))


def _imported(tree: ast.Module) -> set[str]:
    names, modules = set(), {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == TERMS:
            modules |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(TERMS + "."):
            names |= {f"{(node.module or '').removeprefix(TERMS + '.')}.{alias.name}" for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            names.add(f"{modules[node.value.id]}.{node.attr}")
    return names


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
