"""Whether a mail whose end was not seen did leave.

Invariant: only its own Message-ID proves it; nothing but what this step sent has it.
"""

from collections.abc import Mapping
from typing import Any

from runner.ports import Call, Probed


def probe(mailer: Any, kept_in: str, request: Mapping[str, Any], _call: Call) -> Probed:
    """Look up `message_id` of the request where this mailer keeps what left. Raises `ActionFailed` as its `find` does."""
    message_id = request["message_id"]
    happened: bool | None = mailer.find(message_id)
    where = "was found" if happened else "was not found"
    return Probed(happened=happened, said=f"its Message-ID {message_id} {where} in {kept_in}", result={"message_id": message_id})
