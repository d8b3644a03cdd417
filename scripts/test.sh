#!/usr/bin/env bash
# test.sh PACKAGES... [ARGUMENTS] runs go test on everything there is: shuffled,
# under the race detector where there is a C compiler, on redis-server processes
# that the tests start themselves.
#
# What could not be had is said before the tests run, so that the output ends in
# the lines of go test. With CI=true a missing C compiler is an error; with
# OCTOQ_REQUIRE_REDIS=1 so is a missing redis-server, and a run that never
# started one.
set -euo pipefail

# shellcheck source=scripts/env.sh
. scripts/env.sh

go=${GO:-go}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

say() { printf 'test: %s\n' "$*" >&2; }
fail() {
	say "FAILED: $*"
	exit 1
}
loudly() {
	say '****************************************************************'
	say "SKIPPED: $*"
	say '****************************************************************'
}

# The end-to-end tests take seven minutes on a machine of their own, and more than fifteen on a
# busy one.
flags=(-shuffle=on -count=1 -timeout=25m)

# with_race adds the race detector, which needs a C compiler.
with_race() {
	local cc
	cc=$("$go" env CC)
	if command -v "${cc%% *}" >/dev/null; then
		export CGO_ENABLED=1
		flags+=(-race)
	elif [ "${CI:-}" = true ]; then
		fail "there is no C compiler ($cc) for the race detector, and CI=true"
	else
		loudly "the race detector: there is no C compiler ($cc)"
	fi
}

with_redis() {
	if [ -n "${OCTOQ_TEST_REDIS:-}" ]; then
		say "tests run on $("$OCTOQ_TEST_REDIS" --version | cut -d ' ' -f 1-3)"
	elif scripts/need.sh redis-server; then
		say "tests run on $(redis-server --version | cut -d ' ' -f 1-3)"
	elif [ -n "${OCTOQ_REQUIRE_REDIS:-}" ]; then
		fail "there is no redis-server, and OCTOQ_REQUIRE_REDIS is set"
	else
		loudly "every test that needs a real Redis: install redis-server to run them"
	fi
	export OCTOQ_REDIS_MARK=$scratch/redis
}

# with_browser prepares the tests in a browser, where they are asked for.
with_browser() {
	case " $* " in
	*/browsertest* | *'/... '*) ;;
	*) return ;;
	esac
	if OCTOQ_AXE=$(scripts/browser.sh); then
		export OCTOQ_AXE
	elif [ -n "${OCTOQ_REQUIRE_REDIS:-}" ]; then
		fail "the tests in a browser need Chromium and axe-core, and OCTOQ_REQUIRE_REDIS is set"
	else
		loudly "the tests in a browser: Chromium or axe-core is missing"
	fi
}

# ran counts the packages whose tests ran; a cached result is none.
ran() { grep -E '^ok[[:space:]]' "$scratch/out" | grep -cvE '\[no tests to run\]|\(cached\)' || true; }

with_race
with_redis
with_browser "$@"
say "$go test ${flags[*]} $*"
"$go" test "${flags[@]}" "$@" 2>&1 | tee "$scratch/out"

[ "$(ran)" -gt 0 ] || fail "no test ran"
if [ -n "${OCTOQ_REQUIRE_REDIS:-}" ] && [ ! -s "$scratch/redis" ]; then
	fail "no test started a redis-server, and OCTOQ_REQUIRE_REDIS is set"
fi
