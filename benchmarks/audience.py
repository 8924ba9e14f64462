"""Many viewers of one run in a process of its own, as lean as can be: it shares the machine with what it measures.

python -m benchmarks.audience PORT RUN VIEWERS SECONDS

Once all viewers have been shaken hands with, writes a line with the time; after SECONDS more it writes a JSON object:
`disconnected`, a number of viewers, and `receipts`, a list of [viewer, seq, time]. Times are of CLOCK_MONOTONIC, which
all processes share.
"""

import gc
import json
import selectors
import socket
import sys
import time

_BINARY, _CLOSE, _PING = 2, 8, 9
_SEQ = b'"seq":"'


class Viewer:
    """One WebSocket in mode=latest. `receipts` grows by [number, seq, time] with each frame."""

    def __init__(self, number: int, port: int, run_id: str, receipts: list[tuple[int, int, float]]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.is_connected = True
        self._number = number
        self._receipts = receipts
        self._rest = shake_hands(self.socket, port, f"/api/runs/{run_id}/stream?mode=latest")
        self.socket.setblocking(False)

    def read(self) -> None:
        """Take what has come. Sets `is_connected` to False when the server has closed."""
        try:
            data = self.socket.recv(262_144)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.is_connected = False
            return
        self._rest = self._take(self._rest + data if self._rest else data)

    def _take(self, data: bytes) -> bytes:
        """Messages (RFC 6455, section 5.2, from a server: unmasked and unfragmented); returns the incomplete rest."""
        at = 0
        while len(data) >= at + 2:
            opcode, length, start = data[at] & 15, data[at + 1], at + 2
            if length >= 126:
                start += 2 if length == 126 else 8
                length = int.from_bytes(data[at + 2 : start], "big")
            if len(data) < start + length:
                break
            if opcode == _BINARY:
                digits = data.index(_SEQ, start) + len(_SEQ)
                seq = int(data[digits : data.index(b'"', digits)])
                self._receipts.append((self._number, seq, time.monotonic()))
            elif opcode == _PING:
                self.socket.sendall(bytes((0x8A, 0x80 | length, 0, 0, 0, 0)) + data[start : start + length])
            elif opcode == _CLOSE:
                self.is_connected = False
            at = start + length
        return data[at:]


def shake_hands(connection: socket.socket, port: int, path: str) -> bytes:
    """Make a WebSocket of a connection; returns what came after the answer. Raises ConnectionError if refused."""
    connection.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        data = connection.recv(65_536)
        if not data:
            raise ConnectionError(f"the server closed in the handshake: {answer!r}")
        answer += data
    head, rest = answer.split(b"\r\n\r\n", 1)
    if b" 101 " not in head.split(b"\r\n", 1)[0]:
        raise ConnectionError(f"the server refused the handshake: {head!r}")
    return rest


def main() -> None:
    port, run_id, count, seconds = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    gc.disable()
    receipts: list[tuple[int, int, float]] = []
    with selectors.DefaultSelector() as selector:

        def serve(timeout: float) -> None:
            for key, _ in selector.select(timeout):
                viewer: Viewer = key.data
                viewer.read()
                if not viewer.is_connected:
                    selector.unregister(viewer.socket)

        viewers = []
        for number in range(count):
            viewers.append(Viewer(number, port, run_id, receipts))
            selector.register(viewers[-1].socket, selectors.EVENT_READ, viewers[-1])
            serve(0)
        began = time.monotonic()
        print(began, flush=True)
        while (left := began + seconds - time.monotonic()) > 0:
            serve(left)
    disconnected = sum(not viewer.is_connected for viewer in viewers)
    json.dump({"disconnected": disconnected, "receipts": receipts}, sys.stdout)


if __name__ == "__main__":
    main()
