# What a developer and CI run. `make` alone prints what there is.

.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

GO ?= go
export GO

# Exported settings of octoq reach no target: a test or a benchmark that obeyed
# them would work on the developer's own Redis and account. What is left are the
# variables of the tests' own. The scripts do the same by themselves.
$(foreach name,$(filter-out $(shell cat internal/testenv/own.txt),$(filter OCTOQ_%,$(.VARIABLES))),$(eval unexport $(name)))

# The tools of this project and their versions, only here. They are compiled
# into TOOLS and compiled again when a version or Go itself changes.
GOLANGCI_LINT_VERSION := v2.15.0
GOVULNCHECK_VERSION := v1.9.0
OASDIFF_VERSION := v1.37.0
HELM_VERSION := v3.22.0
KUBECTL_VALIDATE_VERSION := v0.0.4
# Not compiled: its schemas alone are used.
KEDA_VERSION := v2.17.2
TOOLS := bin/tools
GOLANGCI_LINT := $(TOOLS)/golangci-lint
GOVULNCHECK := $(TOOLS)/govulncheck
OASDIFF := $(TOOLS)/oasdiff
HELM := $(TOOLS)/helm
KUBECTL_VALIDATE := $(TOOLS)/kubectl-validate

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
# The program for this machine; the static one for others is the Dockerfile's.
LDFLAGS := -X main.version=$(VERSION)

# What to test (PKG), with which further arguments of go test (ARGS).
PKG ?= ./...
ARGS ?=
# How long to fuzz each target: a time, or a number of inputs such as 20000x.
FUZZTIME ?= 30s
# How many targets to fuzz at once; by default one per processor.
FUZZJOBS ?=
# blind: without coverage to guide it, which takes minutes to compile.
FUZZGUIDE ?=
# How many seconds govulncheck may take.
VULNTIME ?= 300

.PHONY: help
help: ## show this help
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## compile bin/octoq, with its version from git
	$(GO) build -ldflags '$(LDFLAGS)' -o bin/octoq ./cmd/octoq

.PHONY: test
test: ## run all tests, on Redis servers of their own (PKG=./enqueue ARGS='-run Name' for some)
	@scripts/test.sh $(PKG) $(ARGS)

.PHONY: cover
cover: ## run all tests and write bin/cover.html
	@mkdir -p bin
	@scripts/test.sh $(PKG) -coverpkg=./... -coverprofile=bin/cover.out $(ARGS)
	$(GO) tool cover -html=bin/cover.out -o bin/cover.html
	@$(GO) tool cover -func=bin/cover.out | tail -n 1

.PHONY: lint
lint: lint-tool api-check ## check style and import policy, in the shell scripts too, and the HTTP API's document
	$(GOLANGCI_LINT) run ./...
	@scripts/check-shell.sh

.PHONY: api-check
api-check: api-tool ## check that the HTTP API's document is valid, and breaks nothing that its clients rely on
	@scripts/api-check.sh $(OASDIFF)

.PHONY: api-accept
api-accept: ## let clients rely on the HTTP API as it is now: the step after a breaking change that is meant, and of each release
	cp docs/openapi.json docs/openapi-previous.json

.PHONY: vet
vet: ## run go vet
	$(GO) vet ./...

.PHONY: tidy
tidy: ## check that go.mod and go.sum are tidy; changes nothing
	$(GO) mod tidy -diff

.PHONY: docs
docs: ## write docs/fields.md, settings.md, the schema, the HTTP API's document, its clients' types and the rights in redis.md from the code
	$(GO) test ./cmd/octoq -count=1 -run '^TestReferencesAreUpToDate$$' -update
	$(GO) test ./internal/conformance -count=1 -run '^TestTypesAreUpToDate$$' -update

.PHONY: fuzz
fuzz: ## fuzz each target for a while (FUZZTIME=30s)
	@scripts/fuzz.sh $(FUZZTIME) "$(FUZZJOBS)" $(FUZZGUIDE)

