"""Files of the centre's repository, over a connection of their own to the log link's address.

Blocking, for a thread. Logs never wait for definitions: the two share an address and nothing else. OSError: the link is
down, the centre refuses or sends something else; FileNotFoundError: there is no such file.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator

from sekisho_wire.definitions import Absent, Content, Fetch
from sekisho_wire.logs import Deframer, Refusal, WireError, frame, read_from_centre

CONNECT_SECONDS_MAX = 10.0
ANSWER_SECONDS_MAX = 60.0
READ_BYTES_MAX = 256 * 1024


class RepositoryLink:
    """``link(path)`` yields a file's bytes. One connection, made at the first need; ``close`` it."""

    def __init__(self, address: tuple[str, int], context: ssl.SSLContext) -> None:
        self._address = address
        self._context = context
        self._connection: ssl.SSLSocket | None = None
        self._deframer = Deframer()
        self._payloads: list[bytes] = []

    def __call__(self, path: str) -> Iterator[bytes]:
        try:
            yield from self._fetch(path)
        except FileNotFoundError:
            raise
        except (OSError, ValueError, WireError) as error:
            self.close()
            raise OSError(f"{path}: {error}") from error
        except GeneratorExit:
            self.close()  # the rest of the file is still on its way
            raise

    def close(self) -> None:
        """End the connection; the next fetch makes a new one."""
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits for the centre's next word
            with contextlib.suppress(OSError):
                self._connection.close()
        self._connection, self._deframer, self._payloads = None, Deframer(), []

    def _fetch(self, path):
        self._connect()
        self._connection.sendall(frame(Fetch(path)))
        bytes_left = 1
        while bytes_left:
            message = self._next()
            if isinstance(message, Absent):
                raise FileNotFoundError(path)
            if isinstance(message, Refusal):
                raise OSError(f"refused, {message.code}: {message.reason}")
            if not isinstance(message, Content):
                raise WireError(f"{type(message).__name__} where a file belongs")
            bytes_left = message.bytes_left
            yield message.body

    def _connect(self):
        if self._connection is None:
            plain = socket.create_connection(self._address, CONNECT_SECONDS_MAX)
            try:
                plain.settimeout(ANSWER_SECONDS_MAX)
                self._connection = self._context.wrap_socket(plain)
            except BaseException:
                plain.close()
                raise

    def _next(self):
        while not self._payloads:
            data = self._connection.recv(READ_BYTES_MAX)
            if not data:
                raise OSError("the centre closed the connection")
            self._payloads += self._deframer.feed(data)
        return read_from_centre(self._payloads.pop(0))
