"""Google's token office: service accounts prove themselves by a signed JWT, people by a refresh token.

Invariant: a signature is really checked; a token is good for one hour, for its scopes, and until it is taken away.
"""

import base64
import functools
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

#: google-auth writes this into every assertion, whatever the key file's token_uri says.
AUDIENCE = "https://oauth2.googleapis.com/token"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LEEWAY = 300
HOUR = 3600


@functools.cache
def _key(_name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a bearer may do, and until when (seconds since 1970)."""

    account: str
    scopes: frozenset[str]
    ends: float


class NotGranted(Exception):
    """`error` and `error_description` of the answer, with 400."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.body = {"error": error, "error_description": description}


@dataclass(slots=True)
class TokenOffice:
    """`now` is Google's clock."""

    now: Callable[[], float]
    #: Service account → its public key.
    keys: dict[str, rsa.RSAPublicKey] = field(default_factory=dict)
    #: Refresh token → (account, granted scopes).
    refresh: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    #: What somebody who agreed in the browser was sent back with: good once.
    codes: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    #: How many tokens were given.
    given: int = 0

    def service_account(self, email: str, project: str, token_uri: str) -> dict[str, str]:
        """A new account; its key file's content."""
        key = _key("first")
        self.keys[email] = key.public_key()
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        return {
            "type": "service_account",
            "project_id": project,
            "private_key_id": "1",
            "private_key": pem,
            "client_email": email,
            "client_id": "1",
            "token_uri": token_uri,
        }

    def replace_key(self, email: str) -> None:
        """The owner made a new key: what the old one signs is good no longer."""
        self.keys[email] = _key("second").public_key()

    def person(self, account: str, scopes: frozenset[str], token_uri: str) -> dict[str, str]:
        """Somebody who consented once; the file that the consent left."""
        token = secrets.token_hex(8)
        self.refresh[token] = (account, scopes)
        file = {"type": "authorized_user", "client_id": "client", "client_secret": "hush", "refresh_token": token}
        return {**file, "token_uri": token_uri}

    def consent(self, account: str, scopes: frozenset[str]) -> str:
        """Somebody agreed in the browser: the code that they are sent back with."""
        code = secrets.token_hex(8)
        self.codes[code] = (account, scopes)
        return code

    def forget(self, account: str) -> None:
        """Consent withdrawn: tokens and refresh tokens are dead."""
        self.refresh = {token: known for token, known in self.refresh.items() if known[0] != account}
        self.expire(account)

    def expire(self, account: str) -> None:
        """Its tokens end now; it may ask for new ones."""
        self.tokens = {token: known for token, known in self.tokens.items() if known.account != account}

    def bearer(self, header: str) -> Token | None:
        """Whose token this is; None for one that is not good."""
        token = self.tokens.get(header.removeprefix("Bearer "))
        return token if token and token.ends > self.now() else None

    def grant(self, form: Mapping[str, str]) -> dict[str, Any]:
        """The answer to a request for a token. Raises `NotGranted`."""
        more: dict[str, str] = {}
        if form.get("grant_type") == JWT_GRANT:
            account, scopes = self._proven(form["assertion"])
        elif form.get("grant_type") == "refresh_token":
            account, scopes = self._remembered(form)
        elif form.get("grant_type") == "authorization_code":
            account, scopes = self._consented(form)
            more["refresh_token"] = self.person(account, scopes, "")["refresh_token"]
        else:
            raise NotGranted("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type')}")
        token = f"ya29.{secrets.token_hex(12)}"
        self.tokens[token] = Token(account=account, scopes=scopes, ends=self.now() + HOUR)
        self.given += 1
        return {"access_token": token, "expires_in": HOUR - 1, "token_type": "Bearer", "scope": " ".join(sorted(scopes)), **more}

    def _consented(self, form: Mapping[str, str]) -> tuple[str, frozenset[str]]:
        if not form.get("code_verifier") or not form.get("redirect_uri", "").startswith("http://127.0.0.1:"):
            raise NotGranted("invalid_request", "Missing code verifier.")
        known = self.codes.pop(form.get("code", ""), None)
        if known is None:
            raise NotGranted("invalid_grant", "Malformed auth code.")
        return known

    def _remembered(self, form: Mapping[str, str]) -> tuple[str, frozenset[str]]:
        if (form.get("client_id"), form.get("client_secret")) != ("client", "hush"):
            raise NotGranted("invalid_client", "The OAuth client was not found.")
        known = self.refresh.get(form.get("refresh_token", ""))
        if known is None:
            raise NotGranted("invalid_grant", "Token has been expired or revoked.")
        account, granted = known
        wanted = frozenset(form["scope"].split()) if form.get("scope") else granted
        if not wanted <= granted:
            raise NotGranted("invalid_scope", "Some requested scopes were invalid.")
        return account, wanted

    def _proven(self, assertion: str) -> tuple[str, frozenset[str]]:
        head, claims, signature = assertion.split(".")
        said = json.loads(_decoded(claims))
        if said.get("aud") != AUDIENCE or json.loads(_decoded(head)).get("alg") != "RS256":
            raise NotGranted("invalid_grant", "Invalid JWT: Failed audience check.")
        if said["iss"] not in self.keys:
            raise NotGranted("invalid_grant", "Invalid grant: account not found")
        try:
            self.keys[said["iss"]].verify(_decoded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            raise NotGranted("invalid_grant", "Invalid JWT Signature.") from None
        if not (said["iat"] - LEEWAY <= self.now() <= said["exp"] + LEEWAY and said["exp"] - said["iat"] <= HOUR):
            text = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
            raise NotGranted("invalid_grant", f"{text} Check your iat and exp values in the JWT claim.")
        return said["iss"], frozenset(said["scope"].split())


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
