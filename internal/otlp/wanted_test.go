package otlp_test

import (
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/otlp"
	_ "github.com/octoq/octoq/internal/testenv"
)

// Spans are sent where a variable says so, and what octoq cannot do is refused.
func TestWanted(t *testing.T) {
	t.Parallel()
	for variables, want := range map[string]string{
		"":                                     "no",
		"OTEL_SERVICE_NAME=x":                  "no",
		"OTEL_TRACES_EXPORTER=otlp":            "yes",
		"OTEL_TRACES_EXPORTER=none":            "no",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://x": "yes",
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://x":                                   "yes",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://x OTEL_TRACES_EXPORTER=none":                "no",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://x OTEL_SDK_DISABLED=True":                   "no",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://x OTEL_EXPORTER_OTLP_PROTOCOL=http/json":    "yes",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://x OTEL_EXPORTER_OTLP_PROTOCOL=grpc":         "grpc",
		"OTEL_TRACES_EXPORTER=otlp OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=grpc":             "grpc",
		"OTEL_TRACES_EXPORTER=zipkin":                                                   "zipkin",
		"OTEL_TRACES_EXPORTER=zipkin OTEL_EXPORTER_OTLP_ENDPOINT=http://x":              "zipkin",
		"OTEL_TRACES_EXPORTER=none OTEL_EXPORTER_OTLP_PROTOCOL=grpc OTEL_SERVICE_NAME=": "no",
	} {
		set := map[string]string{}
		for pair := range strings.FieldsSeq(variables) {
			name, value, _ := strings.Cut(pair, "=")
			set[name] = value
		}
		got := "no"
		switch wanted, err := otlp.Wanted(func(name string) string { return set[name] }); {
		case err != nil && want != "" && strings.Contains(err.Error(), want):
			got = want
		case err != nil:
			got = err.Error()
		case wanted:
			got = "yes"
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", variables, got, want)
		}
	}
}