# The comparisons are a module of their own, so that what they compare with is no
# dependency of octoq.
.PHONY: bench
bench: ## measure octoq against what it stands on, into docs/performance.md (three quarters of an hour)
	cd bench && $(GO) run . -rows 1,2,3,4,5,6,8,9,10,11 -write ../docs/performance.md

.PHONY: bench-growth
bench-growth: ## the same at up to a million waiting campaigns
	cd bench && $(GO) run . -rows 7 -write ../docs/performance.md

.PHONY: bench-accounts
bench-accounts: ## what a worker of a thousand idle accounts costs, and how soon one wakes
	cd bench && $(GO) run . -rows accounts -write ../docs/performance.md

.PHONY: bench-peers
bench-peers: ## the same job on River and BullMQ, where their servers can be had
	cd bench && $(GO) run . -rows peers -write ../docs/performance.md

.PHONY: bench-console
bench-console: ## how long the console's pages take with a million campaigns, and what 50 viewers cost (OCTOQ_PAGES_FINISHED, OCTOQ_PAGES_WAITING)
	$(GO) test ./internal/console -count=1 -run '^$$' -bench '^BenchmarkPages$$' -benchtime 200x -timeout 60m
	$(GO) test ./internal/e2e -count=1 -v -run '^TestViewersCostLittle$$'

.PHONY: bench-check
bench-check: lint-tool ## vet, test and lint the comparisons
	cd bench && $(GO) vet ./... && $(GO) test ./... && $(GO) mod tidy -diff
	cd bench/peers/river && $(GO) vet ./... && $(GO) mod tidy -diff
	cd bench && ../$(GOLANGCI_LINT) run -c ../.golangci.yml ./...

# The outbox is a module of its own, so that no other producer needs a driver of PostgreSQL.
.PHONY: outbox
outbox: ## test the outbox on a PostgreSQL of its own (OCTOQ_OUTBOX_N=100000 for the long form)
	cd enqueue/outbox && $(GO) vet ./... && $(GO) mod tidy -diff && $(GO) test -count=1 -timeout 30m ./... $(ARGS)

.PHONY: rules
rules: ## check that each alert rule for Prometheus fires by its cause, and only then
	@scripts/need.sh promtool
	promtool check rules deploy/prometheus/octoq.yml deploy/prometheus/outbox.yml
	promtool test rules deploy/prometheus/octoq_test.yml deploy/prometheus/outbox_test.yml

.PHONY: outbox-lint
outbox-lint: lint-tool ## check the style of the outbox
	cd enqueue/outbox && ../../$(GOLANGCI_LINT) run -c ../../.golangci.yml ./...

.PHONY: outbox-build
outbox-build: ## compile bin/octoq-outbox, the relay
	cd enqueue/outbox && $(GO) build -ldflags '$(LDFLAGS)' -o ../../bin/octoq-outbox ./cmd/octoq-outbox

# A run of chaos: campaigns, seconds of faults, which faults (0: by the clock),
# calls a second, and on which Redis: one, sentinel or cluster.
N ?= 500
SECONDS ?= 120
SEED ?= 0
RATE ?= 100
REDIS ?= one

.PHONY: chaos
chaos: ## kill, freeze and cut off real processes (N=500 SECONDS=120 SEED=0 RATE=100 REDIS=one)
	@scripts/chaos.sh $(N) $(SECONDS) $(SEED) $(RATE) $(REDIS)

# Which mutants to play: a pattern of their names, all when empty.
MUTANT ?=

.PHONY: chaos-mutants
chaos-mutants: ## make each known mistake and see a test fail of it (MUTANT=no-sweep for one)
	$(GO) test -count=1 -v -timeout 40m -run TestMutantsAreFound ./internal/mutants -args -play -mutant '$(MUTANT)'

.PHONY: crash-points
crash-points: ## stop a worker dead at every point, and let Redis forget the last write at every one
	OCTOQ_CRASH=all OCTOQ_REQUIRE_REDIS=1 $(GO) test -race -count=1 -timeout 30m ./internal/crash $(ARGS)

