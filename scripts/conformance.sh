#!/usr/bin/env bash
# conformance.sh has octoq's clients in other languages, of the folder clients, play the
# checks of clients/conformance.md. It installs what they need from Debian's packages;
# npm fetches the compiler of TypeScript, of the version that is pinned there.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/env.sh
. scripts/env.sh

scripts/need.sh redis-server python3 php node npm javac
php -r 'exit(extension_loaded("curl") ? 0 : 1);' || scripts/need.sh -- php-curl
export OCTOQ_CONFORMANCE=1 OCTOQ_REQUIRE_REDIS=1
exec "${GO:-go}" test -count=1 -v -timeout 10m ./internal/conformance
