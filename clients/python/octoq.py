"""A client of octoq's HTTP API, for Python 3.9 and later. It needs the standard library alone.

    client = octoq.Client("https://octoq.example.com", token)
    client.enqueue("default", "spring-sale", {"list_name": "customers", "text": "20% off. STOP au 30101",
                                              "type": "sms_premium", "purpose": "wholesale"})
    print(client.wait("default", "spring-sale", until="sent")["state"])

Campaigns, records, results and events are dicts; their fields are those of docs/openapi.json, and octoq_types.py
describes them for type checkers. A Client may be used by several threads at once.
"""
from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import time
import urllib.parse
from typing import Any, Callable, Iterable, Iterator, Mapping, Optional, Sequence, Union

FINAL_STATES = frozenset(["sent", "simulated", "cancelled", "dead", "purged"])
_LONGEST_WAIT = 30  # seconds that one request waits for a state or an event
_LONGEST_PAUSE = 30.0  # seconds between two tries of a request
_PIECE = 1 << 16  # bytes of a bulk request that are sent at once


class OctoqError(Exception):
    """What octoq refused, or what went wrong on the way to it.

    status  the HTTP status; 0 where there was no answer
    code    for programs, such as "conflict" or "state"; "" where the status says it. Without an answer:
            "connection", "broken_off" (an answer that ended too early) or "signature" (of a webhook)
    detail  what happened, and what to do
    errors  the faults of a request: dicts with "field", "pointer" and "detail"
    problem all that octoq said, such as "oldest" beside the code "cursor_gone"
    """

    def __init__(self, status: int, code: str, detail: str, problem: Optional[Mapping[str, Any]] = None) -> None:
        super().__init__(f"{status} {code} {detail}")
        self.status, self.code, self.detail = status, code, detail
        self.problem: Mapping[str, Any] = problem or {}
        self.errors: list[dict[str, str]] = list(self.problem.get("errors") or [])


