package web

import (
	"net/http"
	"strings"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/key"
)

// readers lets callers pass that may read all accounts.
func readers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := Caller(r.Context()).May(access.Viewer, ""); err != nil {
			writeRefusal(w, r, refusal{http.StatusForbidden, "role", sentence(err)})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// monitorRoles lets viewers of all accounts look at asynq's page, and operators of a
// queue's account change what is in it.
func monitorRoles(page http.Handler) http.Handler {
	return readers(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			if err := Caller(r.Context()).May(access.Operator, accountOfQueue(r.URL.Path)); err != nil {
				writeRefusal(w, r, refusal{http.StatusForbidden, "role", sentence(err)})
				return
			}
		}
		page.ServeHTTP(w, r)
	}))
}

// accountOfQueue is the account of the queue that a path of asynq's page is about, ""
// if it is about none.
func accountOfQueue(path string) string {
	rest, _ := strings.CutPrefix(path, MonitorPath+"/api/queues/")
	name, _, _ := strings.Cut(rest, "/")
	name, _, _ = strings.Cut(name, ":")
	account, _, _ := key.SplitQueue(name)
	return account
}

// sameOrigin refuses what another site has a browser ask for. A token is nothing that a
// browser sends by itself.
func sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeRefusal(w, r, refusal{http.StatusForbidden, "", "This request comes from a page of another site, or from a browser that does not say where it comes from."})
	}))
	guarded := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if Caller(r.Context()).Kind == access.OfToken {
			next.ServeHTTP(w, r)
			return
		}
		guarded.ServeHTTP(w, r)
	})
}
