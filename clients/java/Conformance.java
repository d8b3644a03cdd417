import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import octoq.Json;
import octoq.Octoq;

/** The checks of ../conformance.md for the Java client: a line each. */
public final class Conformance {
    private static final String URL = System.getenv("OCTOQ_URL");
    private static final String FAULTY_URL = System.getenv("FAULTY_URL");
    private static final String TOKEN = System.getenv("OCTOQ_TOKEN");
    private static final int MANY = 10_000;

    private final Octoq octoq = new Octoq(URL, TOKEN);

    private interface Check {
        void run() throws Exception;
    }

    private Conformance() {
    }

    public static void main(String[] arguments) {
        Conformance c = new Conformance();
        Map<String, Check> checks = new LinkedHashMap<>();
        checks.put("enqueue", c::enqueue);
        checks.put("repeat", c::repeat);
        checks.put("conflict", c::conflict);
        checks.put("faults", c::faults);
        checks.put("unknown", c::unknown);
        checks.put("retried", c::retried);
        checks.put("unreachable", c::unreachable);
        checks.put("bulk", () -> c.bulk(MANY - 1, 0));
        checks.put("bulk-again", () -> c.bulk(0, MANY - 1));
        checks.put("bulk-refused", c::bulkRefused);
        checks.put("sent", c::sent);
        checks.put("approve", c::approve);
        checks.put("reject", c::reject);
        checks.put("cancel", c::cancel);
        checks.put("events", c::events);
        checks.put("webhook", c::webhook);
        checks.forEach((name, check) -> {
            try {
                check.run();
                System.out.println("ok " + name);
            } catch (Exception | AssertionError e) { // every check is to have its line
                e.printStackTrace();
                System.out.println("not ok " + name + ": " + String.valueOf(e.getMessage()).replace('\n', ' '));
            }
        });
    }

    private static Map<String, Object> campaign(String... more) {
        Map<String, Object> campaign = new HashMap<>(Map.of("list_name", "java", "text", "Été : 20 % €. STOP au 30101", "type", "sms_premium",
            "purpose", "wholesale", "sender", "Shop"));
        for (int i = 0; i < more.length; i += 2) {
            campaign.put(more[i], more[i + 1]);
        }
        return campaign;
    }

    private static void equal(String what, Object got, Object want) {
        if (!want.equals(got)) {
            throw new AssertionError(what + ": got " + got + ", want " + want);
        }
    }

    private static Octoq.Failure refused(Check check, int status, String code) throws Exception {
        try {
            check.run();
        } catch (Octoq.Failure e) {
            equal("the refusal", List.of(e.status, e.code, !e.detail.isEmpty()), List.of(status, code, true));
            return e;
        }
        throw new AssertionError("not refused, want " + status + " " + code);
    }

    private static Set<Object> fields(Octoq.Failure e) {
        return e.errors.stream().map(fault -> fault.get("field")).collect(Collectors.toCollection(TreeSet::new));
    }

    private static void readAll(Iterator<?> results) {
        results.forEachRemaining(result -> { });
    }

    private void enqueue() {
        Map<String, Object> known = octoq.enqueue("default", "java-first", campaign());
        equal("id", known.get("id"), "java-first");
        equal("text", ((Map<?, ?>) known.get("campaign")).get("text"), campaign().get("text"));
    }

    private void repeat() {
        Map<String, Object> first = octoq.enqueue("default", "java-twice", campaign());
        equal("enqueued_at", octoq.enqueue("default", "java-twice", campaign()).get("enqueued_at"), first.get("enqueued_at"));
    }

    private void conflict() throws Exception {
        octoq.enqueue("default", "java-taken", campaign());
        Octoq.Failure e = refused(() -> octoq.enqueue("default", "java-taken", campaign("text", "Bye. STOP au 30101")), 409, "conflict");
        equal("fields", fields(e), Set.of("text"));
    }

    private void faults() throws Exception {
        Octoq.Failure e = refused(() -> octoq.enqueue("default", "java-bad", campaign("type", "fax", "purpose", "fun")), 422, "");
        equal("fields", fields(e), Set.of("purpose", "type"));
    }

    private void unknown() throws Exception {
        refused(() -> octoq.get("default", "java-none"), 404, "");
        refused(() -> new Octoq(URL, "octoq_live_wrong").get("default", "java-none"), 401, "");
    }

    private void retried() {
        equal("id", new Octoq(FAULTY_URL, TOKEN).enqueue("default", "java-retried", campaign()).get("id"), "java-retried");
    }

    private void unreachable() throws Exception {
        refused(() -> new Octoq("http://127.0.0.1:1", TOKEN, Duration.ofSeconds(5), 1).get("default", "java-first"), 0, "connection");
    }

