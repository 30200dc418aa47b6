"""QUIC on both ends, for tests: ``python -m tests.edge.quic_peer serve CERT KEY`` or ``... connect ADDRESS NAME``.

The client says ``connected`` or why not; 443 is the port of both.
"""

from __future__ import annotations

import asyncio
import ssl
import sys

from aioquic.asyncio import connect, serve
from aioquic.quic.configuration import QuicConfiguration

PORT = 443
HANDSHAKE_SECONDS_MAX = 4.0
PROTOCOLS = ["h3"]


async def serve_for_ever(certificate: str, key: str) -> None:
    configuration = QuicConfiguration(is_client=False, alpn_protocols=PROTOCOLS)
    configuration.load_cert_chain(certificate, key)
    await serve("0.0.0.0", PORT, configuration=configuration)  # noqa: S104 - in a namespace of the lab
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


async def try_to_connect(address: str, name: str) -> str:
    configuration = QuicConfiguration(alpn_protocols=PROTOCOLS, server_name=name, verify_mode=ssl.CERT_NONE)
    try:
        async with asyncio.timeout(HANDSHAKE_SECONDS_MAX), connect(address, PORT, configuration=configuration):
            return "connected"
    except (ConnectionError, TimeoutError, OSError) as error:
        return f"not connected: {type(error).__name__}"


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        asyncio.run(serve_for_ever(*sys.argv[2:4]))
    else:
        sys.stdout.write(asyncio.run(try_to_connect(*sys.argv[2:4])))
