package e2e

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	collected "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector takes spans by OTLP over HTTP.
type collector struct {
	*httptest.Server

	mu    sync.Mutex
	spans []seenSpan
	bytes []byte // all that came
}

// seenSpan is a span as the collector got it.
type seenSpan struct {
	service, name, trace, id, parent string
	links                            []string // trace and span
	attributes                       map[string]string
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var export collected.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &export)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("collector: got %s: %v", r.URL.Path, err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c.take(body, export.GetResourceSpans())
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *collector) take(body []byte, all []*spans.ResourceSpans) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bytes = append(c.bytes, body...)
	for _, from := range all {
		service := textsOf(from.GetResource().GetAttributes())["service.name"]
		for _, scope := range from.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				seen := seenSpan{
					service: service, name: s.GetName(), trace: hex.EncodeToString(s.GetTraceId()), id: hex.EncodeToString(s.GetSpanId()),
					parent: hex.EncodeToString(s.GetParentSpanId()), attributes: textsOf(s.GetAttributes()),
				}
				for _, l := range s.GetLinks() {
					seen.links = append(seen.links, hex.EncodeToString(l.GetTraceId())+"-"+hex.EncodeToString(l.GetSpanId()))
				}
				c.spans = append(c.spans, seen)
			}
		}
	}
}

// textsOf are the attributes that are texts.
func textsOf(all []*common.KeyValue) map[string]string {
	texts := map[string]string{}
	for _, a := range all {
		if text := a.GetValue().GetStringValue(); text != "" {
			texts[a.GetKey()] = text
		}
	}
	return texts
}

// named are the spans of a name, of a campaign if one is given.
func (c *collector) named(name, campaign string) []seenSpan {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.spans), func(s seenSpan) bool {
		return s.name != name || campaign != "" && s.attributes["octoq.campaign"] != campaign
	})
}

// holds reports whether a text is in anything that came.
func (c *collector) holds(text string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Contains(string(c.bytes), text)
}
