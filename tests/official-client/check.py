"""Connects, refreshes, introspects and lists owners with HubSpot's own Python client.

Usage: check.py [address of the simulated HubSpot]
"""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request

import hubspot
from hubspot.crm.owners.exceptions import ApiException as OwnersException
from hubspot.oauth.exceptions import ApiException as OAuthException
from hubspot.utils.oauth import get_auth_url

SIMULATOR = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8090"
CLIENT = {
    "client_id": "b4705000-de30-4000-8000-000000050001",
    "client_secret": "demo-client-secret-not-for-production",
}
CALLBACK = "http://localhost:8080/hubspot/oauth/callback"
PORTAL = 50001
SUPER_ADMIN = 61000001
SCOPES = (
    "oauth",
    "tickets",
    "conversations.read",
    "conversations.write",
    "crm.objects.contacts.read",
    "crm.objects.owners.read",
    "automation",
)
OPTIONAL_SCOPES = ("settings.users.teams.read", "files")


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """The callback is nobody's here; its address alone is wanted."""

    def redirect_request(self, *_):
        return None


def main():
    control("reset")
    code = step("the official install URL passes the consent page", connect())
    anonymous = client()

    issued = anonymous.oauth.tokens_api.create(
        grant_type="authorization_code", code=code, redirect_uri=CALLBACK, **CLIENT
    )
    step("a code is exchanged", issued.expires_in == 1800 and issued.token_type == "bearer")
    used = error_of(
        OAuthException,
        lambda: anonymous.oauth.tokens_api.create(
            grant_type="authorization_code", code=code, redirect_uri=CALLBACK, **CLIENT
        ),
    )
    step("the code works once", used == (400, "BAD_AUTH_CODE"))
    info = anonymous.oauth.access_tokens_api.get(issued.access_token)
    step("the access token tells its account", info.hub_id == PORTAL)
    info = anonymous.oauth.refresh_tokens_api.get(issued.refresh_token)
    step("the refresh token tells its user", info.user_id == SUPER_ADMIN)

    installed = client(issued.access_token)
    owners = installed.crm.owners.get_all()
    kinds = sorted({owner.type for owner in owners})
    step("owners are listed, people and queues", kinds == ["PERSON", "QUEUE"])
    first = installed.crm.owners.owners_api.get_page(limit=1)
    step("pages point to the next", first.paging.next.after == first.results[0].id)
    one = installed.crm.owners.owners_api.get_by_id(3892001, id_property="userId")
    step("an owner is found by its user", one.id == "81538001" and one.teams[0].primary)
    gone = installed.crm.owners.owners_api.get_by_id(81538003, archived=True)
    step("an archived owner has no user", gone.user_id is None)
    teams = installed.settings.users.teams_api.get_all()
    step("teams are listed", [team.name for team in teams.results][0] == "First level")
    details = installed.api_request({"path": "/account-info/2026-03/details"}).json()
    step("the account tells its kind", details["accountType"] == "STANDARD")

    control(f"portals/{PORTAL}/expire-access-tokens")
    expired = error_of(OwnersException, installed.crm.owners.owners_api.get_page)
    step("an expired token is told so", expired == (401, "EXPIRED_AUTHENTICATION"))
    renewed = anonymous.oauth.tokens_api.create(
        grant_type="refresh_token",
        refresh_token=issued.refresh_token,
        redirect_uri=CALLBACK,
        **CLIENT,
    )
    step("a refresh brings another token", renewed.access_token != issued.access_token)
    installed = client(renewed.access_token)
    step("the new token works", installed.crm.owners.owners_api.get_page(limit=1).results)

    introspected = dated(anonymous, "token/introspect", token=renewed.access_token)
    step("the dated introspection tells the domain", introspected["hub_domain"])
    again = dated(
        anonymous, "token", grant_type="refresh_token", refresh_token=issued.refresh_token
    )
    step("the dated token route refreshes", again["token_use"] == "access_token")

    anonymous.oauth.refresh_tokens_api.archive(issued.refresh_token)
    revoked = error_of(
        OAuthException,
        lambda: anonymous.oauth.tokens_api.create(
            grant_type="refresh_token", refresh_token=issued.refresh_token, **CLIENT
        ),
    )
    step("a revoked refresh token is dead", revoked == (400, "BAD_REFRESH_TOKEN"))
    print("all steps passed")


def connect():
    """Presses "Connect app" and answers the code that comes back."""
    url = get_auth_url(
        client_id=CLIENT["client_id"],
        redirect_uri=CALLBACK,
        scope=SCOPES,
        optional_scope=OPTIONAL_SCOPES,
        state="a state & more",
    ).replace("https://app.hubspot.com", SIMULATOR)
    page = urllib.request.urlopen(url).read().decode()
    assert "Connect app" in page, page
    form = {"decision": "connect", "account": f"{PORTAL}:{SUPER_ADMIN}"}
    opener = urllib.request.build_opener(NoRedirects)
    try:
        opener.open(url, urllib.parse.urlencode(form).encode())
    except urllib.error.HTTPError as answer:
        query = urllib.parse.urlsplit(answer.headers["location"]).query
        sent_back = urllib.parse.parse_qs(query)
        assert sent_back["state"] == ["a state & more"], sent_back
        return sent_back["code"][0]
    raise AssertionError("no redirect came")


def client(access_token=None):
    """HubSpot's client, pointed at the simulator."""
    return hubspot.Client.create(access_token=access_token, host=SIMULATOR, base_url=SIMULATOR)


def dated(api, path, **fields):
    """Posts a form to a dated OAuth route through HubSpot's client."""
    answer = api.api_request(
        {
            "method": "POST",
            "path": f"/oauth/2026-03/{path}",
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
            "body": urllib.parse.urlencode({**CLIENT, **fields}),
            "default_json": False,
        }
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def control(path):
    request = urllib.request.Request(f"{SIMULATOR}/_simulator/{path}", b"{}", method="POST")
    urllib.request.urlopen(request).read()


def error_of(kind, call):
    """The status of a refusal, and its code in HubSpot's older or newer word for it."""
    try:
        call()
    except kind as refusal:
        body = json.loads(refusal.body)
        code = body["category"] if body["status"] == "error" else body["status"]
        return refusal.status, code
    return None


def step(claim, holds):
    if not holds:
        sys.exit(f"FAILED  {claim}")
    print(f"ok      {claim}")
    return holds


if __name__ == "__main__":
    main()
