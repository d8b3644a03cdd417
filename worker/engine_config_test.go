package worker

import (
	"reflect"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/engine"
)

// Every field that a user sets reaches the engine. Unlimited does so by the limits that
// it leaves without a default.
func TestEveryFieldReachesTheEngine(t *testing.T) {
	t.Parallel()
	words := map[string]string{
		"Confirm": campaign.ConfirmManual, "LostTicket": LostPark, "Late": campaign.LateSend, "ApproveBy": "other",
	}
	plain := Config{Accounts: map[string]Account{"shop": {}}}.engine()
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Account]()) {
		var a Account
		set(t, reflect.ValueOf(&a).Elem().FieldByIndex(field.Index), words[field.Name])
		got := Config{Accounts: map[string]Account{"shop": a}}.engine()
		got.Accounts[0].Shared = plain.Accounts[0].Shared // these are compared, and no more
		if same(got, plain) != (field.Name == "Unlimited") {
			t.Errorf("Account.%s: got %+v", field.Name, got.Accounts[0])
		}
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		var c Config
		set(t, reflect.ValueOf(&c).Elem().FieldByIndex(field.Index), "")
		if same(c.engine(), engine.Config{}) {
			t.Errorf("Config.%s does not reach the engine", field.Name)
		}
	}
}

func same(a, b engine.Config) bool {
	return reflect.DeepEqual(a, b) //nolint:govet // it warns of errors, and no error is among these values
}

// set gives a field a value that is not its zero value.
func set(t *testing.T, field reflect.Value, word string) {
	t.Helper()
	switch v := field.Addr().Interface().(type) {
	case *redis.UniversalClient:
		*v = &redis.Client{}
	case *zerolog.Logger:
		*v = v.Level(zerolog.WarnLevel)
	case *prometheus.Registerer:
		*v = prometheus.NewRegistry()
	case *trace.TracerProvider:
		*v = noop.NewTracerProvider()
	case *map[string]Account:
		*v = map[string]Account{"shop": {}}
	case *[]Budget:
		*v = []Budget{{Name: "all", Per: "day", Amount: 1}}
	default:
		setPlain(t, field, word)
	}
}

func setPlain(t *testing.T, field reflect.Value, word string) {
	t.Helper()
	switch field.Kind() {
	case reflect.String:
		if word == "" {
			word = "x"
		}
		field.SetString(word)
	case reflect.Bool:
		field.SetBool(true)
	case reflect.Int, reflect.Int64:
		field.SetInt(1)
	case reflect.Float64:
		field.SetFloat(1)
	default:
		t.Fatalf("no value for a field of type %s", field.Type())
	}
}
