package simulator_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/simulator"
)

func TestConfigThatMakesNoSenseIsRefused(t *testing.T) {
	t.Parallel()
	type cfg = simulator.Config
	type accounts = []simulator.Account
	for name, tt := range map[string]struct {
		cfg  cfg
		want string
	}{
		"no key":          {cfg{Accounts: accounts{{Login: "a"}}}, "account 1 needs"},
		"login twice":     {cfg{Accounts: accounts{{Login: "a", Key: "k"}, {Login: "a", Key: "l"}}}, "twice"},
		"balance below 0": {cfg{Accounts: accounts{{Login: "a", Key: "k", Balance: -1}}}, "balance"},
		"balance inf":     {cfg{Accounts: accounts{{Login: "a", Key: "k", Balance: math.Inf(1)}}}, "balance"},
		"compute time":    {cfg{ComputeTime: -1}, "compute time"},
		"latency":         {cfg{Latency: -1}, "latency"},
		"jitter":          {cfg{Jitter: -1}, "jitter"},
		"contacts":        {cfg{Contacts: -1}, "contacts"},
		"log size":        {cfg{LogSize: -1}, "log size"},
		"price":           {cfg{PricePerContact: math.NaN()}, "price"},
		"after send":      {cfg{AfterSend: "x"}, "after-send"},
		"share":           {cfg{Shares: simulator.Shares{Hang: 1.5}}, "share of hang"},
		"sum of shares":   {cfg{Shares: simulator.Shares{Hang: .6, Huge: .6}}, "add up"},
		"strictness":      {cfg{Strict: []string{"stop", "boom"}}, `"boom" is unknown`},
		"all at once":     {cfg{Jitter: -1, Latency: -1}, "latency"},
	} {
		_, err := simulator.New(tt.cfg)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, tt.want)
		}
	}
}

func TestConfigIsCopied(t *testing.T) {
	t.Parallel()
	accounts := []simulator.Account{{Login: "a", Key: "k", Balance: 3}}
	s := newSim(t, simulator.Config{Accounts: accounts}).as("a", "k")
	accounts[0] = simulator.Account{Login: "b", Key: "b"}
	s.Reset()
	want(t, "balance", s.call("GET", wallet, ""), 200, 0)
}

func TestKeysHideThemselves(t *testing.T) {
	t.Parallel()
	for _, v := range []any{
		simulator.Config{Accounts: []simulator.Account{{Login: "a", Key: "s3cr3t"}}},
		simulator.Credentials{Login: "a", Key: "s3cr3t"},
	} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
			if got := fmt.Sprintf(format, v); strings.Contains(got, "s3cr3t") {
				t.Errorf("%s: got %s, want no key", format, got)
			}
		}
	}
}
