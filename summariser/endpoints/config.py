"""The environment door: flag > environment > `summariser.toml` > default.

Keys are held apart from everything else. They come from a flag or the environment, never from the file, which is meant
to be committed. A provider's own variable (`OPENAI_API_KEY`) is sent to that provider's own hosts and to this machine
only, so a file found in a strange folder cannot send it elsewhere; `SUMMARISER_API_KEY` goes to whatever address is
set. No key is ever shown: errors and notes name the variable.
"""

from __future__ import annotations

import difflib
import os
import tomllib
import urllib.request
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError

from summariser.endpoints.endpoint import Endpoint, RetryPolicy, is_loopback
from summariser.endpoints.providers import ALIASES, CUSTOM, DEFAULT_TIMEOUT_S, PROVIDERS, Provider
from summariser.errors import ConfigError
from summariser.schema.page import Frozen

FILE_NAME = "summariser.toml"
VARIABLE_PREFIX = "SUMMARISER_"
DEFAULT_PROVIDER = "openai"
_PATHS = ("out", "ledger")
_UNSET = "Correct the variable, or unset it"


class Settings(Frozen):
    """Everything a run may be told; complete but for what `endpoint` asks for.

    Shape: `notes` are things a person should know, in whole sentences; they hold no key.
    """

    provider: str = Field(default=DEFAULT_PROVIDER, description="One of PROVIDERS.")
    base_url: str = ""
    api_key: SecretStr | None = None
    key_source: str = Field(default="", description="Where the key came from.")
    model: str | None = Field(default=None, min_length=1)
    temperature: float = Field(default=0.0, ge=0, le=2, allow_inf_nan=False)
    max_tokens: int = Field(default=8000, ge=1)
    concurrency: int = Field(default=16, ge=1, le=1000)
    repairs: int = Field(default=2, ge=0, le=20)
    transport_attempts: int = Field(default=8, ge=1, le=100)
    timeout_s: float = Field(default=DEFAULT_TIMEOUT_S, gt=0, allow_inf_nan=False)
    out: Path = Path("summaries")
    ledger: Path = Path(".summariser/ledger.db")
    split_prompt: str = Field(default="split", description="Name, or name@version.")
    case_prompt: str = Field(default="case_study", description="Name, or name@version.")
    proxy: SecretStr | None = None
    proxy_source: str = ""
    notes: tuple[str, ...] = ()

    def endpoint(self, *, is_replay: bool = False) -> Endpoint:
        """Where requests go, complete enough to send one; a replay needs no key.

        Errors: ConfigError if the model or a key that is needed is missing.
        """
        provider = PROVIDERS[self.provider]
        if self.model is None:
            raise ConfigError(
                f"no model is set for {self.provider}",
                next_step="Name one with --model, SUMMARISER_MODEL or `model` in summariser.toml",
            )
        if provider.needs_key and self.api_key is None and not is_replay:
            raise _missing_key(provider, self.base_url)
        return Endpoint(
            base_url=self.base_url,
            model=self.model,
            api_key=self.api_key,
            key_source=self.key_source,
            proxy=self.proxy,
            proxy_source=self.proxy_source,
            known_mode=provider.mode if _is_at_home(provider, self.base_url) else None,
            token_parameter=provider.token_parameter,
            timeout_s=self.timeout_s,
            concurrency=self.concurrency,
        )

    @property
    def policy(self) -> RetryPolicy:
        """How patient the client is to be."""
        return RetryPolicy(attempts=self.transport_attempts)


class _Given(NamedTuple):
    """A value and where it came from, as a person would name the place."""

    value: object
    source: str


_OPTIONS = tuple(name for name in Settings.model_fields if name not in {"key_source", "proxy", "proxy_source", "notes"})


def read_settings(flags: Mapping[str, object], *, folder: Path | None = None) -> Settings:
    """The settings of this process: `flags`, its environment, and the nearest `summariser.toml` from `folder` upwards.

    Shape: a flag that is None was not given.
    Errors: ConfigError, naming the flag, variable or file that is wrong.
    """
    path = find_file(folder or Path.cwd())
    # Where no variable names a proxy, this is the one that the system is set to.
    environment = {f"{name}_proxy": url for name, url in urllib.request.getproxies().items()} | dict(os.environ)
    if path is None:
        return parse_settings(flags, environment)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", expected="A TOML file in UTF-8") from error
    return parse_settings(flags, environment, toml=text, toml_path=path)


def find_file(folder: Path) -> Path | None:
    """The nearest `summariser.toml`, in `folder` or one of its parents."""
    candidates = (place / FILE_NAME for place in (folder.absolute(), *folder.absolute().parents))
    return next((path for path in candidates if path.is_file()), None)


