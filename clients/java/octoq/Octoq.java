package octoq;

import java.io.UncheckedIOException;
import java.net.*;
import java.net.http.*;
import java.net.http.HttpRequest.*;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.*;
import java.time.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.function.Supplier;
import java.util.stream.*;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A client of octoq's HTTP API, for Java 11 and later. It needs nothing but this file and Json.java.
 *
 * <pre>
 * Octoq octoq = new Octoq("https://octoq.example.com", token);
 * octoq.enqueue("default", "spring-sale", Map.of("list_name", "customers", "text", "20% off. STOP au 30101",
 *     "type", "sms_premium", "purpose", "wholesale"));
 * System.out.println(octoq.await("default", "spring-sale", "sent", Duration.ofMinutes(5)).get("state"));
 * </pre>
 *
 * Campaigns, records, results and events are maps, as Json reads them; their fields are those of docs/openapi.json. A client may be used
 * by several threads at once.
 */
public final class Octoq {
    public static final Set<String> FINAL_STATES = Set.of("sent", "simulated", "cancelled", "dead", "purged");
    private static final long LONGEST_WAIT = 30, LONGEST_PAUSE = 30_000; // seconds that a request waits; milliseconds between two tries

    private final HttpClient http;
    private final String base, token;
    private final Duration timeout;
    private final int retries;

    public Octoq(String baseUrl, String token) {
        this(baseUrl, token, Duration.ofSeconds(30), 5);
    }

    /** A request may take as long as timeout; enqueue, get, await and events are repeated after a failed connection or a 503. */
    public Octoq(String baseUrl, String token, Duration timeout, int retries) {
        this.base = URI.create(baseUrl).toString().replaceAll("/+$", "");
        this.token = token;
        this.timeout = timeout;
        this.retries = retries;
        this.http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(timeout).build();
    }

    /** Enqueues a campaign and returns its record. It may be called again with the same campaign: nothing is enqueued twice.
     * Another content under the id is an exception with the code "conflict". */
    public Map<String, Object> enqueue(String account, String id, Map<String, ?> campaign) {
        return ask("PUT", path(account, id), campaign, true, 0);
    }

    /** Returns a campaign's record. */
    public Map<String, Object> get(String account, String id) {
        return ask("GET", path(account, id), null, true, 0);
    }

    /** Returns the record once it is in a state ("" for none) or has ended, or as it is after a time. */
    public Map<String, Object> await(String account, String id, String until, Duration within) {
        long end = System.nanoTime() + within.toNanos();
        while (true) {
            long left = Math.max(0, Math.min(LONGEST_WAIT, (end - System.nanoTime()) / 1_000_000_000));
            Map<String, Object> known = ask("GET", path(account, id) + "?wait=" + left + "s&until=" + encoded(until), null, true, left);
            String state = String.valueOf(known.get("state"));
            if (state.equals(until) || FINAL_STATES.contains(state) || System.nanoTime() + 1_000_000_000 > end) {
                return known;
            }
        }
    }

    /** Approves what was shown, "cost" and "number_of_contacts", or a bound, "up_to", in euros; "force" is for a replaced Redis. */
    public Map<String, Object> approve(String account, String id, Map<String, ?> approval) {
        return ask("POST", path(account, id) + "/approve", approval, false, 0);
    }

    /** Refuses to send a campaign. */
    public Map<String, Object> reject(String account, String id, String reason) {
        return ask("POST", path(account, id) + "/reject", Map.of("reason", reason), false, 0);
    }

    /** Cancels a campaign; reason may be "". */
    public Map<String, Object> cancel(String account, String id, String reason) {
        return ask("POST", path(account, id) + "/cancel", reason.isEmpty() ? Map.of() : Map.of("reason", reason), false, 0);
    }

