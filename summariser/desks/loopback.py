"""Servers on this machine: where they listen, and which requests name them.

A web page in a person's browser can reach 127.0.0.1 as well, under a name of its own that leads there (DNS rebinding),
so a server has to look at the `Host` and `Origin` that it is asked with.
"""

from __future__ import annotations

import re
import socket
from typing import Final

from summariser.errors import ConfigError

LOOPBACK_HOSTS: Final = ("127.0.0.1", "localhost", "::1")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::[0-9]{1,5})?")


def host_of(netloc: str) -> str:
    """The name or address in `host` or `host:port`, without brackets and in small letters; empty if it is neither."""
    match = _HOST.fullmatch(netloc)
    return match[1].strip("[]").lower() if match else ""


def names_loopback(hosts: list[str], origins: list[str]) -> bool:
    """Tell whether the host asked for, and the web page that asks if there is one, are on this machine."""
    if len(hosts) != 1 or host_of(hosts[0]) not in LOOPBACK_HOSTS:
        return False
    return all(
        origin.startswith(("http://", "https://")) and host_of(origin.partition("//")[2]) in LOOPBACK_HOSTS
        for origin in origins
    )


def open_listener(host: str, port: int) -> socket.socket:
    """A listening socket, opened before the server starts, to make a busy port an error with advice, not a log line.

    Errors: ConfigError if the port is none or cannot be had.
    """
    if not 0 <= port <= 65535:
        raise ConfigError(f"{port} is not a port", expected="a number from 0 to 65535")
    name = host.strip("[]").lower()
    address = "127.0.0.1" if name == "localhost" else name
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family)
    except OSError as error:
        raise ConfigError(
            f"port {port} on {host} cannot be used: {error.strerror or error}",
            next_step=f"Stop the programme that holds it, or take another port: --port {min(port + 1, 65535)}",
        ) from error


def address_of(listener: socket.socket) -> str:
    """The address of a listening socket, as a browser takes it: http://127.0.0.1:8765."""
    address, port = listener.getsockname()[:2]
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
