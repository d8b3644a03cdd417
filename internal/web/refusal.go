package web

import (
	"encoding/json"
	"net/http"
	"strings"
)

// refusal is why a request is not carried out.
type refusal struct {
	status       int
	code, detail string
}

// writeRefusal answers as the API does below /v1, and with a line of text elsewhere.
func writeRefusal(w http.ResponseWriter, r *http.Request, no refusal) {
	w.Header().Set("Cache-Control", "no-store")
	if !strings.HasPrefix(r.URL.Path, "/v1/") {
		http.Error(w, no.detail, no.status)
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(no.status)
	_ = json.NewEncoder(w).Encode(struct { // an error means that the caller has gone
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
		Code   string `json:"code,omitempty"`
	}{"about:blank", http.StatusText(no.status), no.status, no.detail, no.code})
}
