package task_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/task"
)

func example() campaign.Campaign {
	no := false
	return campaign.Campaign{
		ID: "spring-1", Account: "default", ListName: "my_list",
		Text: "50 % < 100 & more: STOP au 30101", Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale,
		Sender: "Company X", SendAt: time.Date(2030, 1, 2, 3, 4, 5, 0, time.FixedZone("", 7200)),
		AutoOptimizeText: &no, MaxCost: 25_8000, Labels: map[string]string{"shop": "Ülm"},
	}
}

func first() task.Task {
	return task.Task{Account: "default", ID: "spring-1", Step: task.FirstStep(), First: &task.First{
		Campaign: example(), EnqueuedAt: time.UnixMilli(1_732_000_000_123).UTC(),
		Origin: "f9ba06e11da8390f", Nonce: "Zm9vYmFy",
	}}
}

func letter() task.Task {
	return task.Task{
		Account: "default", ID: "spring-1",
		Step: record.Step{Stage: campaign.StageDead, Run: 2, Step: 4, Epoch: 1},
		Letter: &task.Letter{
			Campaign: example(), Refused: "STOP is still missing", Unread: "{",
			Failure: campaign.Failure{
				Class: campaign.FailRejected, Code: record.CodeStopMissing, Message: "Mention STOP is missing.",
				HTTPStatus: 400, Stage: campaign.StageCreate, Attempts: 1, At: time.UnixMilli(1).UTC(), Ticket: "sms_1",
			},
		},
	}
}

func step() task.Task {
	return task.Task{Account: "default", ID: "spring-1", Step: record.Step{Stage: campaign.StageConfirm, Run: 1, Step: 3}}
}

func queueOf(t task.Task) string { return key.Queue(t.Account, t.Step.Stage) }

func encode(t *testing.T, tk task.Task) (typename, id string, payload []byte) {
	t.Helper()
	id, payload, err := task.Append(nil, &tk)
	if err != nil {
		t.Fatalf("Append: %v", err)
	}
	return task.TypeName(tk.Step.Stage), id, payload
}

func TestDecodeReversesEncode(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]task.Task{"first": first(), "letter": letter(), "step": step()} {
		typename, id, payload := encode(t, want)
		got, err := task.Decode(queueOf(want), typename, id, payload)
		if err != nil {
			t.Errorf("%s: Decode: %v\n%s", name, err, payload)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: decoded differs (-want +got):\n%s", name, diff)
		}
	}
}

// The sum of what octoq adds to the campaign's JSON stays below what the task's
// id and queue say already.
func TestFirstPayloadIsNoLargerThanTheCampaign(t *testing.T) {
	t.Parallel()
	f := first()
	f.ID = "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
	f.First.Campaign.ID = f.ID
	plain, err := json.Marshal(f.First.Campaign)
	if err != nil {
		t.Fatal(err)
	}
	_, _, payload := encode(t, f)
	if got, limit := len(payload), len(plain)*110/100; got > limit {
		t.Errorf("payload: got %d bytes, want at most %d\n%s", got, limit, payload)
	}
}

func TestLetterIsForPeople(t *testing.T) {
	t.Parallel()
	_, _, payload := encode(t, letter())
	for _, want := range []string{
		"\n  \"campaign\": {\n    \"id\": \"spring-1\"", `"text": "50 % < 100 & more`, `"failure": {`, `"code": 121`, `"refused": "STOP`,
	} {
		if !strings.Contains(string(payload), want) {
			t.Errorf("letter: got\n%s\nwant it to hold %q", payload, want)
		}
	}
}