# The folder with checkouts of Octopush's own clients; they are no part of octoq.
CLIENTS_DIR ?=

.PHONY: clients
clients: ## have Octopush's Java client and PHP SDK judge the simulator (CLIENTS_DIR=folder with their checkouts)
	@scripts/clients.sh '$(CLIENTS_DIR)'

.PHONY: webhooks
webhooks: ## have Standard Webhooks' own library in JavaScript judge what octoq web signs
	@scripts/webhooks.sh

.PHONY: conformance
conformance: ## have octoq's clients for Python, PHP, TypeScript and Java play clients/conformance.md against a real octoq web
	@scripts/conformance.sh

.PHONY: proofs
proofs: ## run all the long lines that a release rests on; goes on where it was broken off (hours)
	@scripts/proofs.sh

# The lines are in scripts/proofs, a file for each part.
proofs-%: ## run those of one part, and print their table (proofs-promise)
	@scripts/proofs.sh $*

# The packages whose files are drawn.
ARROWS ?= internal/lifecycle internal/stage internal/queue internal/asynqwire internal/engine internal/limit

.PHONY: arrows
arrows: ## draw how the files of packages refer to each other (ARROWS="internal/stage internal/limit")
	@$(GO) run ./scripts/arrows $(ARROWS)

.PHONY: vuln
vuln: vuln-tool ## look for known vulnerabilities, where their database is in reach
	@scripts/vuln.sh $(GOVULNCHECK) $(VULNTIME)

.PHONY: demo
demo: ## run the demo: it needs nothing but Go
	$(GO) run ./cmd/octoq demo

.PHONY: redis
redis: ## install redis-server where it is missing and can be installed
	@scripts/need.sh redis-server

.PHONY: servers
servers: ## unpack Redis 8 and Valkey 8 from Debian's packages into bin/servers, installing nothing
	@scripts/servers.sh

.PHONY: tools
tools: lint-tool vuln-tool api-tool ## compile the tools that are missing

.PHONY: lint-tool
lint-tool:
	@scripts/tool.sh $(TOOLS) github.com/golangci/golangci-lint/v2/cmd/golangci-lint $(GOLANGCI_LINT_VERSION)

.PHONY: vuln-tool
vuln-tool:
	@scripts/tool.sh $(TOOLS) golang.org/x/vuln/cmd/govulncheck $(GOVULNCHECK_VERSION)

.PHONY: api-tool
api-tool:
	@scripts/tool.sh $(TOOLS) github.com/oasdiff/oasdiff $(OASDIFF_VERSION)

.PHONY: chart
chart: ## check the Helm chart against the schemas of Kubernetes and KEDA; compiles helm the first time
	@scripts/tool.sh $(TOOLS) helm.sh/helm/v3/cmd/helm $(HELM_VERSION)
	@scripts/tool.sh $(TOOLS) sigs.k8s.io/kubectl-validate $(KUBECTL_VALIDATE_VERSION)
	@scripts/chart.sh $(HELM) $(KUBECTL_VALIDATE) $(KEDA_VERSION)

.PHONY: release
release: ## make archives, the package for Debian, checksums and lists of contents in dist; publishes nothing (PLATFORMS=linux/amd64 for some)
	@scripts/release.sh $(PLATFORMS)

.PHONY: release-check
release-check: ## prove the packages of two versions on a Debian of its own: install, run, upgrade, remove (needs root)
	@scripts/release-check.sh

.PHONY: release-same
release-same: ## make a release twice, and compare it byte by byte
	@scripts/release-same.sh $(PLATFORMS)

.PHONY: ci
ci: ## do what CI does, from installing to testing (20 minutes at most)
	@bash .ci/run

.PHONY: clean
clean: ## remove what was built, the tools aside
	rm -rf bin/octoq bin/octoq-outbox bin/cover.out bin/cover.html dist
