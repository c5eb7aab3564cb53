"""Settings: a flag wins over an environment variable, that over `summariser.toml`, that over the default.

Keys are held apart from everything else. They come from a flag or the environment, never from the file, which is meant
to be committed. No key goes to an address that only a file names, unless that is the provider's own host over https; a
provider's own variable (`OPENAI_API_KEY`) goes to its own hosts, and to this machine if a flag or a variable says so.
So a file in a strange folder cannot send a key elsewhere. No key is ever shown: errors and notes name the variable.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
import urllib.request
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from summariser.endpoints import Options, check_names, nearest, read_value
from summariser.endpoints.endpoint import (
    ALIASES,
    CUSTOM,
    DEFAULT_TIMEOUT_S,
    PROVIDERS,
    SECRET_HEADER,
    Endpoint,
    Provider,
    RetryPolicy,
    check_base_url,
    check_certificates,
    check_proxy,
    choose_proxy,
    is_authorization,
    is_loopback,
)
from summariser.endpoints.limits import Budget, Limit, Price, find_price, parse_price
from summariser.errors import ConfigError
from summariser.schema.case import shorten

FILE_NAME = "summariser.toml"
VARIABLE_PREFIX = "SUMMARISER_"
DEFAULT_PROVIDER = "openai"
_WITHOUT = "With no endpoint: `summariser desk` in another terminal, and --provider desk here"
_MAX_BYTES = 100_000  # of the file, a hundred times what it needs
_MAX_LINE = 2_000  # characters
_PATHS = ("out", "ledger")
_REQUEST_OPTIONS = ("extra_body", "extra_headers", "max_tokens")  # those of [request] and [request.PROVIDER]
_HEADER = "write NAME: VALUE, the name of letters, digits, - and _, the value of printable ASCII"
_OF_THE_CONNECTION = frozenset(
    ("connection", "content-length", "expect", "te", "trailer", "transfer-encoding", "upgrade")
)


class Settings(Options):
    """Everything a run may be told; complete but for what `endpoint` asks for.

    Shape: address, model and patience are those of the provider where nothing is said of them. `notes` are things a
    person should know, in whole sentences; they hold no key.
    Errors: ConfigError that names every value that is wrong.
    """

    provider: str = Field(default=DEFAULT_PROVIDER, description="One of PROVIDERS.")
    base_url: str = ""
    api_key: SecretStr | None = None
    key_source: str = Field(default="", description="Where the key came from.")
    model: str | None = Field(default=None, min_length=1)
    temperature: float = Field(default=0.0, ge=0, le=2, allow_inf_nan=False)
    max_tokens: int = Field(default=8000, ge=1, le=10_000_000)
    concurrency: int = Field(default=16, ge=1, le=1000)
    repairs: int = Field(default=2, ge=0, le=20)
    transport_attempts: int = Field(default=8, ge=1, le=100)
    timeout_s: float = Field(default=DEFAULT_TIMEOUT_S, gt=0, allow_inf_nan=False)
    max_wait_s: float = Field(default=600.0, ge=0, le=30 * 86400, allow_inf_nan=False)
    extra_body: dict[str, Any] = Field(default_factory=dict, description="Added to each request; null takes one out.")
    extra_headers: dict[str, str] = Field(default_factory=dict, repr=False, description="Sent with each request.")
    budget: Decimal | None = Field(default=None, strict=False, ge=0, allow_inf_nan=False, description="As the price.")
    budget_tokens: int | None = Field(default=None, ge=0, description="Tokens that one run may take.")
    price: Price | None = Field(default=None, description="Of the model; null: looked up.")
    prices: dict[str, Price] = Field(default_factory=dict, description="Somebody's own, by patterns of models.")
    out: Path = Path("summaries")
    ledger: Path = Path(".summariser/ledger.db")
    split_prompt: str = Field(default="split", description="Name, or name@version.")
    case_prompt: str = Field(default="case_study", description="Name, or name@version.")
    verify: bool | None = Field(
        default=None,
        description="Whether a second reader gives verdicts on each record; null: as it was recorded, else not.",
    )
    verify_prompt: str = Field(default="verify", description="Name, or name@version.")
    verify_model: str | None = Field(default=None, min_length=1, description="Null: the one that reads the articles.")
    keep_text: bool = Field(default=True, description="Whether records hold the sentences of their article.")
    proxy: SecretStr | None = None
    proxy_source: str = ""
    certificates: dict[str, str] = Field(default_factory=dict, description="The variables that name some, if needed.")
    notes: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Put in what the provider has where nothing is said."""
        provider, base_url = _choose_place({name: _Given(value, name) for name, value in values.items()})
        known = {"model": provider.default_model, "timeout_s": provider.timeout_s}
        return known | values | {"provider": provider.name, "base_url": base_url}

    @field_validator("extra_body")
    @classmethod
    def _check_body(cls, body: dict[str, Any]) -> dict[str, Any]:
        """Refuse what would ask another question, and what TOML can say and JSON cannot."""
        try:
            json.dumps(body, allow_nan=False, ensure_ascii=False).encode()
        except (TypeError, ValueError) as error:
            raise ValueError(f"it cannot be sent as JSON: {error}") from error
        if taken := body.keys() & {"messages", "model"}:
            raise ValueError(f"{', '.join(sorted(taken))} cannot be set here")
        return body

    @field_validator("price", mode="before")
    @classmethod
    def _read_price(cls, value: object) -> Price | None:
        """Read a price as people write it."""
        return None if value is None else parse_price(value)

    @field_validator("prices", mode="before")
    @classmethod
    def _read_prices(cls, value: object) -> object:
        """Read a table of prices."""
        return {name: parse_price(each) for name, each in value.items()} if isinstance(value, Mapping) else value

    @field_validator("extra_headers")
    @classmethod
    def _check_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        """Refuse what no header can be; a value may be a secret, so none is repeated, nor a name that may be one."""
        for number, (name, value) in enumerate(headers.items(), start=1):
            if not re.fullmatch(r"[A-Za-z0-9_-]+", name) or not (value.isascii() and value.isprintable() and value):
                raise ValueError(f"header {number} is none; {_HEADER}")
            if value != value.strip() or name.lower() in _OF_THE_CONNECTION:
                what = "it begins or ends with a space, or is one that the connection sets itself"
                raise ValueError(f"header {number} cannot be sent: {what}")
        return headers

    def endpoint(self, *, is_replay: bool = False) -> Endpoint:
        """Where requests go, complete enough to send one; a replay needs no key.

        Errors: ConfigError if the model or a key that is needed is missing.
        """
        provider = PROVIDERS[self.provider]
        if self.model is None:
            raise ConfigError(
                f"no model is set for {self.provider}",
                next_step=f"Name one with --model, SUMMARISER_MODEL or `model` in summariser.toml. {_WITHOUT}",
            )
        if provider.needs_key and self.api_key is None and not is_replay:
            raise _missing_key(provider, self.base_url)
        if not is_replay:
            if self.proxy:
                check_proxy(self.proxy.get_secret_value(), self.proxy_source)
            check_certificates(self.certificates)
        # What we know of a hosted provider holds at its own hosts only.
        is_at_home = not provider.hosts or urlsplit(self.base_url).hostname in provider.hosts
        known_mode = provider.mode if is_at_home else None
        return Endpoint.made_of(self, known_mode=known_mode, token_parameter=provider.token_parameter)

    def price_of(self, base_url: str, model: str) -> Price | None:
        """What a model costs at an address; None if that is not known."""
        return self.price or find_price(base_url, model, self.prices)

    def new_budget(self) -> Budget:
        """What one run may spend.

        Errors: as `Budget`.
        """
        models = (self.model, self.verify_model if self.verify else None)
        prices = {model: self.price_of(self.base_url, model) for model in models if model}
        return Budget(Limit(self.budget, self.budget_tokens), prices)

    @property
    def policy(self) -> RetryPolicy:
        """How patient the client is to be."""
        return RetryPolicy(attempts=self.transport_attempts, longest_wait_s=self.max_wait_s)


