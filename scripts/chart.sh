#!/usr/bin/env bash
# chart.sh HELM VALIDATE KEDA checks the Helm chart, without a cluster: helm's own rules,
# what it makes of each set of values in deploy/chart/ci against the schemas of
# Kubernetes and of the named version of KEDA, and that wrong values are refused.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
helm=$1 validate=$2 keda=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

say() { printf 'chart: %s\n' "$*" >&2; }
fail() {
	say "FAILED: $*"
	exit 1
}

# template has helm make what values ask for. Of the cluster's version it knows nothing by
# itself.
version=1.30
template() { "$helm" template shop deploy/chart --namespace sms --kube-version "$version" "$@"; }

# refused fails unless helm refuses values, and says why.
refused() {
	local why=$1
	shift
	if template -f deploy/chart/ci/minimal.yaml "$@" >"$scratch/refused" 2>&1; then
		fail "helm accepts $*"
	fi
	grep -qF "$why" "$scratch/refused" || fail "helm refuses $* without saying \"$why\": $(cat "$scratch/refused")"
}

# made fails unless something is in what helm makes of a set of values.
made() { grep -qF -- "$2" "$scratch/$1.yaml" || fail "what helm makes of $1.yaml lacks $2"; }

# lacks fails if something is in what helm makes of a set of values.
lacks() { ! grep -F -- "$2" "$scratch/$1.yaml" >&2 || fail "what helm makes of $1.yaml has $2, as above"; }

crds=$scratch/crds
mkdir "$crds"
folder=$("${GO:-go}" mod download -json "github.com/kedacore/keda/v2@$keda" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
cp "$folder/config/crd/bases/keda.sh_scaledobjects.yaml" "$crds"
for values in deploy/chart/ci/*.yaml; do
	name=$(basename "$values" .yaml)
	for version in 1.25 1.30; do
		"$helm" lint --strict --quiet --kube-version "$version" deploy/chart -f "$values" >&2
		template -f "$values" >"$scratch/$name.yaml"
		"$validate" --version "$version" --local-crds "$crds" "$scratch/$name.yaml" >"$scratch/said" 2>&1 || fail "$values for Kubernetes $version: $(cat "$scratch/said")"
	done
	say "$name: $(grep -c '^kind: ' "$scratch/$name.yaml") objects"
done
made minimal '{name: OCTOQ_WEB_AUTH, value: required}'
made minimal '{name: OCTOQ_API_KEY_FILE, value: /run/secrets/api/key}'
made minimal 'terminationGracePeriodSeconds: 45'
made accounts '{name: secret-shop, mountPath: /run/secrets/octoq/shop, readOnly: true}'
made accounts '{name: OCTOQ_RATE, value: "5"}'
for values in accounts folder; do
	made $values '{name: OCTOQ_ACCOUNTS_DIR, value: /run/secrets/accounts}'
	made $values '{name: accounts, mountPath: /run/secrets/accounts, readOnly: true}'
	lacks $values OCTOQ_API_LOGIN
	lacks $values subPath # which Kubernetes never brings up to date
done
made accounts '{name: OCTOQ_CONFIG, value: /etc/octoq/config.yaml}'
made accounts 'secret: {secretName: more-accounts, defaultMode: 0440}'
made folder 'secret: {secretName: octoq-accounts, defaultMode: 0440}'
made folder '{name: secret-shop, mountPath: /run/secrets/octoq/shop, readOnly: true}'
lacks folder OCTOQ_CONFIG
made tls 'scheme: HTTPS'
made ingress 'secretName: octoq-tls'
made keda 'query: max(octoq_workers_wanted)'
made outbox '{name: OCTOQ_OUTBOX_DSN_FILE, value: /run/secrets/outbox/dsn}'
! grep -q '^  replicas:' <(sed -n '/name: shop-worker/,/^---/p' "$scratch/keda.yaml") || fail 'helm and KEDA both set how many workers there are'
refused 'has to say which account calls Octopush' --set worker.apiLogin=
refused 'has to name the Secret with the key' --set worker.apiKeySecret.name=
refused 'has to name the Secret with the key' --set worker.apiKeySecret.name=,worker.accountsSecret=octoq-accounts
refused 'has to say where Redis is' --set redis.url=
refused 'url' --set redis.url=redis://:secret@redis:6379
refused 'not allowed' --set worker.replica=3
refused 'not allowed' --set worker.settings.RATE=3
refused 'has to name a certificate' --set web.ingress.enabled=true,web.ingress.host=a.example.com
refused 'has to name the Prometheus' --set keda.enabled=true
say 'wrong values are refused'
