package simulator_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/simulator"
)

func TestCampaignGoesThroughAsDocumented(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{ComputeTime: time.Minute, Contacts: 20, PricePerContact: 0.129})
	created := s.call("POST", onList+"/create",
		`{"list_name":"my_list","text":"This is a Premium SMS with STOP. STOP at 30101","type":"sms_premium","purpose":"wholesale","sender":"Company X"}`)
	if created.status != 201 || !regexp.MustCompile(`^\{"ticket_number":"sms_[0-9a-f]{13}"\}$`).MatchString(created.raw) {
		t.Fatalf("create: got %d %s, want 201 and a ticket like sms_5f3fbce61266e", created.status, created.raw)
	}
	ticket := created.ticket()
	wantReply(t, "status at once", s.status(ticket), 200, `{"number_of_contacts":0,"cost":0,"status":"under_computation"}`)
	want(t, "send at once", s.send(ticket), 400, 127)
	s.clock.add(time.Minute)
	wantReply(t, "status", s.status(ticket), 200, `{"number_of_contacts":20,"cost":2.58,"status":"ready_to_be_sent"}`)
	wantReply(t, "send", s.send(ticket), 200, `{"sending_date":"2026-03-02T09:01:00+01:00"}`)
	want(t, "second send", s.send(ticket), 400, 132)
	want(t, "cancel after send", s.cancel(ticket), 400, 132)
	wantReply(t, "balance", s.call("GET", wallet, ""), 200, `{"amount":997.42,"unit":"euros"}`)
}

func TestTagTicketIsServedByTheListPathsButSentByItsOwn(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	r := s.call("POST", onTag+"/create", `{"tag_name":"vip","list_name":"ignored","text":"Hi","type":"sms_premium","purpose":"alert"}`)
	want(t, "create", r, 201, 0)
	want(t, "status", s.status(r.ticket()), 200, 0)
	want(t, "send by the list path", s.send(r.ticket()), 400, 131)
	want(t, "send", s.call("POST", onTag+"/send", `{"ticket_number":"`+r.ticket()+`"}`), 200, 0)
	if got := s.Tickets()[0]; got.TagName != "vip" || got.ListName != "" {
		t.Errorf("ticket: got tag %q and list %q, want vip and none", got.TagName, got.ListName)
	}
}

func TestTagIsTakenByTheListServiceAndSentByIt(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	create := func(names string) reply {
		return s.call("POST", onList+"/create", `{`+names+`,"text":"Hi","type":"sms_premium","purpose":"alert"}`)
	}
	tag, both := create(`"tag_name":"vip"`), create(`"tag_name":"vip","list_name":"all"`)
	want(t, "send by the tag path", s.call("POST", onTag+"/send", `{"ticket_number":"`+tag.ticket()+`"}`), 400, 131)
	want(t, "send", s.send(tag.ticket()), 200, 0)
	want(t, "send to the list", s.send(both.ticket()), 200, 0)
	stats := s.Stats(0)
	if stats.SendsByTag["vip"] != 1 || stats.SendsByList["all"] != 1 {
		t.Errorf("sends: got %v by tag and %v by list, want one each", stats.SendsByTag, stats.SendsByList)
	}
}

func TestCancelledTicketIsUnknownEverywhere(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{ComputeTime: time.Hour})
	ticket := s.create("a")
	wantReply(t, "cancel", s.cancel(ticket), 204, "")
	want(t, "status", s.status(ticket), 400, 131)
	want(t, "send", s.send(ticket), 400, 131)
	want(t, "cancel again", s.cancel(ticket), 400, 131)
	want(t, "status of no ticket", s.call("GET", onList+"/status", ""), 400, 131)
}