class _Given(NamedTuple):
    """A value and where it came from, as a person would name the place; a key may not be sent everywhere."""

    value: object
    source: str
    is_sent: bool = True


_FOUND = ("key_source", "proxy", "proxy_source", "certificates", "notes")  # found out, not given
OPTIONS = tuple(name for name in Settings.model_fields if name not in _FOUND)
_VARIABLES = {f"{VARIABLE_PREFIX}{name.upper()}": name for name in OPTIONS}


def read_settings(
    flags: Mapping[str, object], *, folder: Path | None = None, told_as: Mapping[str, str] | None = None
) -> Settings:
    """The settings of this process: `flags`, its environment, and the `summariser.toml` of `folder`, if there is one.

    Shape: a flag that is None was not given; errors call it as `told_as` says, else by the name of the setting.
    Errors: ConfigError, naming the flag, variable or file that is wrong.
    """
    path = (folder or Path()) / FILE_NAME  # no parents: a folder that was downloaded would be one
    # Where no variable names a proxy, this is the one that the system is set to.
    system = {f"{name}_proxy": url for name, url in urllib.request.getproxies().items()}
    environment = {name: url for name, url in system.items() if name.upper() not in os.environ} | dict(os.environ)
    if not os.path.lexists(path):
        return parse_settings(flags, environment, told_as=told_as)
    if not path.is_file():
        raise ConfigError(f"{path} is no file", expected="A TOML file in UTF-8", next_step="Move what is there away")
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise _too_large(path)
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", expected="A TOML file in UTF-8") from error
    return parse_settings(flags, environment, toml=text, toml_path=path, told_as=told_as)


