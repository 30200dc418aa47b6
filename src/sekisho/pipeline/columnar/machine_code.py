"""``compiled``: a function as machine code that runs without the interpreter's lock, and is kept on disk.

Compiled functions have the numbers of other modules built in (places, codes, whole vocabularies), and
numba notices only a change of the function's own file. So what is kept lies in a folder named after all
files that those numbers come from: a change anywhere there compiles anew.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numba

Compiled = TypeVar("Compiled", bound=Callable)

_HERE = Path(__file__).parent
_SOURCES = ("pipeline/columnar/*.py", "pipeline/normalise/*.py", "pipeline/parse/*.py", "ocsf/*.py")


def _folder() -> Path:
    """Beside the source, as Python keeps its own; where that can't be written, in the user's cache."""
    package = _HERE.parent.parent
    found = hashlib.sha256()
    for pattern in _SOURCES:
        for path in sorted(package.glob(pattern)):
            found.update(path.read_bytes())
    name = f"compiled-{found.hexdigest()[:16]}"
    beside = _HERE / "__pycache__"
    beside.mkdir(exist_ok=True) if os.access(_HERE, os.W_OK) else None
    if os.access(beside, os.W_OK):
        return beside / name
    home = os.environ.get("XDG_CACHE_HOME") or (Path.home() / ".cache" if Path.home().is_dir() else None)
    return Path(home or tempfile.gettempdir()) / "sekisho" / name


numba.config.CACHE_DIR = str(_folder())


def compiled(function: Compiled) -> Compiled:
    """Machine code, made on the first call and kept; the function may allocate arrays."""
    return numba.njit(nogil=True, cache=True)(function)


def lean(function: Compiled) -> Compiled:
    """The same for a function that only works on the arrays that it is given: it counts no references to them,
    which is most of what a small function would do otherwise."""
    return numba.njit(nogil=True, cache=True, _nrt=False)(function)
