package archtest

// module is the path of this module; the table names packages below it.
const module = "github.com/octoq/octoq"

// The third parties, by the prefix of their import path.
const (
	argon2     = "golang.org/x/crypto/argon2"
	asynq      = "github.com/hibiken/asynq"
	cdproto    = "github.com/chromedp/cdproto"
	chromedp   = "github.com/chromedp/chromedp"
	asynqmon   = "github.com/hibiken/asynqmon"
	cobra      = "github.com/spf13/cobra"
	goCmp      = "github.com/google/go-cmp"
	goleak     = "go.uber.org/goleak"
	huma       = "github.com/danielgtaylor/huma/v2"
	goRedis    = "github.com/redis/go-redis/v9"
	gorilla    = "github.com/gorilla/mux"
	jsonSchema = "github.com/santhosh-tekuri/jsonschema/v6"
	koanf      = "github.com/knadh/koanf"
	miniredis  = "github.com/alicebob/miniredis/v2"
	goOIDC     = "github.com/coreos/go-oidc/v3/oidc"
	mpb        = "github.com/vbauerster/mpb/v8"
	oauth2     = "golang.org/x/oauth2"
	otelAttr   = "go.opentelemetry.io/otel/attribute"
	otelCodes  = "go.opentelemetry.io/otel/codes"
	otelProto  = "go.opentelemetry.io/proto/otlp"
	otelSDK    = "go.opentelemetry.io/otel/sdk"
	otelTrace  = "go.opentelemetry.io/otel/trace"
	otelW3C    = "go.opentelemetry.io/otel/propagation"
	otel       = "go.opentelemetry.io/otel"
	pflag      = "github.com/spf13/pflag"
	prometheus = "github.com/prometheus"
	protobuf   = "google.golang.org/protobuf/proto"
	protowire  = "google.golang.org/protobuf/encoding/protowire"
	rapid      = "pgregory.net/rapid"
	rickarCal  = "github.com/rickar/cal/v2"
	robfigCron = "github.com/robfig/cron/v3"
	scs        = "github.com/alexedwards/scs/v2"
	term       = "golang.org/x/term"
	toxiproxy  = "github.com/Shopify/toxiproxy/v2/client"
	unix       = "golang.org/x/sys/unix"
	uuid       = "github.com/google/uuid"
	zerolog    = "github.com/rs/zerolog"
)

// row says what the files of one package may import besides the standard library.
type row struct {
	pkg     string
	ours    []string // packages of this module
	parties []string // third parties
	tests   []string // packages of this module that its test files may import, too
	// pure forbids the standard library's I/O too: such a package decides and
	// describes, and others act.
	pure bool
}

