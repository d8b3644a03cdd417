package worker_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
	"github.com/octoq/octoq/worker"
)

func TestCheckAccount(t *testing.T) {
	t.Parallel()
	sim, err := simulator.New(simulator.Config{})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	api := httptest.NewServer(sim)
	t.Cleanup(api.Close)
	gone := httptest.NewServer(sim)
	gone.Close()
	for name, c := range map[string]struct {
		url, key string
		class    record.Class
		balance  campaign.Money
	}{
		"accepted":   {api.URL, simulator.DefaultKey, record.ClassOK, 1000 * campaign.Euro},
		"refused":    {api.URL, "another-key", record.ClassAccount, 0},
		"not there":  {gone.URL, "another-key", record.ClassNotSent, 0},
		"not an API": {api.URL + "/elsewhere", "another-key", record.ClassUnknown, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := worker.CheckAccount(t.Context(), worker.Account{
				APIURL: c.url + "/v1/public", Login: simulator.DefaultLogin, Key: worker.Secret(c.key),
			})
			if err != nil || out.Class != string(c.class) || out.Balance != c.balance {
				t.Errorf("got %+v, %v; want %s and %s", out, err, c.class, c.balance)
			}
			if strings.Contains(out.Message, "another-key") {
				t.Errorf("got %q, want no key in it", out.Message)
			}
		})
	}
}

func TestCheckAccountThatCannotBeAsked(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]worker.Account{
		"no key":     {Login: "someone@example.com"},
		"plain http": {APIURL: "http://api.example.com", Login: "someone@example.com", Key: "hidden-key"},
		"bad limits": {Rate: -1, Login: "someone@example.com", Key: "hidden-key"},
	} {
		if _, err := worker.CheckAccount(t.Context(), a); err == nil || strings.Contains(err.Error(), "hidden-key") {
			t.Errorf("%s: got %v, want an error without the key", name, err)
		}
	}
}
