"""What Google says when it does not do what was asked.

Invariant: code, status and reason are those that Google was seen to give; clients tell causes apart by them.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """An error answer."""

    code: int
    status: str
    message: str
    details: tuple[dict[str, Any], ...] = field(default=())

    def body(self) -> dict[str, Any]:
        """As Sheets words it."""
        error: dict[str, Any] = {"code": self.code, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = list(self.details)
        return {"error": error}


def invalid(message: str) -> Refused:
    """400."""
    return Refused(400, "INVALID_ARGUMENT", message)


def not_found() -> Refused:
    """404: there is no such thing, or nobody may know that there is."""
    return Refused(404, "NOT_FOUND", "Requested entity was not found.")


def not_shared() -> Refused:
    """403: the account is not on the sharing list, or only as a viewer."""
    return Refused(403, "PERMISSION_DENIED", "The caller does not have permission")


def not_made_here(what: str) -> Refused:
    """501: this server does not know how, and says so loudly."""
    return Refused(501, "UNIMPLEMENTED", f"the test server cannot do: {what}")


def unauthenticated() -> Refused:
    """401: no token, or one that is no longer good."""
    text = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid credential."
    return Refused(401, "UNAUTHENTICATED", text)


def too_many(kind: str, project: str) -> Refused:
    """429: `kind` is Read or Write."""
    limit = f"'{kind} requests per minute per user'"
    text = f"Quota exceeded for quota metric '{kind} requests' and limit {limit} of service 'sheets.googleapis.com'"
    return Refused(
        429,
        "RESOURCE_EXHAUSTED",
        f"{text} for consumer 'project_number:{project}'.",
        (_info("RATE_LIMIT_EXCEEDED", quota_limit=f"{kind}RequestsPerMinutePerUser", consumer=f"projects/{project}"),),
    )


def api_off(service: str, project: str) -> Refused:
    """403: the project never switched the API on."""
    title = {"sheets.googleapis.com": "Google Sheets API", "drive.googleapis.com": "Google Drive API"}[service]
    link = f"https://console.developers.google.com/apis/api/{service}/overview?project={project}"
    text = f"{title} has not been used in project {project} before or it is disabled. Enable it by visiting {link} then retry."
    help_link = {"@type": "type.googleapis.com/google.rpc.Help", "links": [{"description": "API activation", "url": link}]}
    info = _info("SERVICE_DISABLED", service=service, consumer=f"projects/{project}", activationUrl=link)
    return Refused(403, "PERMISSION_DENIED", text, (help_link, info))


def narrow_scopes(method: str) -> Refused:
    """403: the token does not reach that far."""
    info = _info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", method=method)
    return Refused(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.", (info,))


def storage_full() -> Refused:
    """403: a service account owns no storage, so it cannot make files."""
    return Refused(403, "PERMISSION_DENIED", "The user's Drive storage quota has been exceeded.", (_info("storageQuotaExceeded"),))


def unavailable() -> Refused:
    """503."""
    return Refused(503, "UNAVAILABLE", "The service is currently unavailable.")


def _info(reason: str, **metadata: str) -> dict[str, Any]:
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": metadata,
    }


#: What a balancer in front of Google answers: no JSON at all.
HTML_502 = (
    b"<!DOCTYPE html><html lang=en><title>Error 502 (Server Error)!!1</title>"
    b"<p><b>502.</b> <ins>That\xe2\x80\x99s an error.</ins></html>\n"
)
