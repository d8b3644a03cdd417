#!/usr/bin/env bash
# clients.sh FOLDER runs Octopush's own clients, from their checkouts in a folder,
# against `octoq simulate`, and compares what they send, are answered and make of it
# with the table of facts in internal/clients. It installs what they need from
# Debian's packages. The clients are copied for that, and never changed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/env.sh
. scripts/env.sh

folder=${1:-}
go=${GO:-go}

say() { printf 'clients: %s\n' "$*" >&2; }
fail() {
	say '****************************************************************'
	say "FAILED: $*"
	say 'Put checkouts of these public repositories into a folder, and name it:'
	say '  octopush-sms-java      https://github.com/octopush/octopush-sms-java'
	say '  Octopush-SMS-API-PHP   https://github.com/octopush/Octopush-SMS-API-PHP'
	say '  make clients CLIENTS_DIR=folder'
	say '****************************************************************'
	exit 1
}

[ -n "$folder" ] || fail 'CLIENTS_DIR is not given'
[ -d "$folder" ] || fail "CLIENTS_DIR=$folder is no folder"
for source in octopush-sms-java/src/main/java/com/Octopush/service/OctopushManager.java Octopush-SMS-API-PHP/src/Client.php; do
	[ -f "$folder/$source" ] || fail "$folder has no $source"
done

scripts/need.sh javac php -- \
	libspring-web-java libspring-core-java libspring-beans-java libgoogle-gson-java liblog4j1.2-java libhttpclient-java \
	libjackson2-databind-java libcommons-logging-java liblombok-java php-curl php-guzzlehttp-guzzle
OCTOQ_CLIENTS_DIR=$(cd "$folder" && pwd)
export OCTOQ_CLIENTS_DIR
exec "$go" test -count=1 -v -timeout 10m -run '^TestClients$' ./internal/clients
