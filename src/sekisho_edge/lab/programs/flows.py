"""Streams of bytes through the lab, and how many arrived between two moments: what bandwidth is measured with.

    python -m sekisho_edge.lab.programs.flows serve PORT...
    python -m sekisho_edge.lab.programs.flows up|down ADDRESS PORT FIRST LAST

Moments are of CLOCK_MONOTONIC, which every namespace of a machine shares: so several streams are counted over exactly
the same time. The asking side prints the number of bytes that the receiving side read between FIRST and LAST; both
sides go on a little longer, so that nobody has the line for himself at the end.
"""

from __future__ import annotations

import socket
import sys
import threading
import time

CHUNK = bytes(64 * 1024)
SEND_BUFFER_BYTES = 512 * 1024
AFTERWARDS_SECONDS = 0.3
CONNECT_SECONDS_MAX = 10.0


def send(connection: socket.socket, last: float) -> None:
    """Fill the line until a little after ``last``."""
    try:
        while time.monotonic() < last + AFTERWARDS_SECONDS:
            connection.sendall(CHUNK)
    except OSError:
        return  # the other side has seen enough


def receive(connection: socket.socket, first: float, last: float) -> int:
    """Bytes that came between the two moments."""
    count = 0
    while (now := time.monotonic()) < last + AFTERWARDS_SECONDS and (size := len(connection.recv(len(CHUNK)))):
        count += size if first <= now and time.monotonic() <= last else 0
    return count


def serve(ports: list[int]) -> None:
    servers = [socket.create_server(("", port), backlog=64) for port in ports]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    threads = [threading.Thread(target=_accept, args=(server,)) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _accept(server):
    while True:
        connection, _ = server.accept()
        threading.Thread(target=_answer, args=(connection,), daemon=True).start()


def _answer(connection):
    with connection, connection.makefile("rb", buffering=0) as lines:
        direction, first, last = lines.readline().decode().split()
        if direction == "down":
            send(connection, float(last))
            return
        count = receive(connection, float(first), float(last))
        connection.sendall(f"{count}\n".encode())
        while connection.recv(len(CHUNK)):
            pass


def ask(direction: str, address: str, port: int, first: float, last: float) -> int:
    """One stream, as the client of it; how many bytes the receiver counted."""
    with socket.create_connection((address, port), CONNECT_SECONDS_MAX) as connection:
        connection.settimeout(None)
        connection.sendall(f"{direction} {first} {last}\n".encode())
        if direction == "down":
            return receive(connection, first, last)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        send(connection, last)
        with connection.makefile("rb") as lines:
            return int(lines.readline())


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve([int(port) for port in sys.argv[2:]])
    else:
        _, way, host, number, start, end = sys.argv
        sys.stdout.write(f"{ask(way, host, int(number), float(start), float(end))}\n")
