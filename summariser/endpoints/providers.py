"""The providers we know: address, key variable, and what their structured output is known to be.

Hosted providers change their models oftener than we release, so few have a default model, and `mode` is given only
where the provider documents one answer for all its models. Everything else is found out with the canary. Addresses and
variables of DeepSeek, Qwen, Moonshot and Zhipu were read in their own documentation in November 2026; the rest is what
is commonly known.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import Field

from summariser.endpoints.endpoint import TokenParameter
from summariser.schema.exchange import OutputMode
from summariser.schema.page import Frozen

DEFAULT_TIMEOUT_S = 600.0
DESK_TIMEOUT_S = 24 * 3600.0  # a person answers


class Provider(Frozen):
    """One place that serves models."""

    name: str
    base_url: str
    key_variable: str | None = Field(default=None, description="The variable its own documentation names.")
    needs_key: bool = False
    hosts: tuple[str, ...] = Field(default=(), description="Its own hosts: the only ones its own key is sent to.")
    mode: OutputMode | None = Field(default=None, description="Null: find out.")
    token_parameter: TokenParameter = "max_tokens"
    default_model: str | None = None
    timeout_s: float = DEFAULT_TIMEOUT_S


CUSTOM = Provider(name="custom", base_url="")  # any endpoint given by its address alone

_TABLE = (
    Provider(
        name="openai",
        base_url="https://api.openai.com/v1",
        key_variable="OPENAI_API_KEY",
        needs_key=True,
        hosts=("api.openai.com", "eu.api.openai.com", "us.api.openai.com"),
        mode=OutputMode.JSON_SCHEMA,
        token_parameter="max_completion_tokens",
    ),
    Provider(
        name="deepseek",
        base_url="https://api.deepseek.com/v1",
        key_variable="DEEPSEEK_API_KEY",
        needs_key=True,
        hosts=("api.deepseek.com",),
        mode=OutputMode.JSON_OBJECT,
    ),
    Provider(  # json_schema for some models of the qwen-plus series only, json_object for most
        name="qwen",
        base_url="https://dashscope.aliyuncs.com/compatible-mode/v1",
        key_variable="DASHSCOPE_API_KEY",
        needs_key=True,
        hosts=("dashscope.aliyuncs.com", "dashscope-intl.aliyuncs.com", "dashscope-us.aliyuncs.com"),
        default_model="qwen-plus",
    ),
    Provider(
        name="moonshot",
        base_url="https://api.moonshot.cn/v1",
        key_variable="MOONSHOT_API_KEY",
        needs_key=True,
        hosts=("api.moonshot.cn", "api.moonshot.ai"),
    ),
    Provider(
        name="zhipu",
        base_url="https://open.bigmodel.cn/api/paas/v4",
        key_variable="ZHIPUAI_API_KEY",
        needs_key=True,
        hosts=("open.bigmodel.cn", "api.z.ai"),
        mode=OutputMode.JSON_OBJECT,
    ),
    Provider(name="ollama", base_url="http://127.0.0.1:11434/v1"),  # cloud models accept a schema and ignore it
    Provider(name="vllm", base_url="http://127.0.0.1:8000/v1", key_variable="VLLM_API_KEY"),
    Provider(
        name="llamacpp",
        base_url="http://127.0.0.1:8080/v1",
        key_variable="LLAMA_API_KEY",
        mode=OutputMode.JSON_SCHEMA,
        default_model="default",  # llama-server serves the one model it was started with, under any name
    ),
    Provider(
        name="desk",
        base_url="http://127.0.0.1:8765/v1",
        mode=OutputMode.JSON_SCHEMA,
        default_model="desk",
        timeout_s=DESK_TIMEOUT_S,
    ),
    CUSTOM,
)
PROVIDERS: Mapping[str, Provider] = MappingProxyType({provider.name: provider for provider in _TABLE})
ALIASES: Mapping[str, str] = MappingProxyType(
    {"kimi": "moonshot", "dashscope": "qwen", "glm": "zhipu", "zhipuai": "zhipu", "llama.cpp": "llamacpp"}
)