def parse_settings(
    flags: Mapping[str, object],
    environment: Mapping[str, str],
    *,
    toml: str = "",
    toml_path: Path | None = None,
    told_as: Mapping[str, str] | None = None,
) -> Settings:
    """The settings from their three sources, the first that has a value winning.

    Shape: paths of the file are relative to its folder; an empty variable counts as not set, but for that of a path;
    `told_as` as that of `read_settings`.
    Errors: ConfigError, naming everything that is wrong with the sources.
    """
    path = toml_path or Path(FILE_NAME)
    file = _from_file(toml, path)
    request = file.pop("request", None)
    found = {
        name: variable
        for variable, name in _VARIABLES.items()
        if environment.get(variable) or (name in _PATHS and variable in environment)  # empty: of a shell's own variable
    }
    nearer = {name: _Given(environment[variable], variable) for name, variable in found.items()}
    nearer |= {
        name: _Given(value, (told_as or {}).get(name, name)) for name, value in flags.items() if value is not None
    }
    provider = _choose_provider(file | nearer)
    given = file | (_read_request(request, provider.name) if request else {}) | nearer
    _, base_url = _choose_place(given)
    is_named = "base_url" in nearer or "base_url" not in given  # by somebody who may send a key there
    is_trusted = is_named or _is_own_host(provider, base_url)
    key = _choose_key(given, provider, base_url, environment, is_trusted=is_trusted)
    values: dict[str, Any] = {name: each.value for name, each in given.items()}
    sent = key if key and key.is_sent else None
    values |= {"provider": provider.name, "base_url": base_url, "key_source": sent.source if sent else ""}
    values |= _way_to(base_url, environment)
    values["api_key"] = SecretStr(str(sent.value)) if sent else None
    values["notes"] = tuple(_notes(key, base_url, environment))
    headers = read_value(dict[str, str], values.get("extra_headers"))
    if isinstance(headers, Mapping):
        secret = [name for name in headers if SECRET_HEADER.search(str(name))]
        values["notes"] += tuple(_notes_on_headers(secret, sent, base_url, is_trusted=is_trusted))
        if not is_trusted:
            values["extra_headers"] = {name: text for name, text in headers.items() if name not in secret}
    return Settings.model_validate(values, context={name: each.source for name, each in given.items()})


