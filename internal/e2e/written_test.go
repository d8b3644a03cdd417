package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// written is something that a person writes, and what octoq makes of it.
type written struct {
	as    string   // what is written
	env   []string // beside the rig's own
	args  []string // of octoq
	stdin string
	code  int
	wants string // what octoq says, or shows
	never string // what it must not say
}

// dry is a campaign by flags that is only shown.
func dry(more ...string) []string {
	return append([]string{
		"enqueue", "--dry-run", "--json", "--id", "a", "--list-name", "l", "--type", "sms_premium", "--purpose", "wholesale", "--text", "STOP au 30101",
	}, more...)
}

// dryFile reads standard input, and shows what would be enqueued.
func dryFile(more ...string) []string {
	return append([]string{"enqueue", "--dry-run", "--json", "--file", "-"}, more...)
}

// line is a campaign as JSON, without an id.
func line(more string) string {
	return `{"list_name":"l","text":"STOP au 30101","type":"sms_premium","purpose":"wholesale"` + more + "}\n"
}

// inWindow is a campaign of a moment in a window of every day.
func inWindow(sendAt, zone string) []string {
	return dry("--send-at", sendAt, "--window", "Mo-Su 08:00-20:00 "+zone)
}

// tick is a schedule of a cron expression.
func tick(cron string) []string {
	return []string{
		"schedule", "add", "s", "--replace", "--json", "--cron", cron, "--zone", "Europe/Paris", "--list-name", "l", "--text", "STOP au 30101",
		"--type", "sms_premium", "--purpose", "wholesale",
	}
}

const (
	noTime  = "is the time that programs write for none"
	tooLate = "expires_at: is "
	closed  = "is outside the campaign's window"
	byOwner = "is outside the account's window, 08:00-09:00 UTC"
	narrow  = "OCTOQ_WINDOW=08:00-09:00 UTC"
	header  = "list_name;text;type;purpose;"
	cells   = "l;STOP au 30101;sms_premium;wholesale;"
	// The ids of line with a send_at, with a window, and with labels.
	onThe3rd, onWeekdays, labelled = "auto-6b6a3843edd5cf172603d1de35e52fff", "auto-2ee25822487334e291c2a6fd1409eb27", "auto-a71678e4f0b305ce9021b188701cc1a5"
)

