package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/rs/zerolog"

	"github.com/octoq/octoq/internal/accessstore"
)

// pageAudit notes in the audit log what was done on asynq's page, and by whom: the tasks that it
// puts back have no name.
type pageAudit struct {
	page http.Handler
	note func(context.Context, accessstore.AuditEntry) error
	log  zerolog.Logger
}

// ServeHTTP passes a request on, and notes what it has done.
func (p pageAudit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	action, subject := pageAction(r)
	if action == "" {
		p.page.ServeHTTP(w, r)
		return
	}
	ids, err := batchOf(r)
	if err != nil {
		status := http.StatusBadRequest
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, "The list of tasks cannot be read.", status)
		return
	}
	answer := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	p.page.ServeHTTP(answer, r)
	if answer.status >= http.StatusMultipleChoices {
		return
	}
	c := Caller(r.Context())
	e := accessstore.AuditEntry{Who: c.Name, From: c.From, Action: action, Account: accountOfQueue(r.URL.Path), Subject: subject, Detail: ids}
	if err := p.note(context.WithoutCancel(r.Context()), e); err != nil {
		p.log.Warn().Err(err).Str("action", action).Msg("the audit log lacks a line")
	}
}

// pageAction is what a request to asynq's page does, and to what; "" where it only looks.
func pageAction(r *http.Request) (action, subject string) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return "", ""
	}
	rest, ok := strings.CutPrefix(r.URL.Path, MonitorPath+"/api/queues/")
	i := strings.LastIndexByte(rest, ':')
	if !ok || i < 0 {
		return "", ""
	}
	subject = rest[:i]
	switch rest[i+1:] {
	case "pause", "resume":
		return "queue." + rest[i+1:], subject
	default:
		return "task." + rest[i+1:], subject
	}
}

// batchOf is which tasks a request names in its body, clipped; the body can be read again.
func batchOf(r *http.Request) (ids string, err error) {
	const most = 4000
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return "", err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var batch struct {
		IDs []string `json:"task_ids"`
	}
	_ = json.Unmarshal(body, &batch) // asynq's page says what is wrong with it
	ids = strings.Join(batch.IDs, " ")
	return ids[:min(len(ids), most)], nil
}

// statusWriter remembers what was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
