// The checks of ../conformance.md for the TypeScript client: a line each.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Client, OctoqError, verifyWebhook } from "./octoq.js";
import type { NewCampaign } from "./octoq.js";

const { OCTOQ_URL: url = "", OCTOQ_TOKEN: token = "", FAULTY_URL: faultyUrl = "", CURSOR: cursor = "", WEBHOOKS: webhooks = "" } = process.env;
const client = new Client(url, token);
const many = 10_000;

function campaign(more: Partial<NewCampaign> = {}): NewCampaign {
  return { list_name: "typescript", text: "Été : 20 % €. STOP au 30101", type: "sms_premium", purpose: "wholesale", sender: "Shop", ...more };
}

async function refused(does: () => Promise<unknown>, status: number, code: string): Promise<OctoqError> {
  try {
    await does();
  } catch (error) {
    if (!(error instanceof OctoqError)) throw error;
    assert.deepEqual([error.status, error.code, error.detail !== ""], [status, code, true]);
    return error;
  }
  return assert.fail(`not refused, want ${status} ${code}`);
}

const fieldsOf = (error: OctoqError) => error.errors.map((fault) => fault.field).sort();

async function bulk(counts: { created: number; known: number; invalid: number }): Promise<void> {
  function* lines() {
    for (let n = 1; n <= many; n++) yield campaign({ id: `typescript-${n}`, type: n === 5000 ? "fax" : "sms_premium" });
  }
  let number = 0;
  for await (const result of client.bulk("bulk", lines())) {
    number++;
    if ("summary" in result) {
      const { created, known, invalid } = result.summary;
      assert.deepEqual({ created, known, invalid }, counts);
    } else {
      assert.deepEqual([result.line, result.id, result.result === "invalid"], [number, `typescript-${number}`, number === 5000]);
    }
  }
  assert.equal(number, many + 1);
}

async function all(values: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of values);
}

const checks: Record<string, () => Promise<unknown>> = {
  async enqueue() {
    const record = await client.enqueue("default", "typescript-first", campaign());
    assert.deepEqual([record.id, record.campaign.text], ["typescript-first", campaign().text]);
  },
  async repeat() {
    const first = await client.enqueue("default", "typescript-twice", campaign());
    assert.equal((await client.enqueue("default", "typescript-twice", campaign())).enqueued_at, first.enqueued_at);
  },
  async conflict() {
    await client.enqueue("default", "typescript-taken", campaign());
    const error = await refused(() => client.enqueue("default", "typescript-taken", campaign({ text: "Bye. STOP au 30101" })), 409, "conflict");
    assert.deepEqual(fieldsOf(error), ["text"]);
  },
  async faults() {
    const error = await refused(() => client.enqueue("default", "typescript-bad", campaign({ type: "fax", purpose: "fun" })), 422, "");
    assert.deepEqual(fieldsOf(error), ["purpose", "type"]);
  },
  async unknown() {
    await refused(() => client.get("default", "typescript-none"), 404, "");
    await refused(() => new Client(url, "octoq_live_wrong").get("default", "typescript-none"), 401, "");
  },
  async retried() {
    assert.equal((await new Client(faultyUrl, token).enqueue("default", "typescript-retried", campaign())).id, "typescript-retried");
  },
  async unreachable() {
    await refused(() => new Client("http://127.0.0.1:1", token, { retries: 1 }).get("default", "typescript-first"), 0, "connection");
  },
  bulk: () => bulk({ created: many - 1, known: 0, invalid: 1 }),
  "bulk-again": () => bulk({ created: 0, known: many - 1, invalid: 1 }),
  async "bulk-refused"() {
    await refused(() => all(new Client(url, "octoq_live_wrong").bulk("bulk", Array(many).fill(campaign()))), 401, "");
    for (const account of ["torn", "short"]) {
      await refused(() => all(new Client(faultyUrl, token).bulk(account, [campaign()])), 0, "broken_off");
    }
  },
  async sent() {
    await client.enqueue("default", "typescript-sent", campaign());
    assert.equal((await new Client(faultyUrl, token).wait("default", "typescript-sent", { until: "sent", within: 60 })).state, "sent");
    assert.equal((await client.wait("default", "typescript-sent", { within: 60 })).state, "sent");
    await client.enqueue("bulk", "typescript-waits", campaign());
    assert.equal((await client.wait("bulk", "typescript-waits", { within: 2 })).state, "queued");
  },
  async approve() {
    await client.enqueue("default", "typescript-asked", campaign({ confirm: "manual" }));
    const shown = await client.wait("default", "typescript-asked", { until: "awaiting_approval", within: 60 });
    assert.equal(shown.state, "awaiting_approval");
    await refused(() => client.approve("default", "typescript-asked", { cost: "0.0001" }), 409, "state");
    await client.approve("default", "typescript-asked", { cost: shown.cost, number_of_contacts: shown.number_of_contacts });
    assert.equal((await client.wait("default", "typescript-asked", { until: "sent", within: 60 })).state, "sent");
  },
  async reject() {
    await client.enqueue("bulk", "typescript-rejected", campaign({ confirm: "manual" }));
    const record = await client.reject("bulk", "typescript-rejected", "a wrong date");
    assert.deepEqual([record.state, record.reject_reason], ["cancelled", "a wrong date"]);
  },
  async cancel() {
    await client.enqueue("bulk", "typescript-cancelled", campaign());
    assert.equal((await client.cancel("bulk", "typescript-cancelled")).state, "cancelled");
  },
  async events() {
    const find = async (following: ReturnType<Client["events"]>, ids: Set<string>, id: string, type: string): Promise<string> => {
      for (let left = 10_000; left > 0; left--) {
        const { cursor: behind, event } = (await following.next()).value;
        assert.ok(!ids.has(event.id), `${event.id} comes twice`);
        ids.add(event.id);
        if (event.campaign === id && event.type === type) return behind;
      }
      return assert.fail(`no ${type} of ${id}`);
    };
    const ids = new Set<string>(), following = client.events(cursor, { type: ["campaign.sent", "campaign.cancelled"] });
    await find(following, ids, "typescript-sent", "campaign.sent");
    const before = new Set(ids);
    for (const id of ["typescript-late", "typescript-later"]) {
      await client.enqueue("bulk", id, campaign());
      await client.cancel("bulk", id);
    }
    const behind = await find(following, ids, "typescript-late", "campaign.cancelled");
    await find(client.events(behind, { type: ["campaign.sent", "campaign.cancelled"] }), before, "typescript-later", "campaign.cancelled");
  },
  async webhook() {
    const cases = JSON.parse(readFileSync(webhooks, "utf8")) as {
      name: string; valid: boolean; secrets: string[]; headers: Record<string, string>; body: string; now: number;
    }[];
    for (const { name, valid, secrets, headers, body, now } of cases) {
      const verify = async () => verifyWebhook(secrets, headers, Buffer.from(body), { now });
      try {
        if (valid) assert.deepEqual(await verify(), JSON.parse(body));
        else await refused(verify, 0, "signature");
      } catch (error) {
        throw new Error(`${name}: ${error}`, { cause: error });
      }
    }
  },
};

for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok ${name}`);
  } catch (error) {
    console.error(error);
    console.log(`not ok ${name}: ${String(error).replaceAll("\n", " ")}`);
  }
}
