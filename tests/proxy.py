"""nginx before a server, as docs/operations.md shows it. Used by the tests of the path prefix."""

import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs" / "operations.md"
_PLACES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def find_nginx() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")  # where Debian has it, in no user's PATH


class Nginx:
    """The documentation's block before a server. `ports`: of one that passes the path on, of one that takes it off."""

    def __init__(self, program: str, folder: Path, upstream: int) -> None:
        (block,) = re.findall(r"```nginx\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
        passing = block.replace("127.0.0.1:8470", f"127.0.0.1:{upstream}")
        stripping = passing.replace(f"127.0.0.1:{upstream};", f"127.0.0.1:{upstream}/;", 1)
        assert passing != stripping
        self.ports = [_free_port(), _free_port()]
        servers = [
            f"server {{ listen 127.0.0.1:{port}; {location} }}\n"
            for port, location in zip(self.ports, (passing, stripping), strict=True)
        ]
        places = "".join(f"{place}_temp_path {folder}/{place};\n" for place in _PLACES)
        (folder / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {folder}/pid; error_log stderr;\n"
            f"events {{}}\nhttp {{ access_log off; {places} {''.join(servers)} }}\n"
        )
        command: list[str | Path] = [program, "-p", folder, "-e", "stderr", "-c", folder / "nginx.conf"]
        self._process = subprocess.Popen(command)
        deadline = time.monotonic() + 30
        while not all(map(_listens, self.ports)):
            assert self._process.poll() is None, "nginx did not start"
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0
