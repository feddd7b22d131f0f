"""A proxy before a database server that loses the answer to a COMMIT, or the COMMIT itself."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import attrs

_COMMIT = re.compile(rb"COMMIT(?!TED)")


@attrs.define
class Way:
    """What happens on the way to the server; a test says it before each step.

    Attributes:
        port: Where the proxy listens, on 127.0.0.1.
        loses: ``answer`` or ``commit``, of the next COMMIT that comes by; nothing if empty.
        lost: How often it was done.
    """

    port: int
    loses: str = ""
    lost: int = 0


@contextmanager
def losing(host: str, port: int) -> Iterator[Way]:
    """Listen, and hand on to a server what comes in, until the block ends."""
    listening = socket.create_server(("127.0.0.1", 0))
    way = Way(listening.getsockname()[1])
    threading.Thread(target=_accept, args=(listening, (host, port), way), daemon=True).start()
    try:
        yield way
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)  # wakes who waits for a connection
        listening.close()


def _accept(listening: socket.socket, server: tuple[str, int], way: Way) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        sink = socket.create_connection(server)
        for each in (client, sink):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_talk, args=(client, sink, way), daemon=True).start()


def _talk(client: socket.socket, server: socket.socket, way: Way) -> None:
    cut = threading.Event()
    back = threading.Thread(target=_hand_back, args=(server, client, cut), daemon=True)
    back.start()
    with suppress(OSError):
        while chunk := client.recv(65536):
            if way.loses and _COMMIT.search(chunk):
                loses, way.loses = way.loses, ""
                way.lost += 1
                if loses == "commit":
                    break
                cut.set()
            server.sendall(chunk)
    _end(server)
    back.join()
    client.close()
    server.close()


def _hand_back(server: socket.socket, client: socket.socket, cut: threading.Event) -> None:
    """Hand answers back, but the one to a COMMIT that is to be lost: by then it is done."""
    with suppress(OSError):
        while chunk := server.recv(65536):
            if cut.is_set():
                break
            client.sendall(chunk)
    _end(client)


def _end(side: socket.socket) -> None:
    with suppress(OSError):
        side.shutdown(socket.SHUT_RDWR)
