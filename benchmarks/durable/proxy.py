"""A slow network: a proxy that hands every packet on after a while, in a process of its own.

``python -m benchmarks.durable.proxy HOST PORT SECONDS`` prints the port that it listens on. It has
threads that sleep, because timers of asyncio have a resolution of a millisecond.
"""

from __future__ import annotations

import socket
import sys
import threading
import time


def serve(host: str, port: int, seconds: float) -> None:
    """Pass connections on until the process is ended."""
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    while True:
        client, _ = listening.accept()
        server = socket.create_connection((host, port))
        for source, sink in ((client, server), (server, client)):
            sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            way = threading.Thread(target=_pass_on, args=(source, sink, seconds), daemon=True)
            way.start()


def _pass_on(source: socket.socket, sink: socket.socket, seconds: float) -> None:
    try:
        while chunk := source.recv(65536):
            time.sleep(seconds)
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one side is gone, and with it the other


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
