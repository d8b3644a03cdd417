#!/usr/bin/env bash
# tool.sh FOLDER PACKAGE VERSION compiles a tool into a folder unless that very
# version, compiled by the present Go, is there already.
set -euo pipefail

folder=$1 package=$2 version=$3
go=${GO:-go}
binary=$folder/${package##*/}

# current reports whether the binary names this version and this Go.
current() {
	[ -x "$binary" ] || return 1
	local about
	about=$("$go" version -m "$binary") || return 1
	grep -qE ": $("$go" env GOVERSION)( |$)" <<<"$about" &&
		grep -qE "^[[:space:]]+mod[[:space:]].*[[:space:]]$version([[:space:]]|$)" <<<"$about"
}

if current; then
	exit 0
fi
mkdir -p "$folder"
echo "tool: compiling ${package##*/} $version; this may take minutes the first time" >&2
start=$SECONDS
GOFLAGS='' GOBIN=$(cd "$folder" && pwd) "$go" install "$package@$version"
echo "tool: ${package##*/} $version compiled in $((SECONDS - start)) s" >&2
