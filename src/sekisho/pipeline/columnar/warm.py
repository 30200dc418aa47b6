"""Compile the loops now, for whoever installs the platform: ``python -m sekisho.pipeline.columnar.warm``."""

from __future__ import annotations

import datetime as dt
import sys
import time

import numpy as np
import pyarrow as pa

from sekisho.ocsf.device import DeviceContext
from sekisho.pipeline.normalise.cells import Batch


def main() -> int:
    """Read one line; what had to be compiled for it is kept for every later process."""
    started = time.monotonic()
    from sekisho.pipeline.columnar import eve, join

    device = DeviceContext(device="", contract="")
    eve.read(
        b'{"timestamp":"2026-01-01T00:00:00.000000+0000","event_type":"dns"}\n',
        Batch("", dt.datetime.now(dt.UTC), device),
    )
    some = pa.array(["a.example", "192.0.2.1"])
    join.candidates(some, join.table(some), parents=True)
    join.networks_of(some, np.array([24]), join.network_table([(24, 1)]))
    print(f"the loops of the log pipeline are ready ({time.monotonic() - started:.0f} s)", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
