#!/usr/bin/env bash
# servers.sh NAME... unpacks newer servers than the machine's into bin/servers/NAME,
# from Debian's packages, and installs nothing: redis-8 and valkey-8, or those that
# are named. A folder has the server and its command line tool, as scripts that run
# them with the libraries of their own release; tests take one by OCTOQ_TEST_REDIS.
#
# The packages come from where the machine's own Debian packages come from, by apt,
# which checks their signatures. It fails when one cannot be had, and says why.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
suite=${SERVERS_SUITE:-trixie}
folder=$PWD/bin/servers
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

say() { printf 'servers: %s\n' "$*" >&2; }

# version is what the server in a folder says of itself.
version() { "$1/${2%-*}-server" --version 2>&1 | cut -d ' ' -f 1-3; }

# current reports whether a folder has a server of the version in its name.
current() { version "$1" "$2" | grep -qF " v=${2#*-}."; }

# origins are where the machine takes packages of Debian's main section from.
origins() {
	# shellcheck disable=SC2016 # apt fills it in
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' | grep -v security | sort -u
}

# private makes an apt of its own, which takes this machine for one without packages.
private() {
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	mkdir -p "$scratch/lists/partial" "$scratch/archives/partial" "$scratch/none"
	printf '%s\n' 'Types: deb' "URIs: $1" "Suites: $suite" 'Components: main' 'Targets: Packages' >"$scratch/debian.sources"
	[ ! -e "$keyring" ] || printf 'Signed-By: %s\n' "$keyring" >>"$scratch/debian.sources"
	cat >"$scratch/apt.conf" <<-END
		Dir::Etc::sourcelist "$scratch/debian.sources";
		Dir::Etc::sourceparts "$scratch/none";
		Dir::Etc::preferences "$scratch/none";
		Dir::Etc::preferencesparts "$scratch/none";
		Dir::State "$scratch";
		Dir::State::lists "$scratch/lists";
		Dir::State::status "/dev/null";
		Dir::Cache "$scratch";
		APT::Sandbox::User "root";
		APT::Update::Error-Mode "any";
	END
}

apt() { APT_CONFIG=$scratch/apt.conf apt-get -qq "$@" </dev/null; }

# reach finds an origin that has the suite.
reach() {
	local origin log=$scratch/log
	if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
		say "there is no apt here, which alone gets and checks Debian's packages"
		return 1
	fi
	: >"$log"
	while read -r origin; do
		private "$origin"
		apt update >>"$log" 2>&1 && return
	done < <(origins)
	say "no source of Debian's packages on this machine has $suite: $(tail -n 3 "$log" | tr '\n' ' ')"
	return 1
}

# needs are the packages that a server runs with: its own and all libraries, the C
# library too, so that none of the machine's is mixed in.
needs() {
	apt -s --no-install-recommends install "$@" | awk -v own="$*" '
		$1 == "Inst" && ($2 ~ /^(lib|zlib)/ || index(" " own " ", " " $2 " ")) { print $2 }'
}

# wrap writes a script that runs an unpacked program with the unpacked libraries.
wrap() {
	local dir=$1 program=$2 loader
	loader=$(cd "$dir/root" && find usr/lib lib -name 'ld-linux*.so.*' -path '*-linux-gnu*' 2>/dev/null | head -n 1)
	[ -n "$loader" ] && [ -x "$dir/root/usr/bin/$program" ] || return 1
	cat >"$dir/$program" <<-END
		#!/bin/sh
		root=\$(dirname "\$(readlink -f "\$0")")/root
		exec "\$root/$loader" --library-path "\$root/${loader%/*}" "\$root/usr/bin/$program" "\$@"
	END
	chmod +x "$dir/$program"
}

# unpack brings one server into its folder, whole or not at all.
unpack() {
	local name=$1 kind=${1%-*} dir=$scratch/$1 deb packages
	mkdir -p "$dir/debs" "$dir/root" "$folder"
	packages=$(needs "$kind-server" "$kind-tools") || return 1
	# shellcheck disable=SC2086 # names of packages
	(cd "$dir/debs" && apt download $packages) || return 1
	for deb in "$dir/debs"/*.deb; do
		dpkg-deb -x "$deb" "$dir/root" || return 1
	done
	rm -rf "$dir/debs"
	wrap "$dir" "$kind-server" && wrap "$dir" "$kind-cli" || return 1
	if ! current "$dir" "$name"; then
		echo "what it has is $(version "$dir" "$name")" >&2
		return 1
	fi
	rm -rf "${folder:?}/$name"
	mv "$dir" "$folder/$name"
}

# have sees to it that one server is there.
have() {
	current "$folder/$1" "$1" && return
	[ -n "$reached" ] || reach || return 1
	reached=yes
	unpack "$1" 2>"$scratch/why" && return
	say "$1 cannot be had from Debian's $suite: $(tail -n 3 "$scratch/why" | tr '\n' ' ')"
	return 1
}

[ "$#" -gt 0 ] || set -- redis-8 valkey-8
status=0 reached=
for name in "$@"; do
	if have "$name"; then
		say "$name: $(version "$folder/$name" "$name"), in ${folder#"$PWD/"}/$name"
	else
		status=1
	fi
done
exit "$status"
