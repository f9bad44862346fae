"""The AI service: whether it answers, takes the key and has the model. It is asked for its list, which costs nothing."""

import json
import time
from collections.abc import Sequence

from adapters.ai.service import address, headers, unready
from adapters.checkups.hosts import PATIENCE
from adapters.web.client import Answer, AnswerLost, exchange
from runner.errors import ActionFailed
from runner.ports import ModelService, Secrets
from runner.ports.checkup import Finding, problem, warning


def listed(service: ModelService, secrets: Secrets) -> list[Finding]:
    """As a step would ask: the packages, the address, the key, the model."""
    if sentences := list(unready(service)):
        return [problem("Model", sentence) for sentence in sentences]
    try:
        target = address(service, "/models")
        answer = exchange("GET", target, headers(service, target, secrets), b"", time.monotonic() + PATIENCE)
    except (ActionFailed, AnswerLost) as error:
        mend = "Is the service running? Look at config.toml [ai] base_url."
        return [problem("Model", secrets.redact(str(error)), mend)]
    return [_judged(service, answer)]


def _judged(service: ModelService, answer: Answer) -> Finding:
    place = f"{service.base_url}: {service.model}"
    if answer.status in (401, 403):
        return problem("Model", f"{service.base_url} does not accept the key.", "Correct config.toml [ai] api_key.")
    if answer.status == 404:  # some services keep no list
        return warning("Model", f"{place}: it answers, and keeps no list of its models.")
    if not 200 <= answer.status < 300:
        return problem("Model", f"{service.base_url} answers with {answer.status} {answer.phrase}.", "Try again in a minute.")
    names = _names(answer.body)
    if names and service.model not in names:
        some = ", ".join(names[:5])
        return warning("Model", f"{service.base_url} does not list “{service.model}”.", f"config.toml [ai] model; it has {some}.")
    return Finding(what="Model", says=f"{place}, answers")


def _names(body: bytes) -> Sequence[str]:
    try:
        names = [str(one["id"]) for one in json.loads(body)["data"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ()
    return [*names, *(name.removesuffix(":latest").removeprefix("models/") for name in names)]
