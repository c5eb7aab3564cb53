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


class BatchLimits(Frozen):
    """What a provider documents of its batches: requests sent in a file, for less money and a day's patience."""

    requests: int = Field(ge=1, description="The most in one file.")
    megabytes: int = Field(ge=1, description="The largest file, in millions of bytes.")
    window: str = Field(description="The time the provider is given, in its own words.")
    path: str = Field(description="What each line names as its address.")
    lacks: tuple[str, ...] = Field(default=(), description="Parameters that its batches do not take.")
    note: str = Field(default="", description="What a person should know, as sentences.")


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
    batch: BatchLimits | None = Field(default=None, description="Null: none is known, and --batch is refused.")

    @property
    def batch_sentence(self) -> str:
        """What `doctor` says of batches."""
        if self.batch is None:
            return f"Batches: none is known of {self.name}."
        limits = f"{self.batch.requests:,} requests or {self.batch.megabytes} MB a file, within {self.batch.window}"
        lacks = f"; no {', '.join(self.batch.lacks)}" if self.batch.lacks else ""
        return f"Batches (--batch): {limits}{lacks}. {self.batch.note}".strip()


_ROWS = [{"name": name, **row} for name, row in read_words("providers").items()]
PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {row["name"]: Provider.model_validate(row, strict=False) for row in _ROWS}
)
CUSTOM = PROVIDERS["custom"]
ALIASES: Mapping[str, str] = MappingProxyType(
    {alias: provider.name for provider in PROVIDERS.values() for alias in provider.aliases}
)
