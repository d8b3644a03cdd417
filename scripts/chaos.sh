#!/usr/bin/env bash
# chaos.sh N SECONDS SEED RATE [REDIS] plays one run of internal/chaos: N campaigns,
# SECONDS of faults in the order of SEED (0: one by the clock), at RATE calls a
# second, on one Redis, a sentinel set or a cluster. It prints one line about the
# run, and fails when a campaign was confirmed twice, lost, or is still open.
set -euo pipefail

# shellcheck source=scripts/env.sh
. scripts/env.sh

n=$1 seconds=$2 seed=$3 rate=$4 redis=${5:-one}
go=${GO:-go}

flags=(-count=1 -v)
cc=$("$go" env CC)
if command -v "${cc%% *}" >/dev/null; then
	export CGO_ENABLED=1
	flags+=(-race)
fi
export OCTOQ_REQUIRE_REDIS=1
# Faults, then the time that all may take to end on a machine that does more besides.
timeout=$((seconds + n * 30 / rate + 1800))
exec "$go" test "${flags[@]}" -timeout="${timeout}s" -run '^TestChaos$' ./internal/chaos \
	-chaos.redis="$redis" -chaos.n="$n" -chaos.seconds="$seconds" -chaos.seed="$seed" -chaos.rate="$rate"
