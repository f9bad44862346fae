"""What a call costs: from the Setting `AI price`, or from the published prices of known models.

Invariant: a price is known or it is not; what is not known is called “not priced” and never counted as a guess.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adapters.web.address import parse_url
from runner.errors import ActionFailed
from runner.ports import ModelService
from runner.values import Value, is_blank, show

SETTING = "AI price"
#: The currency of published prices.
PUBLISHED = "USD"
_PRICE = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)\s*(?:in\b)?\s*[/,;]\s*(\d{1,6}(?:\.\d{1,6})?)\s*(?:out\b)?", re.IGNORECASE)
_HOW = "Write what a million tokens cost, in and out: 0.15 / 0.60"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one call cost; `amount` is None when that is not known."""

    amount: Decimal | None
    currency: str

    @property
    def counted(self) -> Decimal:
        """What the budget is charged with."""
        return self.amount or Decimal()

    def __str__(self) -> str:
        return "not priced" if self.amount is None else f"{self.amount:f} {self.currency}"


def cost(service: ModelService, model: str, tokens: tuple[int, int] | None, settings: Mapping[str, Value]) -> Cost:
    """What these tokens cost, in the budget's currency."""
    currency = service.budget.currency if service.budget else PUBLISHED
    if tokens is None:
        return Cost(amount=Decimal() if is_here(service) else None, currency=currency)
    if own := own_price(settings):
        return Cost(amount=((tokens[0] * own[0] + tokens[1] * own[1]) / 1_000_000).normalize(), currency=currency)
    if is_here(service):
        return Cost(amount=Decimal(), currency=currency)
    return Cost(amount=_published(service, model, tokens) if currency == PUBLISHED else None, currency=currency)


def is_here(service: ModelService) -> bool:
    """Whether the service runs on this computer: it costs nothing a call."""
    try:
        return parse_url(service.base_url).on_this_machine
    except ActionFailed:
        return False


def own_price(settings: Mapping[str, Value]) -> tuple[Decimal, Decimal] | None:
    """The owner's price of a million tokens, in and out; None when there is none, or it cannot be read."""
    found = _PRICE.fullmatch(show(settings.get("ai_price") or "").strip())
    return (Decimal(found[1]), Decimal(found[2])) if found else None


def complaint(service: ModelService, model: str, settings: Mapping[str, Value]) -> str:
    """Why a budget could not be held with this model; "" when it can, or there is none."""
    if not is_blank(settings.get("ai_price")) and own_price(settings) is None:
        return f"The Setting “{SETTING}” cannot be read. {_HOW}"
    if service.budget is None or cost(service, model, (1, 1), settings).amount is not None:
        return ""
    unknown = f"The price of “{model}” is not known in {service.budget.currency}, so the budget cannot hold it."
    return f"{unknown} Settings, {SETTING}: {_HOW}"


def _published(service: ModelService, model: str, tokens: tuple[int, int]) -> Decimal | None:
    from genai_prices import Usage, calc_price

    usage = Usage(input_tokens=tokens[0], output_tokens=tokens[1])
    for where in ({"provider_api_url": service.base_url}, {}):
        found = _asked(calc_price, usage, model, where)
        if found is not None:
            return found
    return None


def _asked(calc_price: Any, usage: Any, model: str, where: Mapping[str, str]) -> Decimal | None:
    try:
        return Decimal(calc_price(usage, model, **where).total_price)
    except LookupError:
        return None
