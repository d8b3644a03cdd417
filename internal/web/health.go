package web

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"
)

// readyTimeout bounds the look whether the process is ready: probes give up
// after a few seconds themselves.
const readyTimeout = 2 * time.Second

// alive answers as long as the process does.
func alive(w http.ResponseWriter, _ *http.Request) { text(w, http.StatusOK, "alive") }

// ready answers 503 and why, while the process cannot do its work; else 200 and
// the notes.
func ready(check func(context.Context) error, notes func(context.Context) []string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		if err := check(ctx); err != nil {
			text(w, http.StatusServiceUnavailable, "not ready: "+oneLine(err.Error()))
			return
		}
		said := []string{"ready"}
		if notes != nil {
			said = append(said, notes(ctx)...)
		}
		text(w, http.StatusOK, strings.Join(said, "\n"))
	}
}

func text(w http.ResponseWriter, status int, line string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, line+"\n")
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
