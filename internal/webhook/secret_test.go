package webhook_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/webhook"
)

// The example of the Standard Webhooks specification and its reference libraries.
func TestSignatureOfTheSpecification(t *testing.T) {
	t.Parallel()
	secret, err := webhook.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := webhook.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`), secret)
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if secret.Text() != "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" {
		t.Errorf("got %s, want what was read", secret.Text())
	}
	for _, text := range []string{"", "whsec_", "whsec_!", "whsec_abc"} {
		if _, err := webhook.ParseSecret(text); err == nil {
			t.Errorf("%q was taken for a secret", text)
		}
	}
}

func key(t *testing.T, text string) webhook.Key {
	t.Helper()
	k, err := webhook.NewKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// A secret depends on key, webhook and generation, and on nothing else. Two sign for a
// day when it is changed.
func TestSecretsOfAWebhook(t *testing.T) {
	t.Parallel()
	k, other := key(t, strings.Repeat("a", 32)), key(t, strings.Repeat("b", 32))
	w, x := webhook.Webhook{ID: "wh_1"}, webhook.Webhook{ID: "wh_2"}
	w.Rotate(k, time.Time{})
	x.Rotate(k, time.Time{})
	first := k.Secret(w).Text()
	seen := map[string]bool{first: true, k.Secret(x).Text(): true, other.Secret(w).Text(): true}
	if len(seen) != 3 || first != k.Secret(w).Text() {
		t.Errorf("got %d secrets, want 3, each the same again", len(seen))
	}
	now := time.Now()
	w.Rotate(k, now)
	texts := func(at time.Time) string {
		all, err := k.Secrets(w, at)
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, s := range all {
			texts = append(texts, s.Text())
		}
		return strings.Join(texts, " ")
	}
	if got, want := texts(now.Add(24*time.Hour-time.Second)), k.Secret(w).Text()+" "+first; got != want || k.Secret(w).Text() == first {
		t.Errorf("within a day: got %s, want %s", got, want)
	}
	if got, want := texts(now.Add(24*time.Hour)), k.Secret(w).Text(); got != want {
		t.Errorf("after a day: got %s, want %s", got, want)
	}
	if _, err := other.Secrets(w, now); !errors.Is(err, webhook.ErrOtherKey) {
		t.Errorf("by another key: got %v", err)
	}
	w.Rotate(other, now)
	if all, err := other.Secrets(w, now); err != nil || len(all) != 1 {
		t.Errorf("after a change of the key: got %d and %v, want the new secret alone", len(all), err)
	}
}

func TestKeysAreLong(t *testing.T) {
	t.Parallel()
	if _, err := webhook.NewKey(strings.Repeat("a", 31)); !errors.Is(err, webhook.ErrShortKey) {
		t.Errorf("31 bytes: got %v", err)
	}
	if key(t, "").Set() || !key(t, strings.Repeat("a", 32)).Set() {
		t.Error("an empty key is none, another one is")
	}
}

// Keys and secrets show themselves in no text.
func TestKeysHide(t *testing.T) {
	t.Parallel()
	k := key(t, strings.Repeat("hide", 8))
	s := k.Secret(webhook.Webhook{ID: "wh_1"})
	b, err := json.Marshal(map[string]any{"key": k, "secret": s})
	if err != nil {
		t.Fatal(err)
	}
	all := string(b) + fmt.Sprintf("%v %+v %#v %s %q", k, k, k, k, k) + fmt.Sprintf("%v %+v %#v %s", s, s, s, s)
	if strings.Contains(all, "hide") || strings.Contains(all, s.Text()[6:]) || !strings.Contains(all, "[hidden]") {
		t.Errorf("got %s", all)
	}
}
