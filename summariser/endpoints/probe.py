"""What is the matter with an endpoint, in plain words: the heart of `summariser doctor`."""

from __future__ import annotations

import time

from summariser.endpoints.client import OpenAIClient
from summariser.endpoints.completion import clean
from summariser.endpoints.endpoint import Capability
from summariser.errors import ConfigError, ModelRefused, ModelUnavailable
from summariser.schema.page import Frozen


class ProbeReport(Frozen):
    """What an endpoint offers; null where that could not be seen.

    Shape: `findings` says it all in sentences, good and bad, in the order in which they were found.
    Units: `latency_s` is the time of the list of models, which is about one way there and back.
    """

    base_url: str
    model: str
    is_usable: bool
    is_reachable: bool
    is_key_accepted: bool | None = None
    models: tuple[str, ...] | None = None
    is_model_listed: bool | None = None
    capability: Capability | None = None
    latency_s: float | None = None
    findings: tuple[str, ...] = ()

    def add(self, finding: str, **changes: object) -> ProbeReport:
        """The report with one more finding."""
        return self.model_copy(update={**changes, "findings": (*self.findings, finding)})


async def probe(client: OpenAIClient) -> ProbeReport:
    """Look at the endpoint of an open client: a list of models and, if its capability is not known, a canary or two.

    Errors: none about the endpoint; they are what the report is for.
    """
    report = await _look_at_models(client)
    if not report.is_reachable or report.is_key_accepted is False:
        return report
    try:
        capability = await client.find_capability(report.model)
    except (ConfigError, ModelUnavailable, ModelRefused) as error:
        return report.add(str(error), is_usable=False)
    room = (
        "sends no limit"
        if capability.token_parameter == "none"
        else f"limits replies with {capability.token_parameter}"
    )
    finding = f"Structured output: {capability.mode}. {capability.note} The client {room}."
    is_key_accepted = True if report.models is not None or client.has_answered else None
    return report.add(finding, is_usable=True, capability=capability, is_key_accepted=is_key_accepted)


async def _look_at_models(client: OpenAIClient) -> ProbeReport:
    """What the list of models says about address, key and model."""
    endpoint = client.endpoint
    report = ProbeReport(base_url=endpoint.base_url, model=endpoint.model, is_usable=False, is_reachable=True)
    start = time.perf_counter()
    try:
        models = await client.list_models()
    except ModelUnavailable as error:
        return report.add(str(error), is_reachable=False)
    except ConfigError as error:
        return report.add(str(error), is_key_accepted=False)
    latency_s = time.perf_counter() - start
    report = report.add(f"{endpoint.base_url} answers within {latency_s:.2f} seconds.", latency_s=latency_s)
    if models is None:
        return report.add("It offers no list of models.")
    is_listed = endpoint.model in models
    shown = ", ".join(clean(name, endpoint, limit=60) for name in models[:8]) + (", …" if len(models) > 8 else "")
    finding = (
        f"It lists {endpoint.model}." if is_listed else f"It does not list {endpoint.model}, but: {shown or 'none'}."
    )
    return report.add(finding, models=models, is_model_listed=is_listed)
