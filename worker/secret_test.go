package worker_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/octoq/octoq/worker"
)

// A secret is seen by none of the ways in which programs print what they have.
func TestSecretHidesItself(t *testing.T) {
	t.Parallel()
	const key = "hidden-key"
	a := worker.Account{Login: "someone@example.com", Key: key}
	shown := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		shown[verb] = fmt.Sprintf(verb, a.Key)
		shown[verb+" of the account"] = fmt.Sprintf(verb, a)
	}
	text, err := json.Marshal(a)
	shown["JSON"] = string(text)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", a.Key, "account", a)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", a.Key, "account", a)
	logger := zerolog.New(&log)
	logger.Info().Interface("key", a.Key).Stringer("text", a.Key).Interface("account", a).Send()
	shown["logs"] = log.String()
	for way, got := range shown {
		hex := fmt.Sprintf("%x", key)
		if strings.Contains(got, key) || strings.Contains(strings.ToLower(got), hex) || !strings.Contains(got, "redacted") {
			t.Errorf("%s: got %s, want the key hidden", way, got)
		}
	}
	if got := worker.Secret("").String(); got != "" {
		t.Errorf("an empty one: got %q, want it empty", got)
	}
	if got := a.Key.Reveal(); got != key {
		t.Errorf("revealed: got %q, want %q", got, key)
	}
}
