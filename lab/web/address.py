"""Where a lab listens, and who may be told a token.

`token_variable` is the environment variable that users know a token by: messages name it.
"""

import ipaddress
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from knowledge.errors import AthanorError

_FORM = "give it as https://lab.example.org or http://127.0.0.1:PORT"
_LONGEST_TOKEN = 4096


@dataclass(frozen=True)
class Address:
    """The URL of a lab. `where`, host and port, is all that messages ever show of it."""

    scheme: str
    host: str
    port: int
    path: str
    token_variable: str

    @classmethod
    def of(cls, url: str, token_variable: str) -> Self:
        """The address in a URL. Raises AthanorError, which never repeats a URL with a secret."""
        shown = (
            repr(url)[:80] if isinstance(url, str) and not set("@?#") & set(url) else "not shown"
        )
        wrong = AthanorError(f"lab.url ({shown}) is no address of a lab: {_FORM}")
        if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url:
            raise wrong
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:  # a port or an IPv6 host that is none
            raise wrong from None
        if "@" in parts.netloc:
            raise AthanorError(
                "lab.url holds a user name or a password, which would be written down with the "
                f"campaign: {_FORM}, and the token by the environment variable {token_variable}"
            )
        if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
            raise wrong
        default = 443 if parts.scheme == "https" else 80
        port = default if port is None else port
        return cls(parts.scheme, host, port, parts.path.rstrip("/"), token_variable)

    @property
    def where(self) -> str:
        """Host and port."""
        return host_and_port(self.host, self.port)

    @property
    def url(self) -> str:
        """The whole, without a slash at its end."""
        return f"{self.scheme}://{self.where}{self.path}"

    @property
    def stays_here(self) -> bool:
        """Whether what is sent there never leaves this machine."""
        return is_loopback(self.host)

    def check_token(self, token: str | None) -> None:
        """Raise AthanorError for a token that is none, or that others could read on its way."""
        check_token(token, self.token_variable)
        if token is not None and self.scheme == "http" and not self.stays_here:
            raise AthanorError(
                f"a token would go to {self.where} in clear text: give lab.url with https, or "
                f"unset {self.token_variable}"
            )


def check_token(token: str | None, variable: str) -> None:
    """Raise AthanorError, without showing it, for a token that no header can carry."""
    if token is None:
        return
    fits = isinstance(token, str) and 0 < len(token) <= _LONGEST_TOKEN
    if not (fits and token.isascii() and token.isprintable() and " " not in token):
        raise AthanorError(
            f"the token cannot be sent: it must be 1 to {_LONGEST_TOKEN} printable ASCII letters "
            f"without spaces; look at {variable}"
        )


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine, whatever name servers say."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_and_port(host: str, port: int) -> str:
    """As in a URL: IPv6 addresses in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
