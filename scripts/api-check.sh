#!/usr/bin/env bash
# api-check.sh OASDIFF checks that docs/openapi.json and openapi-3.0.json are valid, and
# that docs/openapi.json breaks nothing of docs/openapi-previous.json, which is what
# clients rely on.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

oasdiff=$1

say() { printf 'api-check: %s\n' "$*" >&2; }

"$oasdiff" validate --fail-on ERR docs/openapi.json
"$oasdiff" validate --fail-on ERR docs/openapi-3.0.json
if ! "$oasdiff" breaking --fail-on ERR --format singleline --severity-levels scripts/api-severity.txt docs/openapi-previous.json docs/openapi.json; then
	say '****************************************************************'
	say 'FAILED: docs/openapi.json breaks clients of docs/openapi-previous.json, as listed above.'
	say 'Where that is meant, say it in CHANGELOG.md, run make api-accept and commit what it writes.'
	say '****************************************************************'
	exit 1
fi