    /** Enqueues any number of campaigns, and returns what became of each, in order, and {"summary": …} last. They are sent as
     * they come, and the first result comes when all are sent. Whatever happens, all may be sent again. Read the results to
     * their end. The options are those of the API, such as "results": "problems". */
    public Iterator<Map<String, Object>> bulk(String account, Iterable<? extends Map<String, ?>> campaigns, Map<String, ?> options) {
        String query = options.entrySet().stream().map(o -> o.getKey() + "=" + encoded(o.getValue().toString())).collect(Collectors.joining("&"));
        Iterable<byte[]> body = () -> StreamSupport.stream(campaigns.spliterator(), false)
            .map(campaign -> (Json.write(campaign) + "\n").getBytes(StandardCharsets.UTF_8)).iterator();
        HttpRequest request = request("POST", path(account, "bulk") + "?" + query, BodyPublishers.ofByteArrays(body), "application/x-ndjson");
        HttpResponse<Stream<String>> answer = within(http.sendAsync(request, BodyHandlers.ofLines()), Long.MAX_VALUE);
        Iterator<String> lines = answer.body().iterator();
        if (answer.statusCode() >= 400) {
            throw Failure.of(answer.statusCode(), lines.hasNext() ? lines.next() : "");
        }
        Supplier<Map<String, Object>> next = () -> {
            try {
                return Json.readObject(lines.next());
            } catch (NoSuchElementException | IllegalArgumentException | UncheckedIOException e) {
                throw new Failure(0, "broken_off", "The answer was broken off: send all campaigns again. " + e.getMessage(), Map.of());
            }
        };
        return Stream.iterate(next.get(), Objects::nonNull, last -> last.containsKey("summary") ? null : next.get()).iterator();
    }

    /** Returns cursors and events without an end, as they happen. Keep the cursor once its event is dealt with: with it as after,
     * reading goes on there, or a page of events before: one may come again, with the same "id". after is "" for all that are
     * kept, and "now" for what happens from now on; no types and no accounts are all. With the code "cursor_gone", the
     * exception's problem has the cursor to go on from as "oldest". */
    public Iterator<Map.Entry<String, Map<String, Object>>> events(String after, List<String> types, List<String> accounts) {
        StringBuilder filter = new StringBuilder("&wait=" + LONGEST_WAIT + "s");
        types.forEach(type -> filter.append("&type=").append(encoded(type)));
        accounts.forEach(account -> filter.append("&account=").append(encoded(account)));
        ArrayDeque<Map.Entry<String, Map<String, Object>>> page = new ArrayDeque<>();
        String[] cursor = {after};
        return Stream.generate(() -> {
            while (page.isEmpty()) {
                Map<String, Object> read = ask("GET", "/v1/events?after=" + encoded(cursor[0]) + filter, null, true, LONGEST_WAIT);
                Json.objects(read.get("items")).forEach(event -> page.add(Map.entry(cursor[0], event)));
                cursor[0] = String.valueOf(read.get("next"));
                if (!page.isEmpty()) {
                    page.add(Map.entry(cursor[0], page.removeLast().getValue()));
                }
            }
            return page.remove();
        }).iterator();
    }

    public static Map<String, Object> verifyWebhook(List<String> secrets, Map<String, String> headers, byte[] body) {
        return verifyWebhook(secrets, headers, body, Duration.ofMinutes(5), Instant.now());
    }

