/**
 * A client of octoq's HTTP API, for Node.js 18 and later. It needs nothing else: copy this file and types.ts.
 *
 *     const octoq = new Client("https://octoq.example.com", token);
 *     await octoq.enqueue("default", "spring-sale", { list_name: "customers", text: "20% off. STOP au 30101",
 *       type: "sms_premium", purpose: "wholesale" });
 *     console.log((await octoq.wait("default", "spring-sale", { until: "sent" })).state);
 *
 * types.ts is made from docs/openapi.json.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Approval, BulkEnd, BulkLine, Event, EventPage, FieldFault, KnownRecord, NewCampaign, Problem } from "./types.js";

export type * from "./types.js";

/** The states in which a campaign stays, unless a person replays it. */
export const finalStates: ReadonlySet<string> = new Set(["sent", "simulated", "cancelled", "dead", "purged"]);

const longestWait = 30; // seconds that one request waits for a state or an event
const longestPause = 30; // seconds between two tries of a request
const piece = 1 << 16; // characters of a bulk request that are sent at once

/** What octoq refused, or what went wrong on the way to it. */
export class OctoqError extends Error {
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** For programs, such as "conflict" or "state"; "" where the status says it. Without an answer: "connection", "broken_off" or "signature". */
  readonly code: string;
  /** What happened, and what to do. */
  readonly detail: string;
  /** The faults of a request. */
  readonly errors: FieldFault[];
  /** All that octoq said, such as oldest beside the code "cursor_gone". */
  readonly problem: Partial<Problem>;

  constructor(status: number, code: string, detail: string, problem: Partial<Problem> = {}, cause?: unknown) {
    super(`${status} ${code} ${detail}`, { cause });
    this.name = "OctoqError";
    [this.status, this.code, this.detail, this.problem, this.errors] = [status, code, detail, problem, problem.errors ?? []];
  }
}

export interface Options {
  /** How many seconds may pass without an answer, and within one without more of it; 30. */
  timeout?: number;
  /** How often enqueue, get, wait and events are repeated after a failed connection or a 503; 5. */
  retries?: number;
}

export class Client {
  readonly #base: string;
  readonly #headers: Record<string, string>;
  readonly #timeout: number;
  readonly #retries: number;

