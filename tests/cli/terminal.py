"""A command on a terminal of a given width: what it shows there."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios


def on_terminal(columns: int, *arguments: str, live: bool = False) -> str:
    """All that the command prints, styles taken away; with what moves while it goes on, if `live`."""
    mine, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    environment |= {"TERM": "xterm-256color", "NO_COLOR": "1", "TTY_COMPATIBLE": str(int(live))}
    command = [sys.executable, "-m", "emergescope", *arguments]
    shown = b""
    with subprocess.Popen(command, stdin=its, stdout=its, stderr=its, env=environment) as process:
        os.close(its)
        while True:
            try:
                shown += os.read(mine, 65536)
            except OSError:  # the other end is closed
                break
    os.close(mine)
    assert process.returncode == 0, shown
    return shown.decode().replace("\r\n", "\n")