    private void bulk(long created, long known) {
        Iterable<Map<String, Object>> lines = () -> IntStream.rangeClosed(1, MANY)
            .mapToObj(n -> campaign("id", "java-" + n, "type", n == 5000 ? "fax" : "sms_premium")).iterator();
        Iterator<Map<String, Object>> results = octoq.bulk("bulk", lines, Map.of("results", "all"));
        for (long number = 1; number <= MANY; number++) {
            Map<String, Object> result = results.next();
            equal("line", List.of(result.get("line"), result.get("id"), result.get("result").equals("invalid")), List.of(number, "java-" + number, number == 5000));
        }
        Map<?, ?> summary = (Map<?, ?>) results.next().get("summary");
        equal("summary", List.of(summary.get("created"), summary.get("known"), summary.get("invalid")), List.of(created, known, 1L));
        equal("more", results.hasNext(), false);
    }

    private void bulkRefused() throws Exception {
        List<Map<String, Object>> one = List.of(campaign());
        refused(() -> readAll(new Octoq(URL, "octoq_live_wrong").bulk("bulk", Collections.nCopies(MANY, campaign()), Map.of())), 401, "");
        refused(() -> readAll(new Octoq(FAULTY_URL, TOKEN).bulk("torn", one, Map.of())), 0, "broken_off");
        refused(() -> readAll(new Octoq(FAULTY_URL, TOKEN).bulk("short", one, Map.of())), 0, "broken_off");
    }

    private void await(String id, String state) {
        equal("state", octoq.await("default", id, state, Duration.ofMinutes(1)).get("state"), state);
    }

    private void sent() {
        octoq.enqueue("default", "java-sent", campaign());
        equal("state", new Octoq(FAULTY_URL, TOKEN).await("default", "java-sent", "sent", Duration.ofMinutes(1)).get("state"), "sent");
        equal("state", octoq.await("default", "java-sent", "", Duration.ofMinutes(1)).get("state"), "sent");
        octoq.enqueue("bulk", "java-waits", campaign());
        equal("state", octoq.await("bulk", "java-waits", "", Duration.ofSeconds(2)).get("state"), "queued");
    }

    private void approve() throws Exception {
        octoq.enqueue("default", "java-asked", campaign("confirm", "manual"));
        await("java-asked", "awaiting_approval");
        Map<String, Object> shown = octoq.get("default", "java-asked");
        refused(() -> octoq.approve("default", "java-asked", Map.of("cost", "0.0001")), 409, "state");
        octoq.approve("default", "java-asked", Map.of("cost", shown.get("cost"), "number_of_contacts", shown.get("number_of_contacts")));
        await("java-asked", "sent");
    }

    private void reject() {
        octoq.enqueue("bulk", "java-rejected", campaign("confirm", "manual"));
        Map<String, Object> known = octoq.reject("bulk", "java-rejected", "a wrong date");
        equal("record", Arrays.asList(known.get("state"), known.get("reject_reason")), List.of("cancelled", "a wrong date"));
    }

    private void cancel() {
        octoq.enqueue("bulk", "java-cancelled", campaign());
        equal("state", octoq.cancel("bulk", "java-cancelled", "").get("state"), "cancelled");
    }

    private void events() {
        List<String> types = List.of("campaign.sent", "campaign.cancelled");
        Iterator<Map.Entry<String, Map<String, Object>>> events = octoq.events(System.getenv("CURSOR"), types, List.of());
        Set<Object> ids = new TreeSet<>();
        find(events, ids, "java-sent", "campaign.sent");
        Set<Object> before = new TreeSet<>(ids);
        for (String id : List.of("java-late", "java-later")) {
            octoq.enqueue("bulk", id, campaign());
            octoq.cancel("bulk", id, "");
        }
        String cursor = find(events, ids, "java-late", "campaign.cancelled");
        find(octoq.events(cursor, types, List.of("bulk", "default")), before, "java-later", "campaign.cancelled");
    }

    private static String find(Iterator<Map.Entry<String, Map<String, Object>>> events, Set<Object> ids, String id, String type) {
        for (int left = MANY; left > 0; left--) {
            Map.Entry<String, Map<String, Object>> next = events.next();
            Map<String, Object> event = next.getValue();
            equal(event + " comes twice", ids.add(event.get("id")), true);
            if (id.equals(event.get("campaign")) && type.equals(event.get("type"))) {
                return next.getKey();
            }
        }
        throw new AssertionError("no " + type + " of " + id);
    }

    private void webhook() throws Exception {
        for (Map<String, Object> each : Json.objects(Json.read(Files.readString(Paths.get(System.getenv("WEBHOOKS")))))) {
            try {
                webhook(each);
            } catch (AssertionError e) {
                throw new AssertionError(each.get("name") + ": " + e.getMessage(), e);
            }
        }
    }

    private static void webhook(Map<String, Object> each) throws Exception {
        List<String> secrets = new ArrayList<>();
        ((List<?>) each.get("secrets")).forEach(secret -> secrets.add(secret.toString()));
        Map<String, String> headers = new HashMap<>();
        ((Map<?, ?>) each.get("headers")).forEach((name, value) -> headers.put(name.toString(), value.toString()));
        String body = each.get("body").toString();
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        Instant now = Instant.ofEpochSecond((Long) each.get("now"));
        Check verify = () -> equal("event", Octoq.verifyWebhook(secrets, headers, bytes, Duration.ofMinutes(5), now), Json.readObject(body));
        if (each.get("valid").equals(true)) {
            verify.run();
        } else {
            refused(verify, 0, "signature");
        }
    }
}
