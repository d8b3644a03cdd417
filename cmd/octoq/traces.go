package main

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"github.com/octoq/octoq/internal/otlp"
)

// openTraces is what sends the spans of a process, nil where no variable OTEL_* wants
// that. The name is the process's as a service, unless OTEL_SERVICE_NAME says another.
func openTraces(ctx context.Context, name string, log zerolog.Logger) (*otlp.Exporter, error) {
	seldom := zerolog.BurstSampler{Burst: 1, Period: time.Minute}
	quiet := log.Sample(&seldom)
	e, err := otlp.New(ctx, name, versionText(), func(err error) { quiet.Warn().Err(err).Msg("traces were not sent") })
	if err != nil {
		return nil, usagef("%v", err)
	}
	return e, nil
}

// closeTraces sends what was not sent yet.
func closeTraces(e *otlp.Exporter, log zerolog.Logger) {
	if err := e.Stop(); err != nil {
		log.Warn().Err(err).Msg("the last traces were not sent")
	}
}
