"""Where the lake is and how much of the machine it may use."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CATALOGUE_SCHEMA = "lake"


@dataclass(frozen=True)
class LakeSettings:
    """``database_url`` is the catalogue's PostgreSQL, ``path`` the folder of the Parquet files.

    The catalogue's schema is always CATALOGUE_SCHEMA; one catalogue has one folder, for ever.
    """

    database_url: str
    path: Path
    memory_bytes_max: int = 1_000_000_000
    threads_max: int = 2

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> LakeSettings:
        """From SEKISHO_LAKE_DATABASE_URL and SEKISHO_LAKE_PATH. Raises KeyError when one is missing."""
        return cls(environment["SEKISHO_LAKE_DATABASE_URL"], Path(environment["SEKISHO_LAKE_PATH"]))
