#!/usr/bin/env bash
# Checks the shell scripts, where shellcheck is installed; in CI it must be.
set -euo pipefail

if command -v shellcheck >/dev/null; then
	shellcheck scripts/*.sh .ci/run deploy/deb/p*
elif [ "${CI:-}" = true ]; then
	echo "shellcheck: not installed, and CI=true" >&2
	exit 1
else
	echo "shellcheck: SKIPPED, it is not installed" >&2
fi