func TestCreateIsValidated(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	text := func(n int) string { return "STOP " + strings.Repeat("é", n-5) }
	for name, tt := range map[string]struct {
		path, body   string
		status, code int
	}{
		"no list, no tag":     {onList, `{"text":"STOP","type":"sms_premium"}`, 400, 110},
		"a tag as a list":     {onList, `{"tag_name":"a","text":"STOP","type":"sms_premium"}`, 201, 0},
		"long tag as a list":  {onList, `{"tag_name":"` + strings.Repeat("l", 21) + `","text":"STOP","type":"sms_premium"}`, 400, 303},
		"no tag":              {onTag, `{"list_name":"a","text":"STOP","type":"sms_premium"}`, 400, 110},
		"list too long":       {onList, `{"list_name":"` + strings.Repeat("l", 31) + `","text":"STOP","type":"sms_premium"}`, 400, 303},
		"tag too long":        {onTag, `{"tag_name":"` + strings.Repeat("l", 21) + `","text":"STOP","type":"sms_premium"}`, 400, 303},
		"no text":             {onList, `{"list_name":"a","type":"sms_premium"}`, 400, 107},
		"text of 1224":        {onList, `{"list_name":"a","text":"` + text(1224) + `","type":"sms_premium"}`, 201, 0},
		"text of 1225":        {onList, `{"list_name":"a","text":"` + text(1225) + `","type":"sms_premium"}`, 400, 189},
		"no type":             {onList, `{"list_name":"a","text":"STOP"}`, 400, 112},
		"low cost":            {onList, `{"list_name":"a","text":"STOP","type":"sms_low_cost"}`, 201, 0},
		"short sender":        {onList, `{"list_name":"a","text":"STOP","type":"sms_premium","sender":"ab"}`, 400, 106},
		"sender with a dash":  {onList, `{"list_name":"a","text":"STOP","type":"sms_premium","sender":"a-b-c"}`, 400, 106},
		"no STOP":             {onList, `{"list_name":"a","text":"Hi","type":"sms_premium"}`, 400, 121},
		"STOP torn apart":     {onList, `{"list_name":"a","text":"ST OP","type":"sms_premium"}`, 400, 121},
		"no STOP, misspelt":   {onList, `{"list_name":"a","text":"Hi","type":"sms_premium","purpose":"Alert"}`, 400, 121},
		"alert without STOP":  {onList, `{"list_name":"a","text":"Hi","type":"sms_premium","purpose":"alert"}`, 201, 0},
		"numbers are cast":    {onList, `{"list_name":5,"text":"STOP","type":"sms_premium"}`, 201, 0},
		"objects are ignored": {onList, `{"list_name":{},"text":"STOP","type":"sms_premium"}`, 400, 110},
		"unknown are ignored": {onList, `{"list_name":"a","text":"STOP","type":"sms_premium","foo":[1],"send_at":"soon"}`, 201, 0},
		"array":               {onList, `[]`, 400, 100},
		"null":                {onList, `null`, 400, 100},
		"two values":          {onList, `{} {}`, 400, 100},
		"not UTF-8":           {onList, "{\"list_name\":\"a\xff\"}", 400, 100},
		"too large":           {onList, `{"text":"` + strings.Repeat("x", 2<<20) + `"}`, 413, 100},
	} {
		want(t, name, s.call("POST", tt.path+"/create", tt.body), tt.status, tt.code)
	}
	wantReply(t, "no STOP", s.call("POST", onList+"/create", `{"list_name":"a","text":"stop","type":"sms_premium"}`),
		400, `{"code":121,"message":"Mention STOP is missing."}`)
}

func TestSimulationModeIsNeverCharged(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	r := s.call("POST", onList+"/create", `{"list_name":"a","text":"no type, no mention","simulation_mode":1}`)
	want(t, "create", r, 201, 0)
	want(t, "send", s.send(r.ticket()), 400, 131)
	wantReply(t, "balance", s.call("GET", wallet, ""), 200, `{"amount":1000,"unit":"euros"}`)
	if got := s.Tickets()[0]; !got.Simulated {
		t.Errorf("ticket: got %+v, want it simulated", got)
	}
	if got := s.Stats(0); got.Simulated != 1 || got.Created != 0 {
		t.Errorf("stats: got %d simulated and %d created, want 1 and 0", got.Simulated, got.Created)
	}
}

func TestSendingDateIsTheOneAskedFor(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	for sendAt, date := range map[string]string{
		"2026-03-03T07:42:39-07:00": "2026-03-03T07:42:39-07:00",
		"2026-03-03T07:42:39Z":      "2026-03-03T07:42:39+00:00",
		"2020-01-01T00:00:00Z":      "2026-03-02T09:00:00+01:00",
		"2026-03-03T07:42:39-0700":  "2026-03-03T07:42:39-07:00",
		"2026-03-03 07:42:39":       "2026-03-03T07:42:39+01:00",
		"2026-07-03 07:42:39":       "2026-07-03T07:42:39+02:00",
		"2026-03-03T07:42:39":       "2026-03-02T09:00:00+01:00", // cannot be read: at once
	} {
		r := s.call("POST", onList+"/create", `{"list_name":"a","text":"STOP","type":"sms_premium","send_at":"`+sendAt+`"}`)
		wantReply(t, sendAt, s.send(r.ticket()), 200, `{"sending_date":"`+date+`"}`)
	}
}

