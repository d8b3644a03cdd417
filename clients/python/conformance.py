"""The checks of ../conformance.md for the Python client: a line each."""
import json
import os
import traceback
from itertools import islice

import octoq

URL, FAULTY, TOKEN = os.environ["OCTOQ_URL"], os.environ["FAULTY_URL"], os.environ["OCTOQ_TOKEN"]
client = octoq.Client(URL, TOKEN)
BULK = 10_000
CURSOR = os.environ["CURSOR"]


def campaign(text="Été : 20 % €. STOP au 30101", **more):
    return {"list_name": "python", "text": text, "type": "sms_premium", "purpose": "wholesale", "sender": "Shop", **more}


def equal(what, got, want):
    if got != want:
        raise AssertionError(f"{what}: got {got!r}, want {want!r}")


def refused(do, status, code):
    try:
        do()
    except octoq.OctoqError as error:
        equal("the refusal", (error.status, error.code), (status, code))
        if not error.detail:
            raise AssertionError("the refusal says nothing")
        return error
    raise AssertionError(f"not refused, want {status} {code}")


def enqueue():
    record = client.enqueue("default", "python-first", campaign())
    equal("id", record["id"], "python-first")
    equal("text", record["campaign"]["text"], campaign()["text"])


def repeat():
    first, again = (client.enqueue("default", "python-twice", campaign()) for _ in range(2))
    equal("enqueued_at", again["enqueued_at"], first["enqueued_at"])


def conflict():
    client.enqueue("default", "python-taken", campaign())
    error = refused(lambda: client.enqueue("default", "python-taken", campaign("Bye. STOP au 30101")), 409, "conflict")
    equal("fields", [e["field"] for e in error.errors], ["text"])


def faults():
    error = refused(lambda: client.enqueue("default", "python-bad", campaign(type="fax", purpose="fun")), 422, "")
    equal("fields", sorted(e["field"] for e in error.errors), ["purpose", "type"])


def unknown():
    refused(lambda: client.get("default", "python-none"), 404, "")
    refused(lambda: octoq.Client(URL, "octoq_live_wrong").get("default", "python-none"), 401, "")


def retried():
    record = octoq.Client(FAULTY, TOKEN).enqueue("default", "python-retried", campaign())
    equal("id", record["id"], "python-retried")


def unreachable():
    refused(lambda: octoq.Client("http://127.0.0.1:1", TOKEN, retries=1).get("default", "python-first"), 0, "connection")


def bulk(counts):
    lines = ({"id": f"python-{n}", **campaign(type="fax" if n == 5000 else "sms_premium")} for n in range(1, BULK + 1))
    summary = None
    for number, result in enumerate(client.bulk("bulk", lines), 1):
        if number > BULK:
            summary = result["summary"]
            continue
        equal("line", (result["line"], result["id"]), (number, f"python-{number}"))
        equal("result", result["result"] == "invalid", number == 5000)
    equal("summary", {k: summary[k] for k in counts}, counts)


def refused_bulk():
    refused(lambda: list(octoq.Client(URL, "octoq_live_wrong").bulk("bulk", (campaign() for _ in range(BULK)))), 401, "")
    for account in ("torn", "short"):
        refused(lambda: list(octoq.Client(FAULTY, TOKEN).bulk(account, [campaign()])), 0, "broken_off")


def sent():
    client.enqueue("default", "python-sent", campaign())
    equal("state", octoq.Client(FAULTY, TOKEN).wait("default", "python-sent", until="sent", within=60)["state"], "sent")
    equal("state", client.wait("default", "python-sent", within=60)["state"], "sent")
    client.enqueue("bulk", "python-waits", campaign())
    equal("state", client.wait("bulk", "python-waits", within=2)["state"], "queued")


def approve():
    client.enqueue("default", "python-asked", campaign(confirm="manual"))
    shown = client.wait("default", "python-asked", until="awaiting_approval", within=60)
    equal("state", shown["state"], "awaiting_approval")
    refused(lambda: client.approve("default", "python-asked", cost="0.0001"), 409, "state")
    client.approve("default", "python-asked", cost=shown["cost"], number_of_contacts=shown["number_of_contacts"])
    equal("state", client.wait("default", "python-asked", until="sent", within=60)["state"], "sent")


def reject():
    client.enqueue("bulk", "python-rejected", campaign(confirm="manual"))
    record = client.reject("bulk", "python-rejected", "a wrong date")
    equal("record", (record["state"], record["reject_reason"]), ("cancelled", "a wrong date"))


def cancel():
    client.enqueue("bulk", "python-cancelled", campaign())
    equal("state", client.cancel("bulk", "python-cancelled")["state"], "cancelled")


def events():
    ids, following = set(), client.events(CURSOR, type=["campaign.sent", "campaign.cancelled"])

    def find(campaign_id, kind):
        for cursor, event in islice(following, 10_000):
            if event["id"] in ids:
                raise AssertionError(f"{event} comes twice")
            ids.add(event["id"])
            if (event["campaign"], event["type"]) == (campaign_id, kind):
                return cursor
        raise AssertionError(f"no {kind} of {campaign_id}")

    find("python-sent", "campaign.sent")
    before = set(ids)
    for campaign_id in ("python-late", "python-later"):
        client.enqueue("bulk", campaign_id, campaign())
        client.cancel("bulk", campaign_id)
        cursor = find(campaign_id, "campaign.cancelled")
        ids, following = set(before), client.events(cursor, type=["campaign.sent", "campaign.cancelled"])  # and go on behind the cursor


def webhook():
    with open(os.environ["WEBHOOKS"], encoding="utf-8") as file:
        cases = json.load(file)
    for case in cases:
        def verify():
            return octoq.verify_webhook(case["secrets"], case["headers"], case["body"].encode(), now=lambda: case["now"])
        if case["valid"]:
            equal(case["name"], verify(), json.loads(case["body"]))
        else:
            try:
                refused(verify, 0, "signature")
            except AssertionError as error:
                raise AssertionError(f"{case['name']}: {error}") from error


def once():
    bulk({"created": BULK - 1, "known": 0, "invalid": 1})


def again():
    bulk({"created": 0, "known": BULK - 1, "invalid": 1})


for name, check in {
    "enqueue": enqueue, "repeat": repeat, "conflict": conflict, "faults": faults, "unknown": unknown, "retried": retried,
    "unreachable": unreachable, "bulk": once, "bulk-again": again, "bulk-refused": refused_bulk, "sent": sent, "approve": approve,
    "reject": reject, "cancel": cancel, "events": events, "webhook": webhook,
}.items():
    try:
        check()
        print(f"ok {name}", flush=True)
    except Exception as error:  # every check is to have its line
        traceback.print_exc()
        print(f"not ok {name}: {error}", flush=True)
