#!/usr/bin/env bash
# browser.sh prepares what the tests in a browser need: Chromium, from the system's
# packages, and axe-core, at the version and checksum that package-lock.json in
# scripts/browser pins. It prints the path of axe-core, which is never shipped.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/need.sh chromium node npm
to=$PWD/bin/browser
axe=$to/node_modules/axe-core/axe.min.js
if ! cmp -s scripts/browser/package-lock.json "$to/package-lock.json" || [ ! -f "$axe" ]; then
	mkdir -p "$to"
	cp scripts/browser/package.json scripts/browser/package-lock.json "$to"
	(cd "$to" && npm ci --ignore-scripts --no-audit --no-fund >&2)
fi
printf '%s\n' "$axe"
