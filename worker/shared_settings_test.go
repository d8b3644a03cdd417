package worker

import (
	"maps"
	"strings"
	"testing"
	"time"
)

// What is compared is what was set, however it was written, and no secret.
func TestSharedSettings(t *testing.T) {
	t.Parallel()
	plain, _ := Account{Login: "me@example.org", Key: "secret-key"}.withDefaults()
	spelt, _ := Account{
		Login: "me@example.org", Key: "another-key", APIURL: "https://api.octopush.com/v1/public/", Window: " off ", Rate: 5, Burst: 5,
	}.withDefaults()
	if a, b := (Config{}).sharedSettings(plain), (Config{}).sharedSettings(spelt); !maps.Equal(a, b) {
		t.Errorf("got %v and %v, want the same", a, b)
	}
	for name, text := range (Config{}).sharedSettings(plain) {
		if strings.Contains(text, "secret") || strings.Contains(text, "me@") {
			t.Errorf("%s: got %q, want neither key nor login", name, text)
		}
	}
	for _, change := range []func(*Account){
		func(a *Account) { a.Rate = 6 }, func(a *Account) { a.Burst = 6 }, func(a *Account) { a.MaxInFlight = 6 },
		func(a *Account) { a.Confirm = "manual" }, func(a *Account) { a.Late = "send" }, func(a *Account) { a.LostTicket = "park" },
		func(a *Account) { a.Window = "Mo 08:00-09:00 UTC" }, func(a *Account) { a.Deadline = time.Hour },
		func(a *Account) { a.Login = "you@example.org" }, func(a *Account) { a.APIURL = "http://127.0.0.1:1" },
	} {
		other := plain
		change(&other)
		if maps.Equal((Config{}).sharedSettings(plain), (Config{}).sharedSettings(other)) {
			t.Errorf("%+v: got the same as of the defaults", other)
		}
	}
}