// kinds are mistakes that octoq once made, or let pass: of each kind the one that was
// seen first, and others like it. Where a kind is about a refusal or a warning, the
// last row is what must get neither.
func kinds() map[string][]written {
	slow := "ZONEINFO={slow}" // a machine on which the clocks of Paris are slow
	return map[string][]written{
		"STOP as the API asks for it": {
			{as: "in small letters", args: dry("--text", "Hi. stop au 30101"), wants: "STOP is not in capitals"},
			{as: "half of a word", args: dry("--text", "Open non-stop"), wants: "without the word STOP"},
			{as: "joined to a word", args: dry("--text", "NONSTOP au 30101"), wants: "without the word STOP"},
			{as: "letters of another alphabet", args: dry("--text", "\u0405\u0422\u041e\u0420 au 30101"), wants: "without the word STOP"},
			{as: "the English words", args: dry("--text", "STOP at 30101"), wants: "as the API is known to ask for it"},
			{as: "right", args: dry("--text", "Non-stop! STOP au 30101"), wants: "would_enqueue", never: "warnings"},
		},
		"holidays of the law of today": {
			{as: "Poland, 24 December", args: inWindow("2040-12-24T10:00:00+01:00", "Europe/Warsaw holidays=PL"), wants: closed},
			{as: "Romania, 6 January", args: inWindow("2040-01-06T10:00:00+02:00", "Europe/Bucharest holidays=RO"), wants: closed},
			{as: "Brazil, 20 November", args: inWindow("2040-11-20T10:00:00-03:00", "America/Sao_Paulo holidays=BR"), wants: closed},
			{as: "New Zealand, Matariki", args: inWindow("2040-07-06T10:00:00+12:00", "Pacific/Auckland holidays=NZ"), wants: closed},
			{as: "Italy, 4 October", args: inWindow("2040-10-04T10:00:00+02:00", "Europe/Rome holidays=IT"), wants: closed},
			{as: "Argentina, Good Friday", args: inWindow("2040-03-30T10:00:00-03:00", "America/Argentina/Buenos_Aires holidays=AR"), wants: closed},
			{as: "Argentina, the day before", args: inWindow("2040-03-29T10:00:00-03:00", "America/Argentina/Buenos_Aires holidays=AR"), wants: "would_enqueue", never: "warnings"},
		},
		"zones of the build, not of the machine": {
			{as: "times of campaigns", env: []string{slow}, args: dry("--zone", "Europe/Paris", "--send-at", "2040-07-03 10:00"), wants: `"send_at":"2040-07-03T10:00:00+02:00"`},
			{as: "--at", env: []string{slow}, args: dry("--zone", "Europe/Paris", "--at", "2040-07-03 10:00"), wants: `"not_before":"2040-07-03T10:00:00+02:00"`},
			{as: "windows", env: []string{slow}, args: dry("--send-at", "2040-07-03T06:30:00Z", "--window", "07:00-08:00 Europe/Paris"), wants: closed},
			{as: "ticks", env: []string{slow}, args: tick("0 9 3 7 *"), wants: "07-03T09:00:00+02:00"},
		},
		"a time that stands for none": {
			{as: "Go's, by a flag", args: dry("--send-at", "0001-01-01T00:00:00Z"), code: 2, wants: noTime},
			{as: "Go's, in JSON Lines", args: dryFile(), stdin: line(`,"id":"a","not_before":"0001-01-01T00:00:00Z"`), code: 2, wants: noTime},
			{as: ".NET's, in a zone, in CSV", args: dryFile("--format", "csv", "--zone", "Europe/Paris"), stdin: header + "expires_at\n" + cells + "0001-01-01 00:00:00\n", code: 2, wants: noTime},
			{as: "MySQL's", args: dry("--at", "0000-00-00 00:00:00"), code: 2, wants: noTime},
			{as: "Unix'", args: dry("--send-at", "1970-01-01T00:00:00Z"), code: 2, wants: "is in the year 1970"},
			{as: "no time: left out", args: dry(), wants: "would_enqueue", never: "send_at"},
		},
		"offsets and days that there are": {
			{as: "minutes past the hour", args: dry("--send-at", "2040-12-03T09:00:00+01:60"), code: 2, wants: "an offset that no clock has"},
			{as: "an offset from beyond", args: dryFile(), stdin: line(`,"id":"a","send_at":"2040-12-03T09:00:00+19:00"`), code: 2, wants: "an offset that no clock has"},
			{as: "noon or midnight", args: dry("--zone", "Europe/Paris", "--send-at", "2040-12-03 0:30 PM"), code: 2, wants: "is no time that can be read"},
			{as: "29 February", args: dry("--send-at", "2041-02-29T09:00:00Z"), code: 2, wants: "there is no such day"},
			{as: "the easternmost", args: dry("--send-at", "2040-12-03T09:00:06+14:00"), wants: "+14:00"},
		},
		"times in an order that cannot be": {
			{as: "expires before it is sent", args: dry("--send-at", "2040-01-02T10:00:00Z", "--expires-at", "2040-01-01T10:00:00Z"), code: 2, wants: tooLate},
			{as: "the same, hidden by offsets", args: dry("--send-at", "2040-01-01T09:00:00Z", "--expires-at", "2040-01-01T10:00:00+02:00"), code: 2, wants: tooLate},
			{as: "expires before it begins", args: dry("--not-before", "2040-01-02T10:00:00Z", "--expires-at", "2040-01-01T10:00:00Z"), code: 2, wants: tooLate},
			{as: "the same, by --at", args: dry("--at", "2040-01-02T10:00:00Z", "--expires-at", "2040-01-01T10:00:00Z"), code: 2, wants: tooLate},
			{as: "in order", args: dry("--at", "2040-01-01T10:00:00Z", "--send-at", "2040-01-02T10:00:00Z", "--expires-at", "2040-01-02T10:00:00Z"), wants: "would_enqueue", never: "warnings"},
		},
		"a campaign's fields are no settings": {
			{as: "--window", env: []string{narrow}, args: dry("--send-at", "2040-01-02T10:00:00Z", "--window", "00:00-24:00 UTC"), wants: byOwner},
			{as: "window in a file", env: []string{narrow}, args: dryFile(), stdin: line(`,"id":"a","send_at":"2040-01-02T10:00:00Z","window":"00:00-24:00 UTC"`), wants: byOwner},
			{as: "--confirm", env: []string{"OCTOQ_CONFIRM=manual"}, args: dry("--confirm", "auto"), wants: `"confirm":"auto"`},
			{as: "--late", env: []string{"OCTOQ_LATE=dead"}, args: dry("--late", "send", "--send-at", "2040-01-03T10:00:00Z"), wants: `"late":"send"`},
			{as: "inside both", env: []string{narrow}, args: dry("--send-at", "2040-01-02T08:30:00Z", "--window", "00:00-24:00 UTC"), wants: "would_enqueue", never: "warnings"},
		},
		"cron expressions tick as they read": {
			{as: "days of month and of week", args: tick("0 9 */2 * 1"), code: 2, wants: "write 1-31/2 for days that are either"},
			{as: "a step beyond the minutes", args: tick("*/90 * * * *"), code: 2, wants: "leaves only 0"},
			{as: "a step beyond the hours", args: tick("0 */36 * * *"), code: 2, wants: "leaves only 0"},
			{as: "a step behind a single value", args: tick("5/15 9 * * *"), code: 2, wants: "write 5-59/15"},
			{as: "a star among values", args: tick("0 9 15,* * 1"), code: 2, wants: "which is every value"},
			{as: "? where no day is", args: tick("0 9 * * ? *"), code: 2, wants: "? stands for days alone"},
			{as: "backwards", args: tick("0 22-6 * * *"), code: 2, wants: "write 22-23,0-6"},
			{as: "the last day of the month, of Quartz", args: tick("0 9 L * *"), code: 2, wants: "no day of month: 1 to 31 are"},
			{as: "Mondays, with the ticks to come", args: tick("0 9 * * 1"), wants: "T09:00:00+0"},
		},
		"hours that are those of one day": {
			{as: "a short Saturday", args: dry("--window", "Mo-Sa 08:00-20:00 Sa 10:00-12:00 Europe/Paris"), code: 2, wants: "overlaps other hours of Saturday"},
			{as: "before the others", args: dry("--window", "Su 10:00-12:00 08:00-20:00 Europe/Paris"), code: 2, wants: "overlaps other hours of Sunday"},
			{as: "of an account", env: []string{"OCTOQ_WINDOW=Mo-Sa 08:00-20:00 Sa 10:00-12:00 Europe/Paris"}, args: dry(), code: 2, wants: "overlaps other hours of Saturday"},
			{as: "one after the other", args: dry("--window", "Mo-Sa 08:00-12:00 Sa 12:00-14:00 Europe/Paris"), wants: "would_enqueue", never: "warnings"},
		},
		"texts as they will be read": {
			{as: "a placeholder of another program", args: dry("--text", "Hi [[name]], STOP au 30101"), wants: "as other programs write placeholders"},
			{as: "a line break of a shell", args: dry("--text", `Hi\nSTOP au 30101`), wants: "a backslash and a letter"},
			{as: "an entity", args: dry("--text", "Fish &amp; chips. STOP au 30101"), wants: "an entity of HTML"},
			{as: "letters of another encoding, in a name", args: dry("--list-name", "NoÃ«l"), wants: "was read as another encoding"},
			{as: "plain", args: dry("--text", "20% off & more, [Shop] $5. STOP au 30101"), wants: "would_enqueue", never: "warnings"},
		},
		"one content, one id": {
			{as: "in UTC", args: dryFile(), stdin: line(`,"send_at":"2040-12-03T09:00:00Z"`), wants: onThe3rd},
			{as: "with an offset", args: dryFile(), stdin: line(`,"send_at":"2040-12-03T10:00:00+01:00"`), wants: onThe3rd},
			{as: "in a zone", args: dryFile("--zone", "Europe/Paris"), stdin: line(`,"send_at":"2040-12-03 10:00"`), wants: onThe3rd},
			{as: "in a French spreadsheet", args: dryFile("--format", "csv", "--zone", "Europe/Paris", "--dates", "dmy"), stdin: header + "send_at\n" + cells + "03/12/2040 10:00\n", wants: onThe3rd},
			{as: "blanks in a window", args: dryFile(), stdin: line(`,"window":" Mo-Su  08:00-20:00   Europe/Paris "`), wants: onWeekdays},
			{as: "no such blanks", args: dryFile(), stdin: line(`,"window":"Mo-Su 08:00-20:00 Europe/Paris"`), wants: onWeekdays},
			{as: "labels in an order", args: dryFile(), stdin: line(`,"labels":{"a":"1","b":"2"}`), wants: labelled},
			{as: "labels in another, and defaults written out", args: dryFile(), stdin: line(`,"labels":{"b":"2","a":"1"},"with_replies":false,"account":"default"`), wants: labelled},
			{as: "another moment", args: dryFile(), stdin: line(`,"send_at":"2040-12-03T09:00:01Z"`), wants: "auto-", never: onThe3rd},
		},
	}
}