def parse_settings(
    flags: Mapping[str, object], environment: Mapping[str, str], *, toml: str = "", toml_path: Path | None = None
) -> Settings:
    """The settings from their three sources, the first that has a value winning.

    Shape: paths of the file are relative to its folder; an empty variable counts as not set.
    Errors: ConfigError, naming everything that is wrong with the sources.
    """
    given = _from_file(toml, toml_path or Path(FILE_NAME))
    given |= _from_environment(environment)
    given |= {name: _Given(value, f"--{name.replace('_', '-')}") for name, value in flags.items() if value is not None}
    provider = _choose_provider(given)
    base_url = _check_base_url(given["base_url"]) if "base_url" in given else provider.base_url
    if not base_url:
        raise ConfigError("provider custom has no address of its own", next_step="Set base_url as well")
    key = _choose_key(given, provider, base_url, environment)
    values: dict[str, Any] = {"model": provider.default_model, "timeout_s": provider.timeout_s}
    values |= _convert({name: item for name, item in given.items() if name not in {"provider", "base_url", "api_key"}})
    values |= {"provider": provider.name, "base_url": base_url, "key_source": key.source if key else ""}
    values["api_key"] = SecretStr(str(key.value)) if key else None
    proxy = _choose_proxy(base_url, environment)
    values |= {"proxy": SecretStr(str(proxy.value)), "proxy_source": proxy.source} if proxy else {}
    values["notes"] = tuple(_notes(given, key, provider, base_url, environment))
    return _validate(values, given)


def _from_file(text: str, path: Path) -> dict[str, _Given]:
    """The options of the file."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    if "api_key" in table:
        raise ConfigError(
            f"{path} holds an api_key, and files like it get committed",
            next_step="Take it out, and put the key into the variable SUMMARISER_API_KEY",
        )
    _check_names(table, f"{path} has")
    given = {name: _Given(value, f"{name} in {path}") for name, value in table.items()}
    for name in _PATHS:
        if isinstance(value := table.get(name), str):
            given[name] = _Given(path.parent / value, given[name].source)
    return given


def _from_environment(environment: Mapping[str, str]) -> dict[str, _Given]:
    """The options among the variables."""
    named = {name: f"{VARIABLE_PREFIX}{name.upper()}" for name in _OPTIONS}
    return {
        name: _Given(environment[variable], variable) for name, variable in named.items() if environment.get(variable)
    }


def _choose_provider(given: Mapping[str, _Given]) -> Provider:
    """The provider named, `custom` for an address alone, else the default one."""
    if "provider" not in given:
        return CUSTOM if "base_url" in given else PROVIDERS[DEFAULT_PROVIDER]
    name, source = str(given["provider"].value).strip().lower(), given["provider"].source
    name = ALIASES.get(name, name)
    if name not in PROVIDERS:
        raise ConfigError(
            f"{source}: no provider is called {name!r}{_nearest(name, PROVIDERS)}",
            expected=f"Known providers: {', '.join(PROVIDERS)}",
            next_step="For any other endpoint give its address alone, with --base-url",
        )
    return PROVIDERS[name]


def _check_base_url(given: _Given) -> str:
    """The address without a slash at its end.

    Errors: ConfigError if it is no plain http(s) address; the message never shows credentials.
    """
    url = str(given.value).strip()
    trouble = _address_trouble(url, ("http", "https"))
    if not trouble:
        parts = urlsplit(url)
        if parts.username is not None or parts.password is not None:
            trouble = "contains a user name or password; a key belongs into SUMMARISER_API_KEY"
        elif parts.query or parts.fragment:
            trouble = "has a query or a fragment; a base URL ends with its path"
    if trouble:
        raise ConfigError(
            f"{given.source} {trouble}",
            expected="An address such as https://api.example.com/v1 or http://127.0.0.1:8000/v1",
        )
    return url.rstrip("/").removesuffix("/chat/completions")


def _address_trouble(url: str, schemes: tuple[str, ...]) -> str:
    """What is wrong with an address, in words that do not repeat it; empty if nothing is."""
    if any(character.isspace() or not character.isprintable() for character in url):
        return "contains spaces or control characters"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no valid address"
    return "" if host and parts.scheme in schemes else f"is no {' or '.join(schemes)} address"


def _choose_key(
    given: Mapping[str, _Given], provider: Provider, base_url: str, environment: Mapping[str, str]
) -> _Given | None:
    """The key for this address: our own flag or variable, else the provider's, if the address is the provider's."""
    key = given.get("api_key")
    variable = provider.key_variable
    if key is None and variable and environment.get(variable) and _may_have_own_key(provider, base_url):
        key = _Given(environment[variable], variable)
    if key is None:
        return None
    text = str(key.value).strip()  # a line end from `export KEY=$(cat file)` is no part of a key
    if not text or any(character.isspace() for character in text):
        raise ConfigError(f"the key in {key.source} contains white space or is empty", expected="One word")
    if not (text.isascii() and text.isprintable()):
        raise ConfigError(
            f"the key in {key.source} contains characters no key has",
            next_step="Copy it again; quotation marks and dashes may have been changed by an editor",
        )
    return _Given(text, key.source)


def _choose_proxy(base_url: str, environment: Mapping[str, str]) -> _Given | None:
    """The proxy that the environment names for this address; none between us and our own machine.

    Errors: ConfigError if it is no address, or one of a kind that is not supported here; it may hold a password.
    """
    parts = urlsplit(base_url)
    names = [name for kind in (parts.scheme, "all") for name in (f"{kind}_proxy", f"{kind}_proxy".upper())]
    name = next((name for name in names if environment.get(name)), None)
    exceptions = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    is_exception = urllib.request.proxy_bypass_environment(parts.netloc, {"no": exceptions})  # type: ignore[attr-defined]
    if name is None or is_exception or is_loopback(base_url):
        return None
    url = environment[name] if "://" in environment[name] else f"http://{environment[name]}"
    trouble = _address_trouble(url, ("http", "https", "socks5", "socks5h"))
    if trouble:
        raise ConfigError(f"{name} {trouble}", expected="An address such as http://127.0.0.1:7890", next_step=_UNSET)
    if url.startswith("socks") and find_spec("socksio") is None:
        next_step = f"pip install socksio, or unset {name}"
        raise ConfigError(f"{name} names a SOCKS proxy, for which a package is missing", next_step=next_step)
    return _Given(url, name)


def _is_at_home(provider: Provider, base_url: str) -> bool:
    """Whether what we know of the provider holds at this address: a hosted one is known at its own hosts only."""
    return not provider.hosts or urlsplit(base_url).hostname in provider.hosts


def _may_have_own_key(provider: Provider, base_url: str) -> bool:
    """Whether the provider's own key may be sent to this address."""
    return urlsplit(base_url).hostname in provider.hosts or is_loopback(base_url)


