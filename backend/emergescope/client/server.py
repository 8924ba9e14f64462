"""Where a server is and how it is spoken to, without any input or output. Both clients use it."""

import os
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from emergescope import __version__
from emergescope.client.errors import NoAnswer, NotEmergescope, refusal
from emergescope.errors import InvalidConfig

USUAL = "http://127.0.0.1:8470"


@dataclass(frozen=True)
class Server:
    """An address without a slash at its end, perhaps with a path; and the token, which goes into a header alone."""

    url: str
    token: str | None = field(repr=False)

    @classmethod
    def find(cls, url: str | None = None, token: str | None = None) -> Self:
        """As given; else as EMERGESCOPE_URL and EMERGESCOPE_TOKEN say; else on this machine, at the usual port.

        Raises InvalidConfig where that is no address, or no token.
        """
        url = (url or os.environ.get("EMERGESCOPE_URL", "")).strip() or USUAL
        token = (token or os.environ.get("EMERGESCOPE_TOKEN", "")).strip() or None
        if token is not None and not (token.isascii() and token.isprintable() and " " not in token):
            raise InvalidConfig("a token has ASCII letters, digits and signs alone: check EMERGESCOPE_TOKEN")
        return cls(_checked(url), token)

    @property
    def headers(self) -> dict[str, str]:
        return {"User-Agent": f"emergescope/{__version__}"} | (
            {"Authorization": f"Bearer {self.token}"} if self.token else {}
        )

    @property
    def socket_url(self) -> str:
        """For WebSockets."""
        return self.url.replace("http", "ws", 1)

    def check(self, status: int, body: bytes, location: str | None = None) -> None:
        """Raise what an answer other than success is."""
        if 200 <= status < 300:
            return
        if location is not None:
            raise NotEmergescope(f"{self.url} leads elsewhere, to {location}: use the address of the server itself")
        raise refusal(status, body, self.url, has_token=self.token is not None)

    def no_emergescope(self) -> NotEmergescope:
        return NotEmergescope(f"what answers at {self.url} is no Emergescope server: check the address")

    def unreachable(self, error: Exception) -> NoAnswer:
        """Nothing was answered, because of `error`."""
        told = "start one with `emergescope serve`, or name another by its URL or EMERGESCOPE_URL"
        return NoAnswer(f"no server answers at {self.url} ({_reason(error)}): {told}")


def _checked(url: str) -> str:
    """A URL without what does not belong into it; what it says instead never shows a secret."""
    example = f"write it as {USUAL}, or https://host/path"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise InvalidConfig(f"the address of the server is no URL: {example}") from None
    if parts.username is not None or parts.query or parts.fragment:
        raise InvalidConfig(
            f"the address of the server has no name, ?token=… or # in it: {example}, and give the token "
            "by EMERGESCOPE_TOKEN"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidConfig(f"{url!r} is no address of a server: {example}")
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def _reason(error: BaseException) -> str:
    """What lies behind an error, in a line."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).splitlines()[0]
