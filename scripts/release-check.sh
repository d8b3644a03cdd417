#!/usr/bin/env bash
# release-check.sh proves the packages of two versions on a Debian of its own, booted in a
# container under its own systemd: release-check-inside.sh says what. It then plays the
# image's recipe, and runs its programs as its user. It needs root, and nothing of it
# touches the machine's own packages but what scripts/need.sh installs.
#
# CHECK_SUITE is the Debian, bookworm by default. CHECK_DEBIAN names a folder where it is
# kept for the next time, CHECK_DIST one with the two releases, made by an earlier run.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
suite=${CHECK_SUITE:-bookworm}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
debian=${CHECK_DEBIAN:-$scratch/debian}
dist=${CHECK_DIST:-$scratch/dist}
go=${GO:-go}

say() { printf 'release-check: %s\n' "$*" >&2; }
fail() {
	say "FAILED: $*"
	exit 1
}

# releases makes two, the second one newer.
releases() {
	local version
	for version in 1.0.0-rc.1 1.0.0; do
		[ ! -d "$dist/$version" ] || continue
		mkdir -p "$dist"
		RELEASE_VERSION=$version RELEASE_DIST=$dist/$version scripts/release.sh "linux/$("$go" env GOHOSTARCH)"
	done
}

# base makes the Debian, from where this machine's own packages come from.
base() {
	local origin
	[ ! -e "$debian/usr/bin/redis-server" ] || return 0
	# shellcheck disable=SC2016 # apt fills it in
	origin=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' | grep -v security | sort -u | head -n 1)
	debootstrap --variant=minbase --include=adduser,ca-certificates,curl,dbus,init-system-helpers,man-db,procps,redis-server,systemd,systemd-sysv \
		"$suite" "$debian" "$origin" >"$scratch/debootstrap" 2>&1 || fail "debootstrap: $(tail -n 3 "$scratch/debootstrap")"
}

# booted boots a copy of the Debian, which does its part and ends with its result.
booted() {
	local root=$scratch/root
	cp -a "$debian" "$root"
	cp "$dist"/*/*.deb scripts/release-check-inside.sh "$root/root"
	cat >"$root/etc/systemd/system/release-check.service" <<-'UNIT'
		[Unit]
		After=multi-user.target
		[Service]
		Type=oneshot
		Environment=HOME=/root
		ExecStart=/bin/bash -c '/root/release-check-inside.sh /root/octoq_*~*.deb /root/octoq_1.0.0_*.deb >/root/log 2>&1; echo $? >/root/result; systemctl poweroff'
	UNIT
	ln -s ../release-check.service "$root/etc/systemd/system/multi-user.target.wants/release-check.service"
	timeout --kill-after=30 "${CHECK_SECONDS:-900}" systemd-nspawn --quiet --register=no --keep-unit --private-network --directory "$root" --boot \
		</dev/null >"$scratch/boot" 2>&1 || true
	cat "$root/root/log" || { cat "$scratch/boot" && fail 'the Debian did not boot, as above'; }
	[ "$(cat "$root/root/result" 2>/dev/null)" = 0 ] || fail 'see above'
}

# image plays the recipe's COPY lines, and runs the programs as the image's user.
image() {
	local from=$dist/1.0.0/image at=$scratch/image arch line parts said
	arch=$("$go" env GOHOSTARCH)
	while read -r line; do
		read -ra parts <<<"${line//\$TARGETARCH/$arch}"
		mkdir -p "$at/$(dirname "${parts[-1]}x")"
		(cd "$from" && cp "${parts[@]:1:${#parts[@]}-2}" "$at${parts[-1]}")
	done < <(grep '^COPY ' "$from/Dockerfile")
	said=$(chroot --userspec=65532:65532 "$at" /octoq version) || fail 'octoq of the image does not run'
	[[ $said == 'octoq 1.0.0 '* ]] || fail "octoq of the image is $said"
	chroot --userspec=65532:65532 "$at" /octoq-outbox schema | grep -q 'CREATE TABLE' || fail 'octoq-outbox of the image does not run'
	grep -q 'BEGIN CERTIFICATE' "$at/etc/ssl/certs/ca-certificates.crt" || fail 'the image has no certificates'
	say 'the image has what its programs need'
}

[ "$(id -u)" = 0 ] || fail 'it boots a container, for which it has to be root'
scripts/need.sh debootstrap systemd-nspawn
releases
base
booted
image