// table is the diagram, from the bottom up. A package that is not in it may not
// exist.
func table() []row {
	return []row{
		{pkg: "campaign", pure: true, tests: []string{"internal/campaigntest"}},
		{pkg: "internal/content", ours: []string{"campaign"}, pure: true},
		// The schema of a campaign is held against what is read.
		{pkg: "internal/input", ours: []string{"campaign"}, tests: []string{"internal/content", "internal/campaigntest", "internal/record", "internal/reference"}, pure: true},
		{pkg: "internal/reference", ours: []string{"campaign", "internal/input"}, pure: true},
		{pkg: "internal/manual", parties: []string{cobra, pflag}, pure: true},
		{pkg: "internal/zone", pure: true},
		{pkg: "internal/budget", ours: []string{"campaign", "internal/zone"}, pure: true},
		{pkg: "internal/record", ours: []string{"campaign", "internal/budget", "internal/content"}, pure: true},
		{pkg: "internal/result", pure: true},
		{pkg: "internal/event", ours: []string{"campaign", "internal/budget", "internal/record", "internal/result"}, pure: true},
		{pkg: "internal/stats", ours: []string{"campaign", "internal/record"}, pure: true},
		{pkg: "internal/key", ours: []string{"campaign", "internal/record"}, pure: true},
		{pkg: "internal/actor", pure: true},
		{pkg: "internal/apidate", ours: []string{"internal/zone"}, pure: true},
		{pkg: "internal/phone", pure: true},
		{pkg: "internal/localuser", ours: []string{"internal/actor"}},
		{pkg: "internal/loopback"},
		{pkg: "internal/pieces", pure: true},
		{pkg: "internal/spool"},
		{pkg: "internal/random", tests: []string{"campaign"}, pure: true},
		{pkg: "internal/webhook", ours: []string{"internal/event", "internal/loopback", "internal/random"}},
		{pkg: "internal/rights", parties: []string{goRedis}},
		{pkg: "internal/access", ours: []string{"campaign", "internal/actor", "internal/random"}, parties: []string{argon2}, pure: true},
		{pkg: "internal/runid", pure: true},
		{
			pkg: "internal/oidc", ours: []string{"internal/access", "internal/actor", "internal/loopback", "internal/random"}, parties: []string{goOIDC, oauth2},
			tests: []string{"internal/oidctest"},
		},
		{pkg: "internal/task", ours: []string{"campaign", "internal/actor", "internal/record", "internal/key"}, pure: true},

		{pkg: "internal/lifecycle", ours: []string{"campaign", "internal/content", "internal/budget", "internal/record"}, tests: []string{"internal/recordtest"}, pure: true},

		// Use cases: they declare their ports themselves.
		// The model of the stages plays on the real ledger and with the real sweep.
		{
			pkg: "internal/stage", ours: []string{"campaign", "internal/record", "internal/lifecycle"}, pure: true,
			tests: []string{"internal/budget", "internal/key", "internal/ledger", "internal/recordtest", "internal/sweep"},
		},
		{pkg: "internal/hold", ours: []string{"campaign", "internal/record"}, pure: true},
		{pkg: "internal/sweep", ours: []string{"campaign", "internal/record", "internal/lifecycle", "internal/task"}, pure: true},
		{pkg: "internal/window", ours: []string{"campaign", "internal/zone"}, parties: []string{rickarCal}, pure: true},
		{pkg: "internal/schedule", ours: []string{"campaign", "internal/input", "internal/window", "internal/zone"}, parties: []string{robfigCron}, tests: []string{"internal/content"}, pure: true},

		// What Octopush reports. It takes HTTP requests, and declares what keeps them.
		{pkg: "internal/announce", ours: []string{"campaign", "internal/event", "internal/result"}, pure: true},
		{pkg: "internal/contacts", ours: []string{"campaign", "internal/phone"}, pure: true},
		{pkg: "internal/callback", ours: []string{"internal/apidate", "internal/phone", "internal/result"}},

		// How Redis is reached. The packages that use a client do not open it.
		{pkg: "internal/redisconn", parties: []string{goRedis}},
		{pkg: "internal/redisclock", parties: []string{goRedis}},
		{pkg: "internal/lease", parties: []string{goRedis}},
		{pkg: "internal/durability", ours: []string{"internal/runid"}, parties: []string{goRedis}},

		// Adapters: never each other. Only queue knows asynq, and asynqwire what asynq
		// writes and runs.
		{
			pkg: "internal/asynqwire", ours: []string{"internal/runid"}, parties: []string{asynq, goRedis, protowire},
			tests: []string{"internal/record", "campaign", "internal/key", "internal/task"},
		},
		{
			pkg:     "internal/queue",
			ours:    []string{"campaign", "internal/record", "internal/asynqwire", "internal/key", "internal/random", "internal/redisconn", "internal/runid", "internal/task"},
			parties: []string{asynq, goRedis, zerolog},
		},
		// Its tests put tasks there, and take them.
		{
			pkg: "internal/monitor", ours: []string{"campaign", "internal/asynqwire", "internal/key", "internal/queue", "internal/task"},
			parties: []string{asynq, asynqmon, goRedis}, tests: []string{"internal/record"},
		},
		{
			pkg:     "internal/ledger",
			ours:    []string{"campaign", "internal/content", "internal/event", "internal/lease", "internal/random", "internal/record", "internal/key", "internal/redisclock", "internal/runid", "internal/stats", "internal/task", "internal/budget"},
			parties: []string{goRedis},
		},
		{
			// It keeps what internal/stats adds up; its tests count what the ledger writes.
			pkg:     "internal/statsstore",
			ours:    []string{"campaign", "internal/key", "internal/redisclock", "internal/stats"},
			parties: []string{goRedis},
			tests:   []string{"internal/ledger", "internal/record"},
		},
		{
			// It keeps what internal/result is about; its tests report on what the ledger writes.
			pkg:     "internal/resultstore",
			ours:    []string{"campaign", "internal/key", "internal/phone", "internal/result"},
			parties: []string{goRedis},
			tests:   []string{"internal/ledger", "internal/record"},
		},
		{
			// The gate's tests hold accounts as octoq does.
			pkg:     "internal/limit",
			ours:    []string{"campaign", "internal/record", "internal/key", "internal/random"},
			parties: []string{goRedis},
			tests:   []string{"internal/holdstore"},
		},
		{
			pkg:     "internal/holdstore",
			ours:    []string{"campaign", "internal/event", "internal/record", "internal/key", "internal/random", "internal/redisclock"},
			parties: []string{goRedis},
		},
		{pkg: "internal/balancestore", ours: []string{"campaign", "internal/key"}, parties: []string{goRedis}, tests: []string{"internal/redistest"}},
		{pkg: "internal/budgetstore", ours: []string{"campaign", "internal/budget", "internal/key"}, parties: []string{goRedis}, tests: []string{"internal/ledger", "internal/record", "internal/redistest"}},
		{
			// It answers in the use case's own types.
			pkg:     "internal/schedulestore",
			ours:    []string{"campaign", "internal/key", "internal/random", "internal/schedule"},
			parties: []string{goRedis},
		},
		{
			pkg:     "internal/hub",
			ours:    []string{"internal/event", "internal/key", "internal/lease", "internal/redisconn", "internal/runid"},
			parties: []string{goRedis},
		},
		{
			// It keeps what internal/webhook is about.
			pkg:     "internal/webhookstore",
			ours:    []string{"internal/event", "internal/key", "internal/webhook"},
			parties: []string{goRedis},
		},
		{
			// It keeps what internal/access decides on.
			pkg:     "internal/accessstore",
			ours:    []string{"internal/access", "internal/durability", "internal/key", "internal/random"},
			parties: []string{goRedis},
		},
		{
			pkg:     "internal/peers",
			ours:    []string{"internal/key", "internal/redisclock"},
			parties: []string{goRedis},
		},
		{pkg: "internal/quotestore", ours: []string{"internal/key", "internal/redisclock"}, parties: []string{goRedis}},
		{pkg: "internal/presence", ours: []string{"internal/key", "internal/random"}, parties: []string{goRedis}},
		{pkg: "internal/octopush", ours: []string{"campaign", "internal/apidate", "internal/record", "internal/key", "internal/loopback", "internal/task"}},
		{pkg: "internal/metrics", ours: []string{"campaign", "internal/record"}, parties: []string{prometheus}},
		// Spans are made by OpenTelemetry's interfaces; only otlp knows what sends them.
		{pkg: "internal/tracing", ours: []string{"internal/record"}, parties: []string{otelAttr, otelCodes, otelW3C, otelTrace}, tests: []string{"campaign"}},
		{pkg: "internal/otlp", parties: []string{otel}},

		// The Redis in memory of demo, kits and tests.
		{pkg: "internal/memredis", parties: []string{miniredis}},

		// The stand-in for the API shares nothing with the client it tests.
		{pkg: "internal/simulator"},

		// What operators and people ask for.
		{
			pkg: "internal/admin",
			ours: []string{
				"campaign", "internal/content", "internal/actor", "internal/record", "internal/input", "internal/key", "internal/random", "internal/task", "internal/lifecycle", "internal/budget", "internal/budgetstore", "internal/balancestore",
				"internal/hold", "internal/holdstore", "internal/ledger", "internal/peers", "internal/presence", "internal/queue", "internal/quotestore", "internal/schedule", "internal/schedulestore", "internal/result", "internal/resultstore", "internal/stats", "internal/statsstore", "internal/window", "internal/redisclock",
			},
			parties: []string{goRedis},
		},
		{
			pkg: "internal/doctor", ours: []string{"campaign", "internal/record", "internal/key", "internal/random", "internal/redisconn", "internal/rights", "internal/runid", "internal/window"},
			parties: []string{goRedis},
		},
		// The pages ask the HTTP API in the same process: they know no use case, and have no
		// rule of their own.
		{
			pkg: "internal/console", ours: []string{"campaign", "internal/access", "internal/random"},
			tests: []string{"enqueue", "enqueue/enqueuetest", "internal/accessstore", "internal/action", "internal/admin", "internal/api", "internal/durability", "internal/hub", "internal/phone", "internal/result", "internal/resultstore", "internal/simulator", "worker", "internal/schedule", "internal/webhook", "internal/webhookstore", "internal/event", "internal/key"},
		},

		{
			pkg: "internal/web",
			ours: []string{
				"campaign", "internal/access", "internal/accessstore", "internal/actor", "internal/callback", "internal/console", "internal/key", "internal/localuser",
				"internal/admin", "internal/holdstore", "internal/ledger", "internal/loopback", "internal/metrics", "internal/monitor", "internal/oidc", "internal/presence", "internal/queue", "internal/redisconn", "internal/peers", "internal/tracing",
			},
			parties: []string{goRedis, prometheus, scs, zerolog},
			tests:   []string{"internal/durability", "internal/oidctest", "internal/record"},
		},

		// What sends events to webhooks, from octoq web.
		{
			pkg:   "internal/dispatch",
			ours:  []string{"internal/event", "internal/hub", "internal/lease", "internal/metrics", "internal/webhook", "internal/webhookstore"},
			tests: []string{"internal/key"}, parties: []string{prometheus},
		},

		// What one worker process is made of: it gives the use cases the adapters.
		{
			pkg: "internal/engine",
			ours: []string{
				"campaign", "internal/actor", "internal/record", "internal/key", "internal/random", "internal/task", "internal/balancestore", "internal/budget", "internal/budgetstore", "internal/lease",
				"internal/tracing", "internal/event", "internal/lifecycle", "internal/schedule", "internal/stage", "internal/hold", "internal/hub", "internal/sweep", "internal/queue", "internal/ledger", "internal/limit", "internal/octopush", "internal/metrics", "internal/holdstore", "internal/presence", "internal/redisconn", "internal/rights", "internal/runid", "internal/peers", "internal/window", "internal/schedulestore", "internal/loopback", "internal/redisclock", "internal/quotestore", "internal/statsstore",
			},
			parties: []string{goRedis, otelTrace, prometheus, zerolog},
			// Of operators and of octoq web, beside which workers work.
			tests: []string{"internal/admin", "internal/dispatch", "internal/webhook", "internal/webhookstore"},
		},

		// The two public halves: they meet in Redis and never import each other.
		{
			pkg: "enqueue",
			ours: []string{
				"campaign", "internal/content", "internal/actor", "internal/durability", "internal/localuser", "internal/record", "internal/input", "internal/key", "internal/random", "internal/rights", "internal/runid", "internal/task",
				"internal/ledger", "internal/presence", "internal/queue", "internal/redisconn", "internal/window",
			},
			parties: []string{goRedis, otelTrace, uuid},
		},
		{
			pkg:     "worker",
			ours:    []string{"campaign", "internal/budget", "internal/record", "internal/engine", "internal/octopush", "internal/redisconn", "internal/window"},
			parties: []string{goRedis, otelTrace, prometheus, zerolog},
			tests:   []string{"internal/key", "internal/queue", "internal/runid", "internal/task"},
		},
		{
			pkg: "enqueue/enqueuetest",
			ours: []string{
				"campaign", "internal/record", "enqueue",
				"internal/key", "internal/random", "internal/task", "internal/ledger", "internal/memredis", "internal/presence", "internal/queue",
			},
			parties: []string{goRedis},
		},
		{
			pkg:     "worker/workertest",
			ours:    []string{"campaign", "worker", "internal/ledger", "internal/memredis", "internal/simulator"},
			parties: []string{goRedis, zerolog},
		},

		// What octoq bench and the module in bench/ measure with. It compares with
		// plain asynq, and writes tasks past octoq and asynq.
		{
			pkg: "internal/bench",
			ours: []string{
				"campaign", "internal/record", "enqueue", "worker", "internal/key", "internal/random", "internal/task", "internal/queue",
			},
			parties: []string{asynq, goRedis, protowire, zerolog},
		},

		// What people ask for of many campaigns: the acts of enqueue and admin, one after the other.
		{
			pkg:     "internal/action",
			ours:    []string{"campaign", "enqueue", "internal/admin", "internal/key", "internal/lease", "internal/ledger", "internal/queue", "internal/random", "internal/record"},
			parties: []string{goRedis},
			tests:   []string{"internal/task"},
		},

		{pkg: "internal/quote", ours: []string{"campaign", "enqueue", "internal/admin", "internal/quotestore"}},
		{
			pkg: "internal/proof", ours: []string{"campaign", "enqueue", "internal/quotestore", "internal/record"},
			tests: []string{"enqueue/enqueuetest"},
		},

		// The HTTP API: it has the use cases of the commands, and no rule of its own.
		{
			pkg: "internal/api", ours: []string{"campaign", "internal/content", "enqueue", "internal/access", "internal/accessstore", "internal/admin", "internal/event", "internal/hub", "internal/input", "internal/callback", "internal/contacts", "internal/queue", "internal/redisconn", "internal/pieces", "internal/spool", "internal/schedule", "internal/random", "internal/stats", "internal/webhook", "internal/webhookstore", "internal/action", "internal/budget", "internal/phone", "internal/proof", "internal/quote", "internal/result", "internal/resultstore", "internal/tracing"},
			tests:   []string{"internal/durability", "internal/monitor", "internal/peers", "internal/quotestore", "internal/budgetstore", "internal/presence"}, // asynq's page acts on the same letters
			parties: []string{huma},
		},

		// The program wires and prints.
		{
			pkg: "cmd/octoq",
			ours: []string{
				"campaign", "internal/content", "internal/localuser", "internal/record", "enqueue", "worker", "internal/admin", "internal/api", "internal/bench", "internal/doctor", "internal/hub", "internal/random", "internal/access", "internal/accessstore", "internal/durability", "internal/action", "internal/budget", "internal/console", "internal/proof", "internal/quote",
				"internal/input", "internal/memredis", "internal/peers", "internal/redisconn", "internal/reference", "internal/rights", "internal/schedule", "internal/simulator", "internal/web", "internal/zone", "internal/schedulestore", "internal/loopback", "internal/oidc", "internal/pieces", "internal/announce", "internal/contacts", "internal/callback", "internal/dispatch", "internal/event", "internal/key", "internal/lease", "internal/metrics", "internal/phone", "internal/result", "internal/resultstore", "internal/stats", "internal/webhook", "internal/webhookstore", "internal/manual", "internal/otlp", "internal/tracing",
			},
			parties: []string{cobra, goRedis, koanf, miniredis, mpb, pflag, prometheus, term, zerolog},
		},

		// For tests only.
		{pkg: "internal/campaigntest", ours: []string{"campaign"}},
		{pkg: "internal/oidctest", parties: []string{"github.com/zitadel/oidc/v3"}},
		{pkg: "internal/recordtest", ours: []string{"campaign", "internal/content", "internal/record"}},
		{pkg: "internal/testenv"},
		{pkg: "internal/redistest", ours: []string{"internal/testenv"}, parties: []string{goRedis, miniredis}},
		{pkg: "internal/proctest", ours: []string{"internal/testenv"}},
		{pkg: "internal/arrows"},
		{pkg: "scripts/arrows", ours: []string{"internal/arrows"}},
		// For a release.
		{pkg: "scripts/sbom"},
		{pkg: "scripts/thirdparty"},
		{pkg: "internal/archtest", tests: []string{"internal/arrows"}},
		{pkg: "internal/mutants"},
		{pkg: "internal/clients"},
		{pkg: "internal/conformance"},
		{pkg: "internal/browsertest", ours: []string{"campaign", "enqueue"}, parties: []string{cdproto, chromedp}},
		// They put tasks into octoq's queues with asynq's client, as other programs may.
		{pkg: "internal/e2e", ours: []string{"campaign", "internal/record", "enqueue", "worker", "internal/doctor", "internal/rights"}, parties: []string{asynq, otelProto, protobuf}},
		// A worker that dies at every point: it looks into everything.
		{
			pkg: "internal/crash",
			ours: []string{
				"campaign", "internal/record", "enqueue", "worker", "internal/admin", "internal/engine", "internal/key", "internal/octopush", "internal/queue", "internal/quotestore", "internal/task",
			},
			parties: []string{asynq, zerolog},
		},
		{pkg: "internal/chaos", ours: []string{"campaign", "internal/record"}, parties: []string{toxiproxy}, tests: []string{"internal/event", "internal/hub"}},
	}
}

// inTests is what test files may import beyond their package's own row, and
// besides the package itself.
func inTests() row {
	return row{
		ours: []string{
			"enqueue/enqueuetest", "internal/memredis", "internal/proctest", "internal/redistest", "internal/simulator", "internal/testenv", "internal/zone", "worker/workertest",
		},
		parties: []string{goCmp, goleak, goRedis, jsonSchema, miniredis, otelSDK, rapid, unix},
	}
}

// inputOutput are the parts of the standard library that a pure package may not
// import, sub-packages included.
func inputOutput() []string {
	return []string{"database", "io/ioutil", "log", "net", "os", "plugin", "syscall", "unsafe"}
}
