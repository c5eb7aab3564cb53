"""The providers we know (`tables/providers.toml`): address, key variable, and what their structured output is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import Field

from summariser.endpoints.endpoint import TokenParameter
from summariser.schema.exchange import OutputMode
from summariser.schema.page import Frozen
from summariser.tables import read_words

DEFAULT_TIMEOUT_S = 600.0


class Provider(Frozen):
    """One place that serves models."""

    name: str
    aliases: tuple[str, ...] = ()
    base_url: str
    key_variable: str | None = Field(default=None, description="The variable its own documentation names.")
    needs_key: bool = False
    hosts: tuple[str, ...] = Field(default=(), description="Its own hosts: the only ones its own key is sent to.")
    mode: OutputMode | None = Field(default=None, description="Null: find out.")
    token_parameter: TokenParameter = "max_tokens"
    default_model: str | None = None
    timeout_s: float = DEFAULT_TIMEOUT_S


_ROWS = [{"name": name, **row} for name, row in read_words("providers").items()]
PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {row["name"]: Provider.model_validate(row, strict=False) for row in _ROWS}
)
CUSTOM = PROVIDERS["custom"]
ALIASES: Mapping[str, str] = MappingProxyType(
    {alias: provider.name for provider in PROVIDERS.values() for alias in provider.aliases}
)
