package bench

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/redistest"
)

func place(t *testing.T) *Place {
	t.Helper()
	p, err := NewPlace(t.Context(), redistest.Start(t).URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Client.Close() })
	return p
}

// Otherwise the ratio would compare with something that asynq does not do.
func TestRawTasksAreThoseOfAsynq(t *testing.T) {
	t.Parallel()
	script, err := asynqScript(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(redisSource(t, script), "LPUSH") {
		t.Error("the script is not asynq's enqueue")
	}
}

func redisSource(t *testing.T, s *redis.Script) string {
	t.Helper()
	c := redistest.Start(t).Client()
	if err := s.Load(t.Context(), c).Err(); err != nil {
		t.Fatal(err)
	}
	r := &recorder{}
	if err := s.Run(t.Context(), r, nil).Err(); err != nil {
		t.Fatal(err)
	}
	return r.source
}

func TestEnqueueingMeasuresAllSidesAndCleansUp(t *testing.T) {
	t.Parallel()
	p := place(t)
	if err := p.Client.Set(t.Context(), "not-the-benchmark", "1", 0).Err(); err != nil {
		t.Fatal(err)
	}
	one, two, err := Enqueueing(t.Context(), p, Config{Runs: 2, Count: 200})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []Section{one, two} {
		for _, f := range s.Figures {
			if len(f.Values) != 2 {
				t.Errorf("row %s: %s has %d values, want 2", s.Key, f.Name, len(f.Values))
			}
		}
		if s.Figures[0].Median() <= 0 {
			t.Errorf("row %s: the ratio is %v", s.Key, s.Figures[0].Values)
		}
	}
	look := redis.NewClient(p.Client.Options())
	t.Cleanup(func() { _ = look.Close() })
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	left, err := look.Keys(t.Context(), "*").Result()
	if err != nil || len(left) != 1 || left[0] != "not-the-benchmark" {
		t.Errorf("left behind: %q, %v, want the key that is not its own", left, err)
	}
}

// Each of these would make a figure worthless, so there must be none.
func TestDrainRefusesWhatWasNotDeliveredExactlyOnce(t *testing.T) {
	t.Parallel()
	const n = 5
	for name, c := range map[string]struct {
		enqueued int
		first    string // what the message of the first task has in place of its id
		read     readTask
		want     string
	}{
		"nothing is wrong": {n, ID(0), readPlain, ""},
		"one twice":        {n, ID(1), func(string, string, string, []byte) error { return nil }, "was delivered"},
		"one more":         {n + 1, ID(0), readPlain, "had never been enqueued"},
		"a damaged one":    {n, ID(0), readOctoq, "damaged on its way"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := place(t)
			account := p.account()
			queueName := key.Queue(account, campaign.StageCreate)
			if err := withClient(plainLoop)(t.Context(), p, account, c.enqueued); err != nil {
				t.Fatal(err)
			}
			rename(t, p.Client, queueName, c.first)
			err := drain(t.Context(), p.Client, queueName, n, c.read)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

// rename writes another id, as long as its own, into the first task's message:
// asynq then delivers that one, and acknowledges it instead.
func rename(t *testing.T, c *redis.Client, queueName, id string) {
	t.Helper()
	hash := "asynq:{" + queueName + "}:t:" + ID(0)
	msg, err := c.HGet(t.Context(), hash, "msg").Result()
	if err == nil {
		err = c.HSet(t.Context(), hash, "msg", strings.ReplaceAll(msg, ID(0), id)).Err()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestIdleMeasuresEverything(t *testing.T) {
	t.Parallel()
	p := place(t)
	s, err := Idle(t.Context(), p, IdleConfig{
		Config: Config{Runs: 1, Count: 3}, HandOns: 1, Asynq: 0, Watch: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range s.Figures {
		if len(f.Values) != 1 || f.Values[0] != f.Values[0] {
			t.Errorf("%s: got %v, want a number", f.Name, f.Values)
		}
	}
}

func call(t *testing.T, method, url, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = got.Body.Close()
}

func TestAPITellsWhatWasNotExactlyOnce(t *testing.T) {
	t.Parallel()
	create := func(list string) string { return `{"list_name":"` + list + `"}` }
	send := func(list string) string { return `{"ticket_number":"sms_` + list + `"}` }
	for name, c := range map[string]struct {
		creates, sends []string
		fine           bool
	}{
		"each once":       {[]string{ID(0), ID(1)}, []string{ID(0), ID(1)}, true},
		"sent twice":      {[]string{ID(0), ID(1)}, []string{ID(0), ID(1), ID(1)}, false},
		"created twice":   {[]string{ID(0), ID(1), ID(0)}, []string{ID(0), ID(1)}, false},
		"one not sent":    {[]string{ID(0), ID(1)}, []string{ID(0)}, false},
		"another instead": {[]string{ID(0), ID(2)}, []string{ID(0), ID(2)}, false},
		"a stranger":      {[]string{ID(0), "x"}, []string{ID(0), "x"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := NewAPI(t.Context(), 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(a.Close)
			for _, list := range c.creates {
				call(t, http.MethodPost, a.URL+"/sms-campaign-on-list/create", create(list))
			}
			for _, list := range c.sends {
				call(t, http.MethodPost, a.URL+"/sms-campaign-on-list/send", send(list))
			}
			if err := a.Exactly(2); (err == nil) != c.fine {
				t.Errorf("got %v, want an error: %v", err, !c.fine)
			}
		})
	}
}
