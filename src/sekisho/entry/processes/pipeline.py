"""The pipeline process: the stream's only consumer and the lake's only writer."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import signal
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import django
from django.db import InterfaceError, OperationalError, close_old_connections

from sekisho.entry.evidence import checkpoint, log_key, publish
from sekisho.gateways.bus_jetstream import JetStreamBus
from sekisho.gateways.mail import HandOverUnclear, MailDelayed, MailRefused
from sekisho.lake import LakeError, LakeSettings, LakeWriter
from sekisho.lake.windows import WindowStore
from sekisho.ocsf.finding import DetectionFinding
from sekisho.pipeline.counting import Counting
from sekisho.pipeline.detect import Detector
from sekisho.pipeline.normalise import normalise
from sekisho.pipeline.run import Pipeline
from sekisho.pipeline.status import write_status

log = logging.getLogger(__name__)

PUBLISH_SECONDS = 86_400
PUBLISH_AGAIN_SECONDS = 600


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    django.setup()
    asyncio.run(work())


async def work() -> None:
    from sekisho.apps.incidents.intake import record_findings
    from sekisho.entry.devices import DeviceDirectory, DeviceHomes

    def sink(findings: Sequence[DetectionFinding]) -> None:
        close_old_connections()
        record_findings(findings)

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    status_file = Path(os.environ["SEKISHO_VAR"]) / "run" / "pipeline.json"
    directory = DeviceDirectory()
    bus = await JetStreamBus.connect(os.environ["SEKISHO_NATS_URL"])
    settings = LakeSettings.from_environment()
    detector = Detector(homes=DeviceHomes(directory))
    with LakeWriter(settings) as lake, closing(WindowStore(settings.database_url)) as windows:
        pipeline = Pipeline(
            bus=bus,
            lake=lake,
            directory=directory,
            normalise=normalise,
            detector=detector,
            counting=Counting(detector.rules.correlations, windows),
            sink=sink,
            # Not every database error: a finding that can't be stored must not stop all the others.
            away=(OSError, OperationalError, InterfaceError),
            report=lambda status: write_status(status, status_file),
        )
        publishing = asyncio.create_task(keep_publishing(settings))
        try:
            await pipeline.run(stop)
        finally:
            publishing.cancel()
            await bus.close()


async def keep_publishing(settings: LakeSettings) -> None:
    """The signed head of the log of evidence, once a day to whoever is configured to keep it."""
    key = await asyncio.to_thread(log_key, Path(os.environ["SEKISHO_CA_DIR"]))
    while any(os.environ.get(name) for name in ("SEKISHO_CHECKPOINT_DIR", "SEKISHO_CHECKPOINT_MAIL")):
        try:
            text = await asyncio.to_thread(checkpoint, settings, key, dt.datetime.now(dt.UTC))
            went = await asyncio.to_thread(publish, text, key)
        except (LakeError, OSError, ValueError, MailDelayed, MailRefused, HandOverUnclear) as error:
            log.warning("the checkpoint was not published, tried again in %d s: %s", PUBLISH_AGAIN_SECONDS, error)
            await asyncio.sleep(PUBLISH_AGAIN_SECONDS)
        else:
            log.info("checkpoint published to %s", ", ".join(went))
            await asyncio.sleep(PUBLISH_SECONDS)


if __name__ == "__main__":
    main()