// What people write, by the commands that they give.
func TestWhatPeopleWrite(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	slow := slowParis(t, 2*time.Second)
	for kind, rows := range kinds() {
		if len(rows) < 4 {
			t.Errorf("%s: got %d rows, want the first mistake and three more", kind, len(rows))
		}
		for _, row := range rows {
			t.Run(kind+"/"+row.as, func(t *testing.T) {
				t.Parallel()
				r := r.on(t)
				r.env = append(slices.Clone(r.env), row.env...)
				for i := range r.env {
					r.env[i] = strings.Replace(r.env[i], "{slow}", slow, 1)
				}
				o := r.octoqIn(row.stdin, row.args...)
				said := o.out + o.err
				if o.code != row.code || !strings.Contains(said, row.wants) || row.never != "" && strings.Contains(said, row.never) {
					t.Errorf("octoq %q: got %d and\n%swant %d and %q, without %q", row.args, o.code, said, row.code, row.wants, row.never)
				}
			})
		}
	}
}

// renaming is an API that keeps what it is asked to create, and answers by other names
// than the usual ones.
type renaming struct {
	mu      sync.Mutex
	created []map[string]any
}

func (a *renaming) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	a.mu.Lock()
	defer a.mu.Unlock()
	switch _, call, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v1/public/"), "/"); call {
	case "create":
		var fields map[string]any
		_ = json.Unmarshal(body, &fields)
		a.created = append(a.created, fields)
		name := []string{"ticket_number", "sms_ticket", "ticket"}[len(a.created)%3]
		w.WriteHeader([]int{http.StatusCreated, http.StatusOK}[len(a.created)%2])
		_, _ = io.WriteString(w, `{"code":"0","`+name+`":"sms_`+string(rune('a'+len(a.created)))+`"}`)
	case "status":
		_, _ = io.WriteString(w, `{"number_of_contacts":"1","cost":"0.05","status":"`+[]string{"ready_to_be_send", "ready_to_be_sent"}[len(a.created)%2]+`"}`)
	default:
		_, _ = io.WriteString(w, `{"sending_date":"2030-01-01T00:00:00+00:00","amount":100,"unit":"euros"}`)
	}
}

