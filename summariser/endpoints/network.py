"""Addresses, proxies and certificates as the settings name them: what is wrong with them, before anything is asked."""

from __future__ import annotations

import urllib.request
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from summariser.endpoints.endpoint import is_loopback
from summariser.errors import ConfigError

_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")


def check_base_url(url: str, source: str) -> str:
    """The address without a slash at its end.

    Errors: ConfigError if it is no plain http(s) address; the message never shows credentials.
    """
    url = url.strip()
    trouble = _find_trouble(url, ("http", "https"))
    if not trouble:
        parts = urlsplit(url)
        if parts.username is not None or parts.password is not None:
            trouble = "contains a user name or password; a key belongs into SUMMARISER_API_KEY"
        elif parts.query or parts.fragment:
            trouble = "has a query or a fragment; a base URL ends with its path"
    if trouble:
        raise ConfigError(
            f"{source} {trouble}",
            expected="An address such as https://api.example.com/v1 or http://127.0.0.1:8000/v1",
        )
    return url.rstrip("/").removesuffix("/chat/completions")


def choose_proxy(base_url: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """The proxy that the environment names for this address, and the variable; empty texts if there is none.

    Shape: between us and our own machine there is none.
    """
    parts = urlsplit(base_url)
    names = [name for kind in (parts.scheme, "all") for name in (f"{kind}_proxy", f"{kind}_proxy".upper())]
    name = next((name for name in names if environment.get(name)), "")
    exceptions = {"no": environment.get("no_proxy") or environment.get("NO_PROXY") or ""}
    is_exception = urllib.request.proxy_bypass_environment(parts.netloc, exceptions)  # type: ignore[attr-defined]
    if not name or is_exception or is_loopback(base_url):
        return "", ""
    return environment[name] if "://" in environment[name] else f"http://{environment[name]}", name


def check_proxy(url: str, name: str) -> None:
    """Refuse a proxy that is no address, or of a kind that is not supported here; it may hold a password.

    Errors: ConfigError, naming the variable.
    """
    if trouble := _find_trouble(url, _PROXY_SCHEMES):
        next_step = f"Correct {name}, or unset it"
        raise ConfigError(f"{name} {trouble}", expected="An address as in http://127.0.0.1:7890", next_step=next_step)
    if url.startswith("socks") and find_spec("socksio") is None:
        next_step = f"pip install socksio, or unset {name}"
        raise ConfigError(f"{name} names a SOCKS proxy, for which a package is missing", next_step=next_step)


def check_certificates(environment: Mapping[str, str]) -> None:
    """Refuse a variable that names certificates which are not there.

    Errors: ConfigError, naming the variable.
    """
    for name, is_there in (("SSL_CERT_FILE", Path.is_file), ("SSL_CERT_DIR", Path.is_dir)):
        if (value := environment.get(name)) and not is_there(Path(value)):
            raise ConfigError(f"{name} names {value!r}, which is not there", next_step=f"Correct {name}, or unset it")


def _find_trouble(url: str, schemes: tuple[str, ...]) -> str:
    """What is wrong with an address, in words that do not repeat it; empty if nothing is."""
    if any(character.isspace() or not character.isprintable() for character in url):
        return "contains spaces or control characters"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no valid address"
    return "" if host and parts.scheme in schemes else f"is no {' or '.join(schemes)} address"