func TestRequestIDIsRememberedForADay(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	post := func(list string) reply { return s.call("POST", onList+"/create", campaign(list, "r1")) }
	want(t, "first", post("a"), 201, 0)
	s.clock.add(24*time.Hour - time.Nanosecond)
	again := post("b")
	want(t, "within a day", again, 400, 182)
	if again.ticket() != "" {
		t.Errorf("repeat: got ticket %s, want none", again.ticket())
	}
	s.clock.add(time.Nanosecond)
	want(t, "after a day", post("a"), 201, 0)
	want(t, "and again", post("a"), 400, 182)
	if got := s.Stats(0).RequestIDsTwice; len(got) != 1 || got[0] != "r1" {
		t.Errorf("request_ids twice: got %v, want [r1]", got)
	}
}

func TestRefusedCreateAndItsRequestID(t *testing.T) {
	t.Parallel()
	refused := strings.Replace(campaign("a", "r1"), "STOP", "", 1)
	for _, tt := range []struct {
		uses   bool
		status int
		code   int
	}{{false, 201, 0}, {true, 400, 120}} {
		s := newSim(t, simulator.Config{RefusedUsesRequestID: tt.uses, DuplicateCode: 120})
		want(t, "refused", s.call("POST", onList+"/create", refused), 400, 121)
		want(t, "corrected", s.call("POST", onList+"/create", campaign("a", "r1")), tt.status, tt.code)
	}
}

func TestStatusWhileNotReadyAndAfterSending(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{ComputeTime: time.Second, RefuseWhileComputing: true, NotReadyCode: 129, ReadyStatus: "ready_to_be_send"})
	ticket := s.create("a")
	want(t, "status", s.status(ticket), 400, 129)
	s.clock.add(time.Second)
	if got := s.status(ticket).body["status"]; got != "ready_to_be_send" {
		t.Errorf("status: got %v, want ready_to_be_send", got)
	}
	for after, w := range map[string][2]int{
		"":                         {400, 132},
		simulator.AfterSendReady:   {200, 0},
		simulator.AfterSendBare:    {400, 0},
		simulator.AfterSendUnknown: {400, 131},
	} {
		s := newSim(t, simulator.Config{AfterSend: after})
		ticket := s.create("a")
		want(t, "send", s.send(ticket), 200, 0)
		want(t, "status after "+after, s.status(ticket), w[0], w[1])
	}
}

func TestSendNeedsCredit(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{
		Accounts: []simulator.Account{{Login: simulator.DefaultLogin, Key: simulator.DefaultKey, Balance: 1}},
		Contacts: 10, PricePerContact: 0.1,
	})
	first, second := s.create("a"), s.create("b")
	want(t, "first", s.send(first), 200, 0)
	want(t, "second", s.send(second), 400, 104)
	if err := s.SetBalance("", 1); err != nil {
		t.Fatal(err)
	}
	want(t, "second with credit", s.send(second), 200, 0)
	wantReply(t, "balance", s.call("GET", wallet, ""), 200, `{"amount":0,"unit":"euros"}`)
}

func TestBalanceInMessages(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{PricePerContact: 0.06})
	if err := s.SetBalance("", 12.29); err != nil {
		t.Fatal(err)
	}
	const product = "?product_name=sms_premium&country_code=FR"
	wantReply(t, "with product and country", s.call("GET", wallet+product, ""), 200, strings.TrimPrefix(messages("204"), "200 "))
	wantReply(t, "with a product alone", s.call("GET", wallet+"?product_name=sms_premium", ""), 200, `{"amount":12.29,"unit":"euros"}`)
	if err := s.SetBalance("", 0.05); err != nil {
		t.Fatal(err)
	}
	wantReply(t, "without credit", s.call("GET", wallet+product, ""), 200, `{"amount":0,"unit":"sms_premium","wallet_packs":[]}`)
}

func TestContactsComeFromTheName(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	a, b, again := s.status(s.create("a")), s.status(s.create("b")), s.status(s.create("a"))
	if a.raw != again.raw || a.raw == b.raw {
		t.Errorf("status: got %s, %s and %s, want the same for the same list only", a.raw, b.raw, again.raw)
	}
}