func TestDecodeRefusesWhatDisagrees(t *testing.T) {
	t.Parallel()
	_, _, f := encode(t, first())
	_, letterID, l := encode(t, letter())
	_, stepID, s := encode(t, step())
	swap := func(b []byte, before, after string) []byte {
		return []byte(strings.Replace(string(b), before, after, 1))
	}
	for _, tc := range []struct {
		name, queue, typename, id string
		payload                   []byte
		says                      string
	}{
		{"foreign queue", "emails", "campaign:create", "spring-1", f, "none of octoq's"},
		{"odd account", "a}b.create", "campaign:create", "spring-1", f, "none of octoq's"},
		{"type of another stage", "default.create", "campaign:status", "spring-1", f, "its type is"},
		{"id of another campaign", "default.dead", "campaign:dead", "other~2.4.1", l, "id and account cannot be changed"},
		{"letter of another account", "acme.dead", "campaign:dead", letterID, l, "id and account cannot be changed"},
		{"account edited", "default.dead", "campaign:dead", letterID, swap(l, `"account": "default"`, `"account": "acme"`), "cannot be changed"},
		{"field misspelt", "default.dead", "campaign:dead", letterID, swap(l, `"text"`, `"texte"`), `"texte"`},
		{"field of the letter misspelt", "default.dead", "campaign:dead", letterID, swap(l, `"refused"`, `"refuse"`), `"refuse"`},
		{"field of the campaign unknown", "default.create", "campaign:create", "spring-1", swap(f, `"text"`, `"simulation":true,"text"`), `"simulation"`},
		{"other id in the first", "default.create", "campaign:create", "spring-1", swap(f, `"list_name"`, `"id":"x","list_name"`), "cannot be changed"},
		{"letter without failure", "default.dead", "campaign:dead", letterID, []byte(`{"version":1,"campaign":{"id":"spring-1","account":"default"}}`), "lacks"},
		{"first without campaign", "default.create", "campaign:create", "spring-1", []byte(`{"v":1,"t":1}`), "no campaign"},
		{"first where a step is due", "default.confirm", "campaign:confirm", stepID, f, "unknown field"},
		{"step where the first is due", "default.create", "campaign:create", "spring-1", s, "no campaign"},
		{"garbage", "default.create", "campaign:create", "spring-1", []byte("\x00\xff"), "not readable JSON"},
		{"empty", "default.confirm", "campaign:confirm", stepID, nil, "not readable JSON"},
		{"cut", "default.create", "campaign:create", "spring-1", f[:len(f)-3], "not readable JSON"},
		{"two objects", "default.confirm", "campaign:confirm", stepID, append(s, s...), "not readable JSON"},
		{"array", "default.confirm", "campaign:confirm", stepID, []byte(`[1]`), "not readable JSON"},
		{"long origin", "default.create", "campaign:create", "spring-1", swap(f, `"o":"`, `"o":"0`), "origin"},
		{"huge", "default.confirm", "campaign:confirm", stepID, append(s, strings.Repeat(" ", task.MaxPayload)...), "at most"},
	} {
		_, err := task.Decode(tc.queue, tc.typename, tc.id, tc.payload)
		if err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: got error %v, want one with %q", tc.name, err, tc.says)
		}
	}
}

func TestUnknownVersionIsNotGuessedAt(t *testing.T) {
	t.Parallel()
	_, id, payload := encode(t, step())
	for p, newer := range map[string]bool{`{"v":5}`: true, `{"v":0}`: false, `{"v":-1}`: false, `{}`: false, `{"version":7,"new":[]}`: true, `null`: false} {
		_, err := task.Decode("default.confirm", "campaign:confirm", id, []byte(p))
		if !errors.Is(err, campaign.ErrVersion) || errors.Is(err, task.ErrNewer) != newer {
			t.Errorf("%s: got %v, want campaign.ErrVersion, and task.ErrNewer: %v", p, err, newer)
		}
	}
	if task.Oldest > task.Version {
		t.Errorf("versions %d to %d are read: what is written is not", task.Oldest, task.Version)
	}
	if _, err := task.Decode("default.confirm", "campaign:confirm", id, payload); err != nil {
		t.Errorf("version %d: got %v, want no error", task.Version, err)
	}
}