class Client:
    """A client with one token. timeout is how many seconds may pass without a byte; retries is how often a
    request that may be repeated is, after a failed connection or a 503: enqueue, get, wait and events."""

    def __init__(self, base_url: str, token: str = "", *, timeout: float = 30.0, retries: int = 5) -> None:
        url = urllib.parse.urlsplit(base_url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError(f"{base_url!r} is no address such as https://octoq.example.com")
        self._connection = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        self._host, self._port, self._base = url.hostname, url.port, url.path.rstrip("/")
        self._headers = {"Accept": "application/json"}
        if token:
            self._headers["Authorization"] = "Bearer " + token
        self._timeout, self._retries = timeout, retries

    def enqueue(self, account: str, campaign_id: str, campaign: Mapping[str, Any]) -> dict[str, Any]:
        """Enqueue a campaign and return its record. It may be called again with the same campaign: nothing is
        enqueued twice. Another content under the id is an error with the code "conflict"."""
        return self._ask("PUT", _campaign(account, campaign_id), campaign, repeat=True)

    def get(self, account: str, campaign_id: str) -> dict[str, Any]:
        """Return a campaign's record."""
        return self._ask("GET", _campaign(account, campaign_id), repeat=True)

    def wait(self, account: str, campaign_id: str, until: str = "", within: float = 300.0) -> dict[str, Any]:
        """Return the record once it is in a state or has ended, or as it is after so many seconds."""
        end = time.monotonic() + within
        while True:
            left = max(0, min(_LONGEST_WAIT, int(end - time.monotonic())))
            query = {"wait": f"{left}s", **({"until": until} if until else {})}
            record = self._ask("GET", _campaign(account, campaign_id), query=query, repeat=True, waits=left)
            if record["state"] == until or record["state"] in FINAL_STATES or time.monotonic() + 1 > end:
                return record

    def approve(self, account: str, campaign_id: str, *, cost: Union[str, float, None] = None, up_to: Union[str, float, None] = None,
                number_of_contacts: Optional[int] = None, force: bool = False) -> dict[str, Any]:
        """Approve what was shown, cost and number_of_contacts, or a bound, up_to, in euros."""
        given = {"cost": cost, "up_to": up_to, "number_of_contacts": number_of_contacts, "force": force}
        return self._decide(account, campaign_id, "approve", given)

    def reject(self, account: str, campaign_id: str, reason: str) -> dict[str, Any]:
        """Refuse to send a campaign."""
        return self._decide(account, campaign_id, "reject", {"reason": reason})

    def cancel(self, account: str, campaign_id: str, reason: str = "") -> dict[str, Any]:
        """Cancel a campaign."""
        return self._decide(account, campaign_id, "cancel", {"reason": reason})

    def bulk(self, account: str, campaigns: Iterable[Mapping[str, Any]], **options: Union[str, bool]) -> Iterator[dict[str, Any]]:
        """Enqueue any number of campaigns, and yield what became of each, in order, and {"summary": …} last.

        The campaigns are sent as they come, and the first result comes when all are sent. Whatever happens, all of
        them may be sent again. options are those of the API: results="problems", dry_run, all_or_nothing."""
        query = {k: str(v).lower() if isinstance(v, bool) else v for k, v in options.items()}
        path = self._path(_account(account) + "/campaigns/bulk", query)
        connection, answer = self._send("POST", path, _pieces(campaigns), "application/x-ndjson", self._timeout)
        try:
            if answer.status >= 400:
                raise _refusal(answer.status, answer.read())
            for text in answer:
                line = json.loads(text)
                yield line
                if "summary" in line:
                    return
        except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
            raise OctoqError(0, "broken_off", f"The answer was broken off: send all campaigns again. {error}") from error
        finally:
            connection.close()
        raise OctoqError(0, "broken_off", "The answer was broken off: send all campaigns again.")

    def events(self, after: str = "", **filters: Union[str, Sequence[str]]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield (cursor, event) for ever, as events happen. Keep the cursor once the event is dealt with: with it as
        after, reading goes on there, or a page of events before: one may come again, with the same "id". after is "" for all that are kept, and
        "now" for what happens from now on; filters are account and type. An error with the code "cursor_gone" has
        the cursor to go on from in problem["oldest"]."""
        while True:
            page = self._ask("GET", "/v1/events", query={**filters, "after": after, "wait": f"{_LONGEST_WAIT}s"}, repeat=True, waits=_LONGEST_WAIT)
            for number, event in enumerate(page["items"], 1):
                yield (page["next"] if number == len(page["items"]) else after), event
            after = page["next"]

    def _decide(self, account: str, campaign_id: str, what: str, given: Mapping[str, Any]) -> dict[str, Any]:
        body = {name: value for name, value in given.items() if value not in (None, "", False)}
        return self._ask("POST", _campaign(account, campaign_id) + "/" + what, body)

    def _path(self, path: str, query: Mapping[str, Any]) -> str:
        return self._base + path + ("?" + urllib.parse.urlencode(query, doseq=True) if query else "")

    def _ask(self, method: str, path: str, body: Optional[Mapping[str, Any]] = None, *, query: Mapping[str, Any] = {},
             repeat: bool = False, waits: int = 0) -> dict[str, Any]:
        """Make a request and return the JSON of its answer; repeat it if it may be."""
        content = None if body is None else json.dumps(body).encode()
        for tries_left in range(self._retries if repeat else 0, -1, -1):
            pause = min(_LONGEST_PAUSE, 0.5 * 2 ** (self._retries - tries_left))
            try:
                connection, answer = self._send(method, self._path(path, query), content, "application/json", self._timeout + waits)
                try:
                    text = answer.read()
                finally:
                    connection.close()
                if answer.status < 400:
                    return json.loads(text)
                failed = _refusal(answer.status, text)
                after = answer.headers.get("Retry-After", "")
                pause = min(_LONGEST_PAUSE, float(after)) if after.isdigit() else pause
            except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
                failed = OctoqError(0, "connection", f"No answer from {self._host}: {error}")
            except OctoqError as error:
                failed = error
            if tries_left == 0 or failed.status not in (0, 503):
                raise failed
            time.sleep(pause)
        raise AssertionError("unreachable")

    def _send(self, method: str, path: str, body: Any, kind: str, timeout: float) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """Send a request. An answer that comes before the whole body was sent is an answer."""
        connection = self._connection(self._host, self._port, timeout=timeout)
        headers = dict(self._headers, **({"Content-Type": kind} if body is not None else {}))
        try:
            try:
                connection.request(method, path, body, headers)
            except (BrokenPipeError, ConnectionResetError):
                if connection.sock is None:
                    raise
            return connection, connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise OctoqError(0, "connection", f"No answer from {self._host}: {error}") from error


def verify_webhook(secrets: Union[str, Sequence[str]], headers: Mapping[str, str], body: bytes, tolerance: float = 300.0,
                   now: Callable[[], float] = time.time) -> dict[str, Any]:
    """Return the event of a webhook's request, or raise OctoqError with the code "signature".

    secrets are one or, while one is changed, two texts that begin with "whsec_"; body is the request's body as it
    came, byte for byte; tolerance is how many seconds the request may be old."""
    lower = {name.lower(): value for name, value in headers.items()}
    identity, moment, given = (lower.get("webhook-" + name, "") for name in ("id", "timestamp", "signature"))
    if not identity or not (moment.isascii() and moment.isdigit()) or abs(now() - int(moment)) > tolerance:
        raise OctoqError(0, "signature", "The webhook has no id, or its time is not now.")
    for secret in [secrets] if isinstance(secrets, str) else secrets:
        key = base64.b64decode(secret[len("whsec_"):] if secret.startswith("whsec_") else secret)
        digest = hmac.new(key, f"{identity}.{moment}.".encode() + body, hashlib.sha256).digest()
        want = b"v1," + base64.b64encode(digest)
        if any([hmac.compare_digest(want, one.encode()) for one in given.split(" ")]):
            return json.loads(body)
    raise OctoqError(0, "signature", "The webhook's signature is not of these secrets.")


def _account(account: str) -> str:
    return "/v1/accounts/" + urllib.parse.quote(account, safe="")


def _campaign(account: str, campaign_id: str) -> str:
    return _account(account) + "/campaigns/" + urllib.parse.quote(campaign_id, safe="")


def _pieces(campaigns: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    piece = bytearray()
    for campaign in campaigns:
        piece += json.dumps(campaign).encode() + b"\n"
        if len(piece) >= _PIECE:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)


def _refusal(status: int, text: bytes) -> OctoqError:
    try:
        problem = json.loads(text)
        return OctoqError(status, problem.get("code", ""), problem.get("detail", ""), problem)
    except (ValueError, AttributeError):  # of a proxy between
        return OctoqError(status, "", text[:200].decode("utf-8", "replace"))
