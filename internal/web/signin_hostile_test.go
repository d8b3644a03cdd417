package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/web"
)

// Wrong passwords that come at once are slowed as those in a row are: none is compared
// because another one still was.
func TestManyWrongPasswordsAtOnce(t *testing.T) {
	t.Parallel()
	o, _ := newDesk(t, signingIn(time.Hour), func(c *web.Config) { c.Login = login(t) })
	var all sync.WaitGroup
	var mu sync.Mutex
	got := map[int]int{}
	for i := range 40 {
		guesser := o.person("127.0.0.1")
		all.Go(func() {
			a := guesser.signIn(fmt.Sprint("wrong password ", i))
			mu.Lock()
			defer mu.Unlock()
			got[a.status]++
		})
	}
	all.Wait()
	if got[401] > 5 || got[401]+got[429] != 40 {
		t.Errorf("got %v, want five passwords compared and the rest slowed", got)
	}
	o.want("the right user from elsewhere", o.person("127.0.0.2").signIn(password), 303, "")
}

// Requests with the right password do not count against each other.
func TestTheRightPasswordAtOnce(t *testing.T) {
	t.Parallel()
	o, _ := newDesk(t, signingIn(time.Hour), func(c *web.Config) { c.Login = login(t) })
	var all sync.WaitGroup
	for range 60 {
		all.Go(func() {
			if a, err := o.try("GET", "/v1/me", as(user, password)); err != nil || a.status != 200 {
				t.Errorf("the user of the settings: got %d, %v, want 200", a.status, err)
			}
		})
	}
	all.Wait()
	for range 8 {
		o.want("anna", o.person("127.0.0.1").signIn(password), 303, "")
	}
}

// A sign-in while Redis takes no writes gives no cookie that leads nowhere.
func TestSignInWhileRedisIsFull(t *testing.T) {
	t.Parallel()
	o, _ := newDesk(t, signingIn(time.Hour))
	if err := o.redis.Client().ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	o.want("with Redis full", o.person("127.0.0.1").signIn(password), 503, "")
	if err := o.redis.Client().ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
		t.Fatal(err)
	}
	o.want("with room again", o.person("127.0.0.1").signIn(password), 303, "")
}

// A refusal is a problem below /v1, whichever part refuses.
func TestAnotherSiteGetsAProblem(t *testing.T) {
	t.Parallel()
	h := callers(t, web.Login{})
	if status, body := askAs(h, fromSite); status != 403 || !strings.Contains(body, `"status":403`) {
		t.Errorf("got %d %q, want a problem", status, body)
	}
}

func fromSite(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
