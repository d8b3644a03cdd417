package web

import (
	"html"
	"io"
	"net/http"
	"strings"

	"github.com/octoq/octoq/internal/access"
)

// pageLink is one line of the first page.
type pageLink struct{ path, what string }

func links(cfg Config) []pageLink {
	var all []pageLink
	if cfg.Monitor != nil {
		all = append(all, pageLink{MonitorPath, "queues and tasks, dead letters among them"})
	}
	if cfg.Metrics != nil {
		all = append(all, pageLink{"/metrics", "metrics for Prometheus"})
	}
	if cfg.API != nil {
		all = append(all, pageLink{"/docs", "the HTTP API, to read and to try"})
	}
	return append(all,
		pageLink{"/readyz", "whether this process can do its work"},
		pageLink{"/healthz", "whether this process is alive"})
}

// pageHead begins each page of octoq's own.
const pageHead = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>octoq</title>
`

// index is the page that leads to the others. It names the user who has signed in, and lets them
// sign out.
func index(cfg Config) http.HandlerFunc {
	var b strings.Builder
	b.WriteString(pageHead + "<h1>octoq</h1>\n<dl>\n")
	for _, l := range links(cfg) {
		b.WriteString(`<dt><a href="` + l.path + `">` + l.path + `</a></dt><dd>` + l.what + "</dd>\n")
	}
	b.WriteString("</dl>\n")
	page := b.String()
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, page+signedIn(r)+"</html>\n")
	}
}

// signedIn names the user who has signed in; it is empty without one.
func signedIn(r *http.Request) string {
	c := Caller(r.Context())
	if c.Kind != access.OfUser {
		return ""
	}
	return `<form method="post" action="` + logoutPath + `"><p>` + html.EscapeString(c.Shown()) + ` <button>Sign out</button></p></form>` + "\n"
}
