#!/usr/bin/env bash
# webhooks.sh has Standard Webhooks' own library, in JavaScript, judge what octoq web
# signs. It installs node and npm where they are missing, and the library, at the version
# that package-lock.json in scripts/webhooks pins, into a temporary folder.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/env.sh
. scripts/env.sh

scripts/need.sh node npm redis-server
OCTOQ_WEBHOOKS_DIR=$(mktemp -d)
export OCTOQ_WEBHOOKS_DIR
trap 'rm -rf "$OCTOQ_WEBHOOKS_DIR"' EXIT
cp scripts/webhooks/* "$OCTOQ_WEBHOOKS_DIR"
(cd "$OCTOQ_WEBHOOKS_DIR" && npm ci --ignore-scripts --no-audit --no-fund >&2)
name=TestWebhooksByTheirOwnLibrary
"${GO:-go}" test -count=1 -v -timeout 10m -run "^$name\$" ./internal/e2e | tee "$OCTOQ_WEBHOOKS_DIR/said"
# go test is content when there is no such test, or it was skipped.
if ! grep -q "^--- PASS: $name" "$OCTOQ_WEBHOOKS_DIR/said"; then
	echo "webhooks: FAILED: $name did not run" >&2
	exit 1
fi