    /** Returns the event of a webhook's request, or fails with the code "signature". The secrets are one or, while one is changed, two
     * texts that begin with "whsec_"; body is the request's as it came, byte for byte; it may be five minutes old without a tolerance. */
    public static Map<String, Object> verifyWebhook(List<String> secrets, Map<String, String> headers, byte[] body, Duration tolerance, Instant now) {
        TreeMap<String, String> named = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        named.putAll(headers);
        String id = named.getOrDefault("webhook-id", ""), moment = named.getOrDefault("webhook-timestamp", "");
        if (id.isEmpty() || !moment.matches("[0-9]{1,15}") || Math.abs(now.getEpochSecond() - Long.parseLong(moment)) > tolerance.getSeconds()) {
            throw new Failure(0, "signature", "The webhook has no id, or its time is not now.", Map.of());
        }
        boolean valid = false;
        for (String secret : secrets) {
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret.replaceFirst("^whsec_", "")), "HmacSHA256"));
                mac.update((id + "." + moment + ".").getBytes(StandardCharsets.UTF_8));
                byte[] want = ("v1," + Base64.getEncoder().encodeToString(mac.doFinal(body))).getBytes(StandardCharsets.UTF_8);
                for (String one : named.getOrDefault("webhook-signature", "").split(" ")) {
                    valid |= MessageDigest.isEqual(want, one.getBytes(StandardCharsets.UTF_8));
                }
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e); // every Java has HmacSHA256
            }
        }
        if (!valid) {
            throw new Failure(0, "signature", "The webhook's signature is not of these secrets.", Map.of());
        }
        return Json.readObject(new String(body, StandardCharsets.UTF_8));
    }

    /** What octoq refused, or what went wrong on the way to it. */
    public static final class Failure extends RuntimeException {
        private static final long serialVersionUID = 1;
        public final int status; // of HTTP; 0 where there was no answer
        public final String code; // for programs, such as "conflict"; without an answer "connection", "broken_off" or "signature"
        public final String detail; // what happened, and what to do
        public final transient List<Map<String, Object>> errors; // the faults of a request
        public final transient Map<String, Object> problem; // all that octoq said, such as "oldest" beside the code "cursor_gone"

        Failure(int status, String code, String detail, Map<String, Object> problem) {
            super(status + " " + code + " " + detail);
            this.status = status;
            this.code = code;
            this.detail = detail;
            this.problem = problem;
            this.errors = Json.objects(problem.get("errors"));
        }

        private static Failure of(int status, String text) {
            Map<String, Object> said = text.startsWith("{") ? Json.readObject(text) : Map.of("detail", text); // of a proxy between
            return new Failure(status, said.getOrDefault("code", "").toString(), said.getOrDefault("detail", "").toString(), said);
        }
    }

    private static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String path(String account, String id) {
        return "/v1/accounts/" + encoded(account) + "/campaigns/" + encoded(id);
    }

    /** Makes a request and returns the JSON of its answer; repeats it if it may be. */
    private Map<String, Object> ask(String method, String path, Map<String, ?> body, boolean repeat, long waits) {
        BodyPublisher content = body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(Json.write(body));
        for (int tries = 0;; tries++) {
            long pause = 500L << Math.min(tries, 6);
            Failure failed;
            try {
                HttpRequest request = request(method, path, content, body == null ? "" : "application/json");
                HttpResponse<String> answer = within(http.sendAsync(request, BodyHandlers.ofString()), timeout.toMillis() + waits * 1000);
                if (answer.statusCode() < 400) {
                    return Json.readObject(answer.body());
                }
                failed = Failure.of(answer.statusCode(), answer.body());
                String after = answer.headers().firstValue("Retry-After").orElse("");
                pause = after.matches("[0-9]{1,6}") ? Long.parseLong(after) * 1000 : pause;
            } catch (Failure e) {
                failed = e;
            } catch (IllegalArgumentException e) {
                failed = new Failure(0, "connection", "An answer of " + base + " is " + e.getMessage(), Map.of());
            }
            if (!repeat || tries >= retries || failed.status != 0 && failed.status != 503) {
                throw failed;
            }
            within(new CompletableFuture<Void>().completeOnTimeout(null, Math.min(pause, LONGEST_PAUSE), TimeUnit.MILLISECONDS), Long.MAX_VALUE);
        }
    }

    private HttpRequest request(String method, String path, BodyPublisher body, String kind) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path)).method(method, body).header("Accept", "application/json");
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        return (kind.isEmpty() ? request : request.header("Content-Type", kind)).build();
    }

    /** Waits for an answer, for so many milliseconds. */
    private <T> T within(CompletableFuture<T> answer, long most) {
        try {
            return answer.get(most, TimeUnit.MILLISECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            answer.cancel(true);
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw new Failure(0, "connection", "No whole answer from " + base + ": " + e, Map.of());
        }
    }
}
