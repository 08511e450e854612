#!/usr/bin/env python3
"""Writes signatures.json, the known answers that the verifier is tested against.

Run it in this folder: python3 make_signatures.py > signatures.json
It shares no code with Baton: only Python's own hashlib, hmac and base64. All values are invented.
"""

import base64
import hashlib
import hmac
import json
import re
import sys

SECRETS = {
    "current": "7f0c3d52-invented-client-secret-1",
    "previous": "1b9e8a40-invented-client-secret-0",
}
TIMESTAMP = "1795356000123"
ORIGIN = "https://baton.example"
PATH = "/hubspot/actions/pause-ai"
BODY = (
    '{"callbackId":"ap-50001-2384000000001-1-0","origin":{"portalId":50001},'
    '"object":{"objectId":15384000001,"objectType":"TICKET"},"inputFields":{"mode":"pause"}}'
)

# HubSpot's page "Validating requests", read 2026-11-22.
DECODE = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$",
    "%27": "'", "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}


def decode(uri):
    return re.sub("|".join(DECODE), lambda found: DECODE[found.group()], uri)


def case(name, path=PATH, *, public_url=ORIGIN, called=None, method="POST", body=BODY, secret="current"):
    """One request. `path` is what Baton receives, `called` the URL that HubSpot called."""
    called = called or public_url + path
    raw = body if isinstance(body, bytes) else body.encode()
    key = SECRETS[secret].encode()
    before_body = method.encode() + called.encode()
    v3_input = method.encode() + decode(called).encode() + raw + TIMESTAMP.encode()
    return {
        "name": name,
        "public_url": public_url,
        "called": called,
        "method": method,
        "path_and_query": path,
        "body_base64": base64.b64encode(raw).decode(),
        "timestamp": TIMESTAMP,
        "secret": secret,
        "v1": hashlib.sha256(key + raw).hexdigest(),
        "v2": hashlib.sha256(key + before_body + raw).hexdigest(),
        "v3": base64.b64encode(hmac.new(key, v3_input, hashlib.sha256).digest()).decode(),
    }


def cases():
    yield case("a plain action call")
    yield case("the previous secret", secret="previous")
    yield case("a query", PATH + "?b=2&a=1&a=3")
    yield case("an empty query", PATH + "?")
    yield case("a second question mark", PATH + "?a=b?c")
    for code, char in DECODE.items():
        yield case(f"the code {code} for {char}", f"{PATH}?q=a{code}b")
    yield case("all codes, in path and query", f"/x/{''.join(DECODE)}?q={''.join(DECODE)}")
    yield case("codes in lower-case hex stay", PATH + "?q=%3a%2f%3f%2a%2c%3b")
    yield case("codes outside the table stay", PATH + "?q=%20%22%23%25%26%2B%3D%5B%5D")
    yield case("one pass only", PATH + "?q=%253A%25253A%%3A")
    yield case("a non-ASCII path, percent-encoded", "/hubspot/actions/caf%C3%A9?n=%E2%82%AC")
    yield case("a non-ASCII path, raw", "/hubspot/actions/café?n=€")
    yield case("a non-ASCII body", body='{"callbackId":"ap-1","inputFields":{"note":"grüß dich 👋 日本"}}')
    yield case("a body with white space", body='{\r\n  "callbackId" : "ap-1"\t}\n')
    yield case("a body that is not UTF-8", body=b'{"a":"\xff\xfe\x00"}')
    yield case("an empty body", body="")
    yield case("GET with a query", PATH + "?portalId=50001", method="GET", body="")
    yield case("a port", public_url=ORIGIN + ":8443")
    yield case("plain http", public_url="http://127.0.0.1:8080")
    yield case("a trailing slash in the setting", public_url=ORIGIN + "/", called=ORIGIN + PATH)
    yield case("a prefix that the proxy strips", public_url=ORIGIN + "/baton", called=ORIGIN + "/baton" + PATH)
    yield case(
        "a prefix that the proxy keeps", "/baton" + PATH,
        public_url=ORIGIN + "/baton", called=ORIGIN + "/baton" + PATH,
    )
    yield case("a prefix like our own path", public_url=ORIGIN + "/hubspot", called=ORIGIN + "/hubspot" + PATH)
    idn = "https://bücher.example"
    yield case("an internationalised host, called in ASCII", public_url=idn, called="https://xn--bcher-kva.example" + PATH)
    yield case("an internationalised host, called in Unicode", public_url=idn)
    yield case("an explicit default port", public_url=ORIGIN + ":443")
    yield case("a default port left out by the caller", public_url=ORIGIN + ":443", called=ORIGIN + PATH)


json.dump({"secrets": SECRETS, "cases": list(cases())}, sys.stdout, ensure_ascii=False, indent=1)
print()
