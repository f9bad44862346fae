"""Hosts that config.toml names: whether they answer, and with a certificate that holds. Nothing is asked of them."""

import time
from datetime import datetime, timedelta

from adapters.web.client import tls_context
from adapters.web.connection import connect, reason, resolve
from runner.ports.checkup import Finding, problem, warning

#: Seconds for one host altogether.
PATIENCE = 10.0
#: A certificate that ends within this is worth a word.
SOON = timedelta(days=14)


def reach(what: str, host: str, port: int, key: str, now: datetime, *, encrypted: bool) -> Finding:
    """A connection, made and closed; a TLS handshake when it is `encrypted`. `key`: where config.toml names it."""
    deadline = time.monotonic() + PATIENCE
    place = f"{host}:{port}"
    try:
        line = connect(resolve(host, port, deadline), port, deadline)
        try:
            if not encrypted:
                return Finding(what=what, says=f"{place} answers")
            line.start_tls(tls_context(), host)
            return dated(what, place, line.certificate_ends, now)
        finally:
            line.close()
    except OSError as error:
        mend = f"Look whether this computer is online and the name is right (config.toml {key})."
        return problem(what, f"{place} could not be reached: {reason(error)}.", mend)


def dated(what: str, place: str, ends: datetime | None, now: datetime) -> Finding:
    """That it answers, and until when its certificate holds."""
    if ends is None:
        return Finding(what=what, says=f"{place} answers")
    until = f"{ends.day} {ends:%b %Y}"
    if ends - now < SOON:
        return warning(what, f"{place} answers, but its certificate ends on {until}.", "Whoever runs that server must renew it.")
    return Finding(what=what, says=f"{place}, certificate valid until {until}")