def _missing_key(provider: Provider, base_url: str) -> ConfigError:
    """The error that says which variable to set."""
    if not _may_have_own_key(provider, base_url):
        return ConfigError(
            f"no key is set for {base_url}; {provider.key_variable} is sent to {provider.name}'s own hosts only",
            next_step="Put the key for this address into the variable SUMMARISER_API_KEY",
        )
    return ConfigError(
        f"no key is set for {provider.name}",
        next_step=f"Put it into the variable {provider.key_variable} or SUMMARISER_API_KEY",
    )


def _notes(
    given: Mapping[str, _Given], key: _Given | None, provider: Provider, base_url: str, environment: Mapping[str, str]
) -> Iterable[str]:
    """What a person should know, though it is no error."""
    host = urlsplit(base_url).hostname
    if key and base_url.startswith("http://") and not is_loopback(base_url):
        yield f"The key from {key.source} travels unencrypted to {host}: anybody on the way can read it."
    if key and key.source == "--api-key":
        yield "A key given with --api-key can be seen in the list of processes; a variable cannot."
    if key and "base_url" in given and FILE_NAME in given["base_url"].source and host not in provider.hosts:
        yield f"The key from {key.source} goes to {host}, because of {given['base_url'].source}."
    known = {f"{VARIABLE_PREFIX}{name.upper()}" for name in _OPTIONS}
    for variable in sorted(environment):
        guess = difflib.get_close_matches(variable, known, n=1, cutoff=0.85)
        if variable.startswith(VARIABLE_PREFIX) and variable not in known and guess:
            yield f"{variable} is not a setting; did you mean {guess[0]}?"


def _check_names(table: Mapping[str, object], where: str) -> None:
    """Raise if there are names that are no settings, all of them at once."""
    unknown = [name for name in table if name not in _OPTIONS]
    if unknown:
        listed = ", ".join(f"{name!r}{_nearest(name, _OPTIONS)}" for name in unknown)
        allowed = ", ".join(name for name in _OPTIONS if name != "api_key")
        raise ConfigError(f"{where} unknown settings: {listed}", expected=f"Settings are {allowed}")


def _nearest(name: str, known: Iterable[str]) -> str:
    """A guess at what was meant, as an insertion; empty if nothing is near."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" (did you mean {matches[0]!r}?)" if matches else ""


def _convert(given: Mapping[str, _Given]) -> dict[str, object]:
    """The values in the types of `Settings`, as far as they can be read so; pydantic judges the rest."""
    return {name: _convert_one(Settings.model_fields[name].annotation, item.value) for name, item in given.items()}


def _convert_one(kind: object, value: object) -> object:
    """A text from a variable as the number or path it spells, a whole number as a fraction where one is wanted."""
    try:
        if kind is int and isinstance(value, str):
            return int(value)
        if kind is float and isinstance(value, str | int) and not isinstance(value, bool):
            return float(value)
    except ValueError:
        return value
    if kind is Path and isinstance(value, str) and value:
        return Path(value)
    return value.strip() if isinstance(value, str) else value


def _validate(values: dict[str, Any], given: Mapping[str, _Given]) -> Settings:
    """The settings, or one error that names every value that is wrong and where it came from."""
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_url=False)
    troubles = [f"{_source(given, str(item['loc'][0]))} is {item['input']!r} ({item['msg']})" for item in details]
    raise ConfigError("; ".join(troubles))


def _source(given: Mapping[str, _Given], name: str) -> str:
    """Where a value came from."""
    return given[name].source if name in given else name
