"""A plain gspread client, unmodified but for where it goes."""

from collections.abc import Iterable, Mapping
from typing import Any

import gspread
from google.oauth2 import credentials, service_account

from tests.servers.sheets.server import SheetsServer

SHEETS = "https://www.googleapis.com/auth/spreadsheets"
GOOGLE = ("https://sheets.googleapis.com", "https://www.googleapis.com")


def client_for(google: SheetsServer, file: Mapping[str, str], scopes: Iterable[str] = (SHEETS,)) -> gspread.Client:
    """For a service account's key or an authorized user, as `SheetsServer` gives them."""
    return client_at(google.url, file, scopes)


def client_at(url: str, file: Mapping[str, str], scopes: Iterable[str] = (SHEETS,)) -> gspread.Client:
    """The same for a server of which only the address is known."""

    class Here(gspread.HTTPClient):
        def request(self, method: str, endpoint: str, *args: Any, **options: Any) -> Any:
            for host in GOOGLE:
                endpoint = endpoint.replace(host, url)
            return super().request(method, endpoint, *args, **options)

    made: Any
    if file["type"] == "service_account":
        made = service_account.Credentials.from_service_account_info(dict(file), scopes=list(scopes))
    else:  # from_authorized_user_info goes to Google whatever the file says
        names = ("refresh_token", "client_id", "client_secret", "token_uri")
        made = credentials.Credentials(token=None, scopes=list(scopes), **{name: file[name] for name in names})
    found = gspread.Client(auth=made, http_client=Here)
    found.set_timeout((5, 20))
    return found