  constructor(baseUrl: string, token = "", { timeout = 30, retries = 5 }: Options = {}) {
    const url = new URL(baseUrl);
    if (!["http:", "https:"].includes(url.protocol)) throw new TypeError(`${baseUrl} is no address such as https://octoq.example.com`);
    this.#base = url.origin + url.pathname.replace(/\/+$/, "");
    this.#headers = { Accept: "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
    [this.#timeout, this.#retries] = [timeout, retries];
  }

  /**
   * Enqueues a campaign and returns its record. It may be called again with the same campaign: nothing is enqueued twice.
   * Another content under the id is an error with the code "conflict".
   */
  enqueue(account: string, id: string, campaign: NewCampaign): Promise<KnownRecord> {
    return this.#ask("PUT", pathOf(account, id), { body: campaign, repeat: true });
  }

  /** Returns a campaign's record. */
  get(account: string, id: string): Promise<KnownRecord> {
    return this.#ask("GET", pathOf(account, id), { repeat: true });
  }

  /** Returns the record once it is in a state or has ended, or as it is after so many seconds (300). */
  async wait(account: string, id: string, { until = "", within = 300 }: { until?: string; within?: number } = {}): Promise<KnownRecord> {
    const end = performance.now() + within * 1000;
    for (;;) {
      const left = Math.max(0, Math.min(longestWait, Math.floor((end - performance.now()) / 1000)));
      const query = new URLSearchParams({ wait: `${left}s`, ...(until && { until }) });
      const record: KnownRecord = await this.#ask("GET", `${pathOf(account, id)}?${query}`, { repeat: true, waits: left });
      if (record.state === until || finalStates.has(record.state) || performance.now() + 1000 > end) return record;
    }
  }

  /** Approves what was shown, or a bound. */
  approve(account: string, id: string, approval: Approval): Promise<KnownRecord> {
    return this.#ask("POST", `${pathOf(account, id)}/approve`, { body: approval });
  }

  /** Refuses to send a campaign. */
  reject(account: string, id: string, reason: string): Promise<KnownRecord> {
    return this.#ask("POST", `${pathOf(account, id)}/reject`, { body: { reason } });
  }

  /** Cancels a campaign. */
  cancel(account: string, id: string, reason?: string): Promise<KnownRecord> {
    return this.#ask("POST", `${pathOf(account, id)}/cancel`, { body: { reason } });
  }

  /**
   * Enqueues any number of campaigns, and yields what became of each, in order, and { summary } last. The campaigns are
   * sent as they come, and the first result comes when all are sent. Whatever happens, all of them may be sent again.
   * The options are those of the API.
   */
  async *bulk(
    account: string, campaigns: Iterable<NewCampaign> | AsyncIterable<NewCampaign>,
    options: { results?: "all" | "problems"; dry_run?: boolean; all_or_nothing?: boolean } = {},
  ): AsyncGenerator<BulkLine | BulkEnd, void, undefined> {
    const query = new URLSearchParams(Object.entries(options).map(([name, value]): [string, string] => [name, String(value)]));
    const pieces = piecesOf(campaigns);
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(new TextEncoder().encode(value));
      },
      async cancel() { await pieces.return(); },
    });
    const answer = await this.#send("POST", `${pathOf(account, "bulk")}?${query}`, body, "application/x-ndjson");
    if (answer.status >= 400) throw refusal(answer.status, await answer.text());
    let rest = "";
    try {
      for await (const bytes of answer.body!.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + bytes).split("\n");
        rest = lines.pop()!;
        for (const line of lines) {
          const result = JSON.parse(line) as BulkLine | BulkEnd;
          yield result;
          if ("summary" in result) return;
        }
      }
    } catch (error) {
      throw new OctoqError(0, "broken_off", `The answer was broken off: send all campaigns again. ${error}`, {}, error);
    }
    throw new OctoqError(0, "broken_off", "The answer was broken off: send all campaigns again.");
  }

  /**
   * Yields { cursor, event } for ever, as events happen. Keep the cursor once the event is dealt with: with it as after,
   * reading goes on there, or a page of events before: one may come again, with the same id. after is "" for all that are
   * kept, and "now" for what happens from now on. An error with the code "cursor_gone" has the cursor to go on from in
   * problem.oldest.
   */
  async *events(after = "", { type = [], account = [] }: { type?: string[]; account?: string[] } = {}): AsyncGenerator<{ cursor: string; event: Event }, never, undefined> {
    for (;;) {
      const query = new URLSearchParams({ after, wait: `${longestWait}s` });
      for (const one of type) query.append("type", one);
      for (const one of account) query.append("account", one);
      const page: EventPage = await this.#ask("GET", `/v1/events?${query}`, { repeat: true, waits: longestWait });
      for (const [number, event] of page.items.entries()) {
        yield { cursor: number === page.items.length - 1 ? page.next : after, event };
      }
      after = page.next;
    }
  }

  /** Makes a request and returns the JSON of its answer; repeats it if it may be. */
  async #ask<T>(method: string, path: string, { body, repeat = false, waits = 0 }: { body?: object; repeat?: boolean; waits?: number }): Promise<T> {
    for (let tries = 0; ; tries++) {
      let failed: OctoqError, pause = 0.5 * 2 ** tries;
      try {
        const answer = await this.#send(method, path, body && JSON.stringify(body), "application/json", waits);
        const text = await answer.text();
        if (answer.status < 400) return JSON.parse(text) as T;
        failed = refusal(answer.status, text);
        const after = answer.headers.get("Retry-After") ?? "";
        if (/^\d+$/.test(after)) pause = Number(after);
      } catch (error) {
        failed = error instanceof OctoqError ? error : new OctoqError(0, "connection", `No whole answer from ${this.#base}: ${error}`, {}, error);
      }
      if (!repeat || tries >= this.#retries || (failed.status !== 0 && failed.status !== 503)) throw failed;
      await new Promise((resolve) => setTimeout(resolve, Math.min(pause, longestPause) * 1000));
    }
  }

  /** Sends a request. A bulk request may take as long as it likes. */
  async #send(method: string, path: string, body: string | ReadableStream | undefined, kind: string, waits = 0): Promise<Response> {
    const stream = body instanceof ReadableStream;
    try {
      return await fetch(this.#base + path, {
        method, body, headers: { ...this.#headers, ...(body !== undefined && { "Content-Type": kind }) }, redirect: "manual",
        ...(stream ? { duplex: "half" } : { signal: AbortSignal.timeout((this.#timeout + waits) * 1000) }),
      } as RequestInit);
    } catch (error) {
      throw new OctoqError(0, "connection", `No answer from ${this.#base}: ${error} ${(error as Error).cause ?? ""}`, {}, error);
    }
  }
}

/**
 * Returns the event of a webhook's request, or throws an OctoqError with the code "signature".
 *
 * @param secrets one or, while one is changed, two texts that begin with "whsec_"
 * @param headers the request's, by their names in small letters, as Node.js has them
 * @param body the request's body as it came, byte for byte
 * @param tolerance how many seconds the request may be old
 */
export function verifyWebhook(
  secrets: string | string[], headers: Record<string, string | string[] | undefined>, body: string | Uint8Array,
  { tolerance = 300, now = Date.now() / 1000 }: { tolerance?: number; now?: number } = {},
): Event {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value ?? "")]));
  const [id, moment, given] = ["id", "timestamp", "signature"].map((name) => lower[`webhook-${name}`] ?? "") as [string, string, string];
  if (!id || !/^\d{1,15}$/.test(moment) || Math.abs(now - Number(moment)) > tolerance) {
    throw new OctoqError(0, "signature", "The webhook has no id, or its time is not now.");
  }
  let valid = false;
  for (const secret of [secrets].flat()) {
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    const want = Buffer.from("v1," + createHmac("sha256", key).update(`${id}.${moment}.`).update(body).digest("base64"));
    for (const one of given.split(" ").map((text) => Buffer.from(text))) {
      valid = (one.length === want.length && timingSafeEqual(one, want)) || valid;
    }
  }
  if (!valid) throw new OctoqError(0, "signature", "The webhook's signature is not of these secrets.");
  return JSON.parse(typeof body === "string" ? body : new TextDecoder().decode(body)) as Event;
}

const pathOf = (account: string, id: string) => `/v1/accounts/${encodeURIComponent(account)}/campaigns/${encodeURIComponent(id)}`;

async function* piecesOf(campaigns: Iterable<NewCampaign> | AsyncIterable<NewCampaign>): AsyncGenerator<string, void, undefined> {
  let lines = "";
  for await (const campaign of campaigns) {
    lines += JSON.stringify(campaign) + "\n";
    if (lines.length < piece) continue;
    yield lines;
    lines = "";
  }
  if (lines) yield lines;
}

function refusal(status: number, text: string): OctoqError {
  try {
    const problem = JSON.parse(text) as Partial<Problem>;
    return new OctoqError(status, problem.code ?? "", problem.detail ?? "", problem);
  } catch {
    return new OctoqError(status, "", text.slice(0, 200)); // of a proxy between
  }
}
