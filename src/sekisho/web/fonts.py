"""The doors' fonts, served by ourselves: IBM Plex Sans JP and Mono from their npm packages.

``make setup`` installs the packages into ``node_modules/`` and runs ``python -m sekisho.web.fonts``,
which writes one style sheet and the woff2 slices it names into ``build/fonts/``. A browser fetches
only the slices whose characters are on the page. Without the packages nothing is served and the
font stack falls back to the system's fonts.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
PACKAGES = PROJECT / "node_modules" / "@fontsource"
BUILT = PROJECT / "build" / "fonts"
_FAMILIES = (("IBM Plex Sans JP", "ibm-plex-sans-jp", (400, 600)), ("IBM Plex Mono", "ibm-plex-mono", (400,)))
_SUBSETS_LEFT_OUT = ("cyrillic", "cyrillic-ext", "vietnamese")


def font_directories() -> list[tuple[str, str]]:
    """For STATICFILES_DIRS: ``[("fonts", <build/fonts>)]``, or empty when the fonts were never built."""
    return [("fonts", str(BUILT))] if (BUILT / "fonts.css").is_file() else []


def build() -> int:
    """Write ``build/fonts``; returns the number of slices, 0 when the packages are not installed."""
    if not PACKAGES.is_dir():
        return 0
    BUILT.mkdir(parents=True, exist_ok=True)
    rules = [rule for family, package, weights in _FAMILIES for rule in _faces(family, package, weights)]
    (BUILT / "fonts.css").write_text("\n".join(rules) + "\n", encoding="utf-8")
    return len(rules)


def _faces(family: str, package: str, weights: tuple[int, ...]) -> list[str]:
    folder = PACKAGES / package
    ranges: dict[str, str] = json.loads((folder / "unicode.json").read_text(encoding="utf-8"))
    faces = []
    for weight in weights:
        for subset, characters in ranges.items():
            name = f"{package}-{subset.strip('[]')}-{weight}-normal.woff2"
            source = folder / "files" / name
            if subset in _SUBSETS_LEFT_OUT or not source.is_file():
                continue
            shutil.copyfile(source, BUILT / name)
            faces.append(_face(family, weight, name, characters))
    return faces


def _face(family: str, weight: int, name: str, characters: str) -> str:
    return (
        f'@font-face{{font-family:"{family}";font-weight:{weight};font-display:swap;'
        f'src:url("{name}") format("woff2");unicode-range:{characters}}}'
    )


if __name__ == "__main__":
    print(f"{build()} font slices in build/fonts")