// Opt-outs are kept whichever of its names the API reads, and answers are read by
// every name that was seen.
func TestNamesThatTheAPIMayChange(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	api := &renaming{}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	r.quick("OCTOQ_API_URL=" + server.URL + "/v1/public")
	r.worker()
	r.enqueue(toList("asked", `,"auto_remove_blacklisted_numbers":true`) + toList("not", "") + toList("no", `,"auto_remove_blacklisted_numbers":false`) +
		strings.Replace(toList("tagged", `,"auto_remove_blacklisted_numbers":true`), "list_name", "tag_name", 1))
	for _, id := range []string{"asked", "not", "no", "tagged"} {
		r.await(30*time.Second, id, campaign.StateSent)
	}
	api.mu.Lock()
	defer api.mu.Unlock()
	if len(api.created) != 4 {
		t.Fatalf("got %d creates, want 4", len(api.created))
	}
	for _, fields := range api.created {
		name, _ := fields["list_name"].(string)
		asked := name == "asked" || fields["tag_name"] == "tagged"
		older, _ := fields["auto_remove_blacklisted_numbers"].(bool)
		newer, written := fields["auto_delete_optout_contacts"].(bool)
		if older != asked || newer != asked || written != asked {
			t.Errorf("%v: want both names of opt-outs true where they are asked for, and no newer name otherwise", fields)
		}
	}
}