// An older octoq would refuse window and late, or send at the wrong time: it
// leaves such campaigns, and only such, to the newer ones.
func TestWindowAndLateRaiseTheVersion(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		edit func(*campaign.Campaign)
		want string
	}{
		{"neither", func(*campaign.Campaign) {}, `1`},
		{"a window", func(c *campaign.Campaign) { c.Window = "Mo-Sa 08:00-20:00 Europe/Paris holidays=FR" }, `2`},
		{"late", func(c *campaign.Campaign) { c.Late = campaign.LateSend }, `2`},
	} {
		create, dead := first(), letter()
		c.edit(&create.First.Campaign)
		c.edit(&dead.Letter.Campaign)
		if _, _, payload := encode(t, create); !strings.HasPrefix(string(payload), `{"v":`+c.want+`,`) {
			t.Errorf("%s: got the first create %.20s, want version %s", c.name, payload, c.want)
		}
		if _, _, payload := encode(t, dead); !strings.HasPrefix(string(payload), "{\n  \"version\": "+c.want+",") {
			t.Errorf("%s: got the letter %.20s, want version %s", c.name, payload, c.want)
		}
	}
}

func TestDecodeTellsWhoseTaskItCouldNotRead(t *testing.T) {
	t.Parallel()
	got, err := task.Decode("default.create", "campaign:create", "spring-1", []byte("garbage"))
	want := task.Task{Account: "default", ID: "spring-1", Step: task.FirstStep()}
	if err == nil || !cmp.Equal(got, want) {
		t.Errorf("got %+v, %v, want %+v and an error", got, err, want)
	}
}

func TestEncodeRefusesIncompleteTasks(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*task.Task){
		"no first":         func(tk *task.Task) { tk.First = nil },
		"first on a step":  func(tk *task.Task) { tk.Step.Step = 2 },
		"letter on a step": func(tk *task.Task) { *tk = step(); tk.Letter = letter().Letter },
		"letter missing":   func(tk *task.Task) { *tk = letter(); tk.Letter = nil },
		"other's campaign": func(tk *task.Task) { tk.First.Campaign.ID = "other" },
		"no account":       func(tk *task.Task) { tk.Account = "" },
		"bad id":           func(tk *task.Task) { tk.ID = "a b" },
		"bad stage":        func(tk *task.Task) { *tk = step(); tk.Step.Stage = "lunch" },
		"bad run":          func(tk *task.Task) { *tk = step(); tk.Step.Run = 0 },
		"bad letter's run": func(tk *task.Task) { *tk = letter(); tk.Step.Run = 0 },
		"broken UTF-8":     func(tk *task.Task) { tk.First.Campaign.Text = "a\xff" },
		"too large":        func(tk *task.Task) { tk.First.Campaign.Text = strings.Repeat("a", task.MaxPayload) },
	} {
		tk := first()
		spoil(&tk)
		if _, payload, err := task.Append(nil, &tk); err == nil {
			t.Errorf("%s: got payload %.100s, want an error", name, payload)
		}
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"{\"a\":1}\n": "{\"a\":1}\n", "\x00\xff": `"\x00\xff"`, "": ""} {
		if got := task.Printable([]byte(in)); got != want {
			t.Errorf("Printable(%q): got %q, want %q", in, got, want)
		}
	}
	long := "a" + strings.Repeat("€", 64<<10)
	if got := task.Printable([]byte(long)); !strings.HasPrefix(long, got) || len(got) < 60<<10 || len(got) > 64<<10 {
		t.Errorf("long text: got %d bytes beginning with %.20q, want some 64 KiB of it", len(got), got)
	}
}

func TestReadable(t *testing.T) {
	t.Parallel()
	typename, _, payload := encode(t, first())
	for _, want := range []string{`"enqueued_at": "2024-11-19T07:06:40.123Z"`, "\n  \"campaign\": {\n", `"text": "50 % < 100`} {
		if got := task.Readable(typename, payload); !strings.Contains(got, want) {
			t.Errorf("Readable: got %s, want it to hold %s", got, want)
		}
	}
	if got, want := task.Readable("email:welcome", []byte(`{"b":1,"a":2}`)), "{\n  \"b\": 1,\n  \"a\": 2\n}"; got != want {
		t.Errorf("Readable: got %s, want %s", got, want)
	}
	if got, want := task.Readable("campaign:create", []byte("\x01")), `"\x01"`; got != want {
		t.Errorf("Readable: got %s, want %s", got, want)
	}
}
