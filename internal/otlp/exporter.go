package otlp

import (
	"context"
	"fmt"
	"os"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// lastWords is how long what was not sent yet may take at the end.
const lastWords = 3 * time.Second

// Exporter sends spans.
type Exporter struct{ provider *sdk.TracerProvider }

// New makes an exporter if the variables of this process want one; it is nil otherwise.
// OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES go before service and version. onError is
// given what keeps spans from being sent, in place of the standard log.
func New(ctx context.Context, service, version string, onError func(error)) (*Exporter, error) {
	if wanted, err := Wanted(os.Getenv); err != nil || !wanted {
		return nil, err
	}
	by, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("export of traces: %w", err)
	}
	from, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", service), attribute.String("service.version", version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(onError))
	return &Exporter{provider: sdk.NewTracerProvider(sdk.WithBatcher(by), sdk.WithResource(from))}, nil
}

// Provider makes the spans; nil where there is no exporter.
func (e *Exporter) Provider() trace.TracerProvider {
	if e == nil {
		return nil
	}
	return e.provider
}

// Stop sends what was not sent yet, for three seconds at most.
func (e *Exporter) Stop() error {
	if e == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	if err := e.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("send the last spans: %w", err)
	}
	return nil
}
