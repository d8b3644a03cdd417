package web

import (
	"io"
	"net/http"
	"strings"
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
	return append(all,
		pageLink{"/readyz", "whether this process can do its work"},
		pageLink{"/healthz", "whether this process is alive"})
}

// index is the page that leads to the others. It is the same for everyone, so
// it is written once.
func index(cfg Config) http.HandlerFunc {
	var b strings.Builder
	b.WriteString(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>octoq</title>
<style>
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
dt { font-weight: 600; margin-top: 1rem }
dd { margin: 0 }
</style>
<h1>octoq</h1>
<dl>
`)
	for _, l := range links(cfg) {
		b.WriteString(`<dt><a href="` + l.path + `">` + l.path + `</a></dt><dd>` + l.what + "</dd>\n")
	}
	b.WriteString("</dl>\n</html>\n")
	page := b.String()
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, page)
	}
}
