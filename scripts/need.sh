#!/usr/bin/env bash
# need.sh COMMAND... [-- PACKAGE...] installs what is missing of the commands, with
# apt-get as root or through a sudo that asks for no password, or with brew, and of
# libraries that are packages of Debian's. It fails when one is still missing
# afterwards.
set -euo pipefail

say() { printf 'need: %s\n' "$*" >&2; }

# as_root runs a command with the rights to install; it never asks for a password.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo -n "$@"
	fi
}

updated=
apt() {
	local apt_get=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120)
	if [ -z "$updated" ]; then
		as_root "${apt_get[@]}" update </dev/null >&2 || say "apt-get update failed; going on with the old lists"
		updated=yes
	fi
	as_root "${apt_get[@]}" install -y --no-install-recommends "$@" </dev/null >&2
}

# with_apt installs a command by Debian's names. The package of Redis may start a
# server on port 6379; the tests use servers of their own and never that one.
with_apt() {
	say "installing $1 with apt-get"
	case $1 in
	gcc) apt gcc libc6-dev ;;
	javac) apt default-jdk-headless ;;
	node) apt nodejs ;;
	php) apt php-cli ;;
	promtool) apt prometheus ;;
	systemd-nspawn) apt systemd-container ;;
	*) apt "$1" ;;
	esac
}

with_brew() {
	say "installing $1 with brew"
	case $1 in
	redis-server) brew install redis </dev/null >&2 ;;
	*) brew install "$1" </dev/null >&2 ;;
	esac
}

install() {
	if command -v apt-get >/dev/null && as_root true 2>/dev/null; then
		with_apt "$1"
	elif command -v brew >/dev/null; then
		with_brew "$1"
	else
		say "cannot install $1: neither apt-get with the rights to use it nor brew is here"
		return 1
	fi
}

# present reports whether a command, or behind the -- a package, is there.
present() {
	if [ -z "$libraries" ]; then
		command -v "$1" >/dev/null
	else
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
	fi
}

status=0
libraries=
for name in "$@"; do
	if [ "$name" = -- ]; then
		libraries=yes
		continue
	fi
	present "$name" && continue
	install "$name" || say "installing $name failed"
	hash -r
	if ! present "$name"; then
		say "$name is missing"
		status=1
	fi
done
exit "$status"
