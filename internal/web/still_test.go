package web_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/web"
)

// A request that lasts finds out that its caller would not be let in any more, by
// token and by session.
func TestARequestThatLastsLooksAgain(t *testing.T) {
	t.Parallel()
	asked, answers := make(chan bool), make(chan bool) // true asks for another look
	o, _ := newDesk(t, signingIn(time.Hour), func(c *web.Config) {
		c.Login = login(t)
		c.API = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for <-asked {
				answers <- web.StillAllowed(r.Context())
			}
			_, _ = io.WriteString(w, "ended")
		})
	})
	anna := o.person("127.0.0.1")
	anna.signIn(password)
	shop := o.token("shop", "producer")
	store := func(do func(context.Context, *accessstore.Store) error) func() {
		return func() {
			if err := do(t.Context(), o.store); err != nil {
				t.Error(err)
			}
			o.cache.Forget()
		}
	}
	for _, c := range []struct {
		caller string
		ask    func() answer
		end    func()
	}{
		{"a token with another role", func() answer { return o.do("GET", "/v1/me", bearer(shop)) },
			store(func(ctx context.Context, s *accessstore.Store) error {
				return s.ChangeToken(ctx, "shop", grants(t, "viewer"))
			})},
		{"a token that is removed", func() answer { return o.do("GET", "/v1/me", bearer(shop)) },
			store(func(ctx context.Context, s *accessstore.Store) error { return s.RemoveToken(ctx, "shop") })},
		{"a session that is ended", func() answer { return anna.visit("GET", "/v1/me", nil) },
			func() { o.person("127.0.0.1").visit("POST", "/logout", url.Values{}, carrying(anna.cookie())) }},
	} {
		done := make(chan answer, 1)
		go func() { done <- c.ask() }()
		for i, want := range []bool{true, false} {
			asked <- true
			if got := <-answers; got != want {
				t.Errorf("%s: got %v at look %d, want %v", c.caller, got, i, want)
			}
			if want {
				c.end()
			}
		}
		asked <- false
		o.want(c.caller, <-done, 200, "ended")
	}
}