func TestDraftIsTheNewestReadyTicket(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{Contacts: 2, PricePerContact: 1})
	want(t, "none", s.call("GET", draft, ""), 400, 131)
	older, newer := s.create("a"), s.create("b")
	wantReply(t, "draft", s.call("GET", draft, ""), 200,
		`{"ticket_number":"`+newer+`","number_of_contacts":2,"total_cost":2,"status":"validated","code":0}`)
	s.send(newer)
	if got := s.call("GET", draft, "").ticket(); got != older {
		t.Errorf("draft: got %s, want %s", got, older)
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	for name, tt := range map[string]struct {
		login, key   string
		status, code int
	}{
		"right":         {s.login, s.key, 200, 0},
		"wrong key":     {s.login, "nope", 401, 101},
		"unknown login": {"who@example.com", s.key, 401, 101},
		"no login":      {"", s.key, 401, 108},
		"no key":        {s.login, "", 401, 109},
	} {
		want(t, name, s.as(tt.login, tt.key).call("GET", wallet, ""), tt.status, tt.code)
	}
	want(t, "before the body is looked at", s.as("x", "y").call("POST", onList+"/create", "{"), 401, 101)
}

func TestAccountsShareNothing(t *testing.T) {
	t.Parallel()
	a := newSim(t, simulator.Config{Accounts: []simulator.Account{{Login: "a", Key: "ka", Balance: 5}, {Login: "b", Key: "kb"}}}).as("a", "ka")
	b := a.as("b", "kb")
	ticket := a.call("POST", onList+"/create", campaign("l", "r1")).ticket()
	want(t, "the other's ticket", b.status(ticket), 400, 131)
	want(t, "the same request_id", b.call("POST", onList+"/create", campaign("l", "r1")), 201, 0)
	want(t, "the other's key", b.as("a", "kb").status(ticket), 401, 101)
	wantReply(t, "balance", b.call("GET", wallet, ""), 200, `{"amount":0,"unit":"euros"}`)
	if got := a.Stats(0).RequestIDsTwice; len(got) != 0 {
		t.Errorf("request_ids twice: got %v, want none: the accounts are two", got)
	}
}

func TestPathsAndMethodsAreStrict(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	for name, tt := range map[string]struct {
		method, path string
		status       int
	}{
		"trailing slash":  {"POST", onList + "/create/", 404},
		"double slash":    {"POST", "/v1/public//sms-campaign-on-list/create", 404},
		"no base":         {"POST", "/sms-campaign-on-list/create", 404},
		"delete":          {"DELETE", onList + "/delete", 404},
		"no tag status":   {"GET", onTag + "/status", 404},
		"GET create":      {"GET", onList + "/create", 405},
		"POST cancel":     {"POST", onList + "/cancel", 405},
		"HEAD balance":    {"HEAD", wallet, 405},
		"unknown of ours": {"GET", "/_sim/nothing", 404},
	} {
		if got := s.call(tt.method, tt.path, "{}"); got.status != tt.status {
			t.Errorf("%s: got %d, want %d", name, got.status, tt.status)
		}
	}
	if got := s.call("POST", onList+"/cancel", "{}").header.Get("Allow"); got != "DELETE" {
		t.Errorf("Allow: got %q, want DELETE", got)
	}
	if got := s.last(); got.Call != simulator.CallUnknown || got.HTTPStatus != 405 || got.Method != "POST" || got.Path != onList+"/cancel" {
		t.Errorf("journal: got %+v, want an unknown call with 405, its method and path", got)
	}
	s.call("GET", "/v1/public/"+strings.Repeat("x", 1000)+"?api-key=s3cr3t", "")
	if got := s.last(); len(got.Path) != 254 || strings.Contains(got.Path, "s3cr3t") {
		t.Errorf("journal: got the path %s, want its first 254 bytes and no query", got.Path)
	}
	s.create("a")
	if got := s.last(); got.Method != "" || got.Path != "" {
		t.Errorf("journal: got %+v, want neither method nor path for a call that is known", got)
	}
}

func TestBodyMustBeDeclaredAsJSON(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	for media, status := range map[string]int{"": 400, "text/plain": 400, "application/json; charset=utf-8": 201} {
		req, err := http.NewRequestWithContext(t.Context(), "POST", s.url+onList+"/create", strings.NewReader(campaign("a", "")))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{"Api-Login": {s.login}, "Api-Key": {s.key}, "Content-Type": {media}}
		if got := do(req); got.status != status {
			t.Errorf("%q: got %d %s, want %d", media, got.status, got.raw, status)
		}
	}
}
