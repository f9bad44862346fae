"""Where a request goes: the address as typed, taken apart strictly, and the list of hosts that may be reached.

Invariant: what is compared with the list is what is connected to; an address that two readers could read differently is refused.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

from runner.errors import ActionFailed
from runner.rules.marks import MARK

PORTS = {"http": 80, "https": 443}

_URL = re.compile(r"(?i:(https?))://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?", re.DOTALL)
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::(\d{1,5}))?", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
#: What some systems read as an IPv4 address although it is not written as one: 127.1, 0x7f000001, 2130706433.
_NUMERIC = re.compile(r"(?:0x[0-9a-f]*|\d+)")
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One address, taken apart."""

    #: `http` or `https`
    scheme: str
    #: Lower case, IDNA; an IPv6 address without brackets.
    host: str
    port: int
    #: Path and query, percent-encoded; secrets' marks stand as typed.
    path: str

    @property
    def authority(self) -> str:
        """What the Host header says: the port only when it is not the scheme's own."""
        host, _, _ = self.host_and_port.rpartition(":")
        return host if self.port == PORTS[self.scheme] else self.host_and_port

    @property
    def host_and_port(self) -> str:
        """Always with the port: what the hosts of a secret are compared with."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def origin(self) -> tuple[str, str, int]:
        """Two addresses with one origin are served by one server."""
        return self.scheme, self.host, self.port

    @property
    def on_this_machine(self) -> bool:
        """Whether the request cannot leave this machine."""
        return self.host == "localhost" or (is_address(self.host) and ipaddress.ip_address(self.host).is_loopback)


def parse_url(text: str) -> Target:
    """The address in a `url` setting. Raises `ActionFailed` (permanent) with a sentence that says what is wrong with it."""
    typed = text.strip()
    if any(character < " " or character == "\x7f" for character in typed):
        raise _bad(typed, "holds a line break or another invisible character")
    whole = _URL.fullmatch(typed)
    if not whole:
        raise _bad(typed, "does not begin with http:// or https://")
    scheme = whole[1].lower()
    if "@" in whole[2]:
        raise _bad(typed, "holds a name or password before the host: use a header with a secret instead")
    authority = _AUTHORITY.fullmatch(whole[2])
    if not authority:
        raise _bad(typed, "has no readable host")
    port = int(authority[2] or PORTS[scheme])
    if not 0 < port < 65536:
        raise _bad(typed, "has a port that does not exist")
    path = _encoded(whole[3] or "/") + _encoded(whole[4] or "")
    return Target(scheme=scheme, host=normal_host(authority[1], typed), port=port, path=path)


def normal_host(host: str, typed: str) -> str:
    """Lower case, without a trailing dot, IDNA; addresses in their one canonical form. Raises `ActionFailed` (permanent)."""
    if host.startswith("["):
        try:
            return str(ipaddress.IPv6Address(host[1:-1]))
        except ValueError:
            raise _bad(typed, "has no readable host") from None
    name = host.lower().removesuffix(".")
    if not name.isascii():
        try:
            encoded = name.encode("idna").decode("ascii")
            same = encoded.encode("ascii").decode("idna") == name
        except UnicodeError:
            same = False
        if not same:  # full-width letters, ß: two standards read these as two hosts
            raise _bad(typed, "has a host with letters that are read in several ways: write its xn-- form")
        name = encoded
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _bad(typed, "has no readable host")
    if _NUMERIC.fullmatch(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError:
            raise _bad(typed, "has a host that is neither a name nor an address of four numbers") from None
    return name


def is_allowed(target: Target, allow: Iterable[str]) -> bool:
    """Whether config.toml names this host (with the scheme's own port), or this host and port."""
    return any(_entry(entry, target.scheme) == (target.host, target.port) for entry in allow)


def _entry(entry: str, scheme: str) -> tuple[str, int] | None:
    """Host and port of one entry of the list; None when it cannot be read, and so matches nothing."""
    text = entry.strip()
    if text.count(":") > 1 and not text.startswith("["):
        text = f"[{text}]"
    parts = _AUTHORITY.fullmatch(text)
    if not parts:
        return None
    try:
        return normal_host(parts[1], entry), int(parts[2] or PORTS[scheme])
    except ActionFailed:
        return None


def is_address(host: str) -> bool:
    """Whether the host is an IP address rather than a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def may_answer_for(host: str, address: str) -> bool:
    """Whether this address may stand behind the host: a public name has public addresses only.

    So nobody who owns a name can point it at the owner's machines. `localhost` has loopback ones; an address stands for itself.
    """
    if is_address(host):
        return address == host
    found = ipaddress.ip_address(address.partition("%")[0])
    if host == "localhost":
        return found.is_loopback
    return is_public(found)


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether the address is anybody's on the internet, looking into IPv6 addresses that carry an IPv4 one."""
    if isinstance(address, ipaddress.IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour
        if address in ipaddress.IPv6Network("64:ff9b::/96"):  # RFC 6052: translated by the provider
            carried = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if carried:
            return is_public(carried)
    return address.is_global and not address.is_multicast and not address.is_reserved


def outside_marks(text: str, change: Callable[[str], str]) -> str:
    """The text with everything but the secrets' marks changed."""
    changed, start = "", 0
    for mark in MARK.finditer(text):
        changed += change(text[start : mark.start()]) + mark[0]
        start = mark.end()
    return changed + change(text[start:])


def fill_marks(text: str, value: Callable[[str], str]) -> str:
    """The text with each secret's mark replaced by `value(mark)`."""
    return MARK.sub(lambda found: value(found[0]), text)


def _encoded(part: str) -> str:
    """Percent-encoded where it is not yet: blanks and letters from cells are welcome in a path."""

    def encode(plain: str) -> str:
        return _LONE_PERCENT.sub("%25", quote(plain, safe="%/?:@!$&'()*+,;=~-._[]", errors="replace"))

    return outside_marks(part, encode)


def _bad(typed: str, what: str) -> ActionFailed:
    shown = " ".join(typed[:200].split())
    return ActionFailed(f"The url “{shown}” {what}. Nothing was sent. Correct it in the step's With cell.", permanent=True)