def _way_to(base_url: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """The proxy and the certificates that the environment names for an address."""
    proxy, source = choose_proxy(base_url, environment)
    names = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE") if base_url.startswith("https") else ()
    certificates = {name: environment[name] for name in names if environment.get(name)}
    return {"proxy": SecretStr(proxy) if proxy else None, "proxy_source": source, "certificates": certificates}


def _from_file(text: str, path: Path) -> dict[str, _Given]:
    """The options of the file."""
    # A key of n dots takes the square of n in memory, and stands on one line.
    if len(max(text.splitlines(), key=len, default="")) > _MAX_LINE:
        raise _too_large(path)
    try:
        table = tomllib.loads(text)
        json.dumps(table, default=str)  # refuses numbers of thousands of digits, which a hexadecimal one may have
    except (ValueError, RecursionError) as error:  # TOMLDecodeError among them, and a number of thousands of digits
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    if "api_key" in table:
        raise ConfigError(
            f"{path} holds an api_key, and files like it get committed",
            next_step="Take it out, and put the key into the variable SUMMARISER_API_KEY",
        )
    check_names(table, f"{path} has", (*OPTIONS, "request"))
    given = {name: _Given(value, f"{name} in {path}") for name, value in table.items()}
    for name in _PATHS:
        if isinstance(value := table.get(name), str) and value:
            if Path(value).is_absolute() or ".." in Path(value).parts or "://" in value:
                what = f"{given[name].source} leads out of the folder of the file"
                next_step = f"Give another place with --{name} or {VARIABLE_PREFIX}{name.upper()}"
                raise ConfigError(what, next_step=next_step)
            given[name] = _Given(path.parent / value, given[name].source)
    return given


def _too_large(path: Path) -> ConfigError:
    """The error about a file that no person wrote."""
    limits = f"At most {_MAX_BYTES:,} bytes, and {_MAX_LINE:,} characters in a line"
    return ConfigError(f"{path} is too large", expected=limits)


def _read_request(request: _Given, provider: str) -> dict[str, _Given]:
    """What the file adds to each request, and to those of this provider, which is the nearer one."""
    table = request.value if isinstance(request.value, dict) else {"request": request.value}
    check_names(table, f"{request.source} has", (*_REQUEST_OPTIONS, *PROVIDERS))
    general: dict[str, Any] = {name: value for name, value in table.items() if name not in PROVIDERS}
    own: Any = table.get(provider, {})
    if not isinstance(own, dict):
        raise ConfigError(f"request.{provider} in {request.source} is {own!r}", expected="A table of settings")
    check_names(own, f"request.{provider} in {request.source} has", _REQUEST_OPTIONS)
    parts = (read_value(dict[str, str], part.get("extra_headers")) for part in (general, own))
    for header in (name for part in parts if isinstance(part, Mapping) for name in part):
        if str(header).lower() == "host":
            what = f"{request.source} holds the header Host, which may lead a key to another server than the address"
            raise ConfigError(what, next_step="Give it with --header, if it is right")
        if SECRET_HEADER.search(str(header)):
            what = f"{request.source} holds the header {header}, and files like it get committed"
            raise ConfigError(what, next_step="The variable SUMMARISER_EXTRA_HEADERS takes headers as JSON")
    return {name: _Given(value, f"{name} of {request.source}") for name, value in (general | own).items()}


def _choose_place(given: Mapping[str, _Given]) -> tuple[Provider, str]:
    """The provider and the address. Errors: ConfigError, naming the source of what is wrong."""
    provider, named = _choose_provider(given), given.get("base_url")
    base_url = check_base_url(str(named.value), named.source) if named else provider.base_url
    if not base_url:
        raise ConfigError("provider custom has no address of its own", next_step="Set base_url as well")
    return provider, base_url


def _choose_provider(given: Mapping[str, _Given]) -> Provider:
    """The provider named, `custom` for an address alone, else the default one."""
    if "provider" not in given:
        return CUSTOM if "base_url" in given else PROVIDERS[DEFAULT_PROVIDER]
    name, source = str(given["provider"].value).strip().lower(), given["provider"].source
    name = ALIASES.get(name, name)
    if name not in PROVIDERS:
        raise ConfigError(
            f"{source}: no provider is called {shorten(name)!r}{nearest(name, PROVIDERS)}",
            expected=f"Known providers: {', '.join(PROVIDERS)}",
            next_step="For any other endpoint give its address (base_url) alone",
        )
    return PROVIDERS[name]


def _choose_key(
    given: Mapping[str, _Given], provider: Provider, base_url: str, environment: Mapping[str, str], *, is_trusted: bool
) -> _Given | None:
    """The key for this address: our own flag or variable, else the provider's; `is_trusted`: it may get one."""
    key, variable = given.get("api_key"), provider.key_variable or ""
    if key is None and environment.get(variable):
        key = _Given(environment[variable], variable)
        is_trusted = is_trusted and (_is_own_host(provider, base_url) or is_loopback(base_url))
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
    return _Given(text, key.source, is_trusted)


def _is_own_host(provider: Provider, base_url: str) -> bool:
    """Whether the address is one of the provider's own, where nobody on the way can read a key."""
    parts = urlsplit(base_url)
    return parts.hostname in provider.hosts and parts.scheme == "https"


def _missing_key(provider: Provider, base_url: str) -> ConfigError:
    """The error that says which variable to set."""
    if not (_is_own_host(provider, base_url) or is_loopback(base_url)):
        return ConfigError(
            f"no key is set for {base_url}; {provider.key_variable} is sent to {provider.name}'s own hosts only",
            next_step="Put the key for this address into the variable SUMMARISER_API_KEY",
        )
    return ConfigError(
        f"no key is set for {provider.name}",
        next_step=f"Put it into the variable {provider.key_variable} or SUMMARISER_API_KEY. {_WITHOUT}",
    )


def _notes(key: _Given | None, base_url: str, environment: Mapping[str, str]) -> Iterable[str]:
    """What a person should know, though it is no error."""
    host = urlsplit(base_url).hostname
    if key and not key.is_sent:
        yield (
            f"The key from {key.source} is not sent to {host}: it is not the provider's own host by https, or only"
            f" {FILE_NAME} names it. Name it with --base-url or SUMMARISER_BASE_URL."
        )
    if key and key.is_sent and base_url.startswith("http://") and not is_loopback(base_url):
        yield f"The key from {key.source} travels unencrypted to {host}: anybody on the way can read it."
    names = {variable.removeprefix(VARIABLE_PREFIX): variable for variable in _VARIABLES}
    for variable in sorted(environment):
        if variable.startswith(VARIABLE_PREFIX) and variable not in _VARIABLES:
            guess = difflib.get_close_matches(variable.removeprefix(VARIABLE_PREFIX), names, n=1, cutoff=0.6)
            meant = f"; did you mean {names[guess[0]]}?" if guess else ", and changes nothing."
            yield f"{shorten(variable)} is not a setting{meant}"


def _notes_on_headers(names: Iterable[str], key: _Given | None, base_url: str, *, is_trusted: bool) -> Iterable[str]:
    """What a person should know of headers that may be a key."""
    for name in names:
        if not is_trusted:
            yield (
                f"The header {name} is not sent to {urlsplit(base_url).hostname}: only {FILE_NAME} names it. Name it"
                " with --base-url or SUMMARISER_BASE_URL."
            )
        elif key and is_authorization(name):
            yield f"The header {name} is sent in place of the key from {key.source}."
