#!/usr/bin/env bash
# release-check-inside.sh OLDER NEWER is the part of release-check.sh that runs as root in
# a Debian of its own, under its own systemd: it installs a package, judges and starts its
# units, has campaigns sent, brings the next version, and removes all of it.
set -euo pipefail

older=$1 newer=$2
api=http://127.0.0.1:8081 web=http://127.0.0.1:8080
units=(octoq-worker octoq-web octoq-outbox)
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive

say() { printf 'release-check: %s\n' "$*"; }
fail() {
	say "FAILED: $*"
	journalctl --no-pager -n 60 -u 'octoq-*' -u check-simulator || true
	exit 1
}

# until_true waits for a condition, for two minutes.
until_true() {
	local what=$1 deadline=$((SECONDS + 120))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$deadline" ] || fail "$what"
		sleep 0.2
	done
}

# listing has the files that a package may touch, with rights and owners, but for what
# dpkg, systemd and caches write for themselves.
listing() {
	find /etc /usr /var/lib/systemd /run/systemd/generator -xdev ! -name '*-' ! -path '/etc/.pwd.lock' \
		! -path '/var/lib/systemd/timers*' ! -path '/var/lib/systemd/deb-systemd-helper-enabled' -printf '%p %M %u:%g\n' 2>/dev/null | sort
}

# users has the users and groups, by name.
users() { cut -d : -f 1 /etc/passwd /etc/group | sort; }

rights() {
	local path want got
	while read -r want path; do
		got=$(stat -c %A,%U:%G "$path") || fail "$path is missing"
		[ "$got" = "$want" ] || fail "$path is $got, want $want"
	done <<-'TABLE'
		-rwxr-xr-x,root:root /usr/bin/octoq
		-rwxr-xr-x,root:root /usr/bin/octoq-outbox
		-rw-r-----,root:octoq-worker /etc/octoq/worker.env
		-rw-r-----,root:octoq-web /etc/octoq/web.env
		-rw-r-----,root:octoq-outbox /etc/octoq/outbox.env
		drwxr-x---,root:octoq-worker /etc/octoq/worker
		drwxr-x---,root:octoq-web /etc/octoq/web
		drwxr-x---,root:octoq-outbox /etc/octoq/outbox
		-rw-r--r--,root:root /usr/lib/systemd/system/octoq-worker.service
		-rw-r--r--,root:root /usr/share/man/man1/octoq-enqueue.1.gz
		-rw-r--r--,root:root /usr/share/man/man1/octoq-outbox.1.gz
		-rw-r--r--,root:root /usr/share/bash-completion/completions/octoq
		-rw-r--r--,root:root /usr/share/zsh/vendor-completions/_octoq
	TABLE
}

installed() {
	local unit
	dpkg --install "$older" || fail "dpkg --install $older"
	rights
	for unit in "${units[@]}"; do
		[ "$(getent passwd "$unit" | cut -d : -f 6-7)" = /nonexistent:/usr/sbin/nologin ] || fail "user $unit can log in, or has a home"
		! systemctl --quiet is-active "$unit" || fail "$unit runs without having been asked to"
	done
	if setpriv --reuid octoq-worker --regid octoq-worker --init-groups cat /etc/octoq/web.env >/dev/null 2>&1; then
		fail 'the worker may read the settings of octoq-web'
	fi
	man octoq-enqueue | grep -q 'put campaigns into Redis' || fail 'man octoq-enqueue says nothing'
	say "$(basename "$older"): its files, rights and users are those of docs/install.md"
}

# judged has systemd verify the units, and asks how exposed each is: 2.5 of 10 at most.
judged() {
	local unit said
	for unit in "${units[@]}"; do
		said=$(systemd-analyze verify "$unit.service" 2>&1) || fail "systemd-analyze verify $unit: $said"
		[ -z "$said" ] || fail "systemd-analyze verify $unit: $said"
		said=$(systemd-analyze security --no-pager --offline=true --threshold=25 "/usr/lib/systemd/system/$unit.service") ||
			fail "$unit is exposed by more than 2.5: $(tail -n 1 <<<"$said")"
		say "$(grep -o 'Overall exposure level.*' <<<"$said" | tr -s ' ')"
	done
}

# settings gives the units theirs, as docs/install.md says, with the simulator for Octopush.
settings() {
	local role
	printf 'sim-key\n' >/etc/octoq/worker/api_key
	for role in worker web; do
		printf 'redis://127.0.0.1:6379/0\n' >"/etc/octoq/$role/redis_url"
		printf 'OCTOQ_REDIS_URL_FILE=/etc/octoq/%s/redis_url\n' "$role" >>"/etc/octoq/$role.env"
		chgrp "octoq-$role" /etc/octoq/"$role"/*
		chmod 640 /etc/octoq/"$role"/*
	done
	printf '%s\n' OCTOQ_API_LOGIN=sim@example.com "OCTOQ_API_URL=$api/v1/public" >>/etc/octoq/worker.env
}

enqueue() { octoq enqueue --id "$1" --list-name l --text 'Hi. STOP au 30101' --type sms_premium --purpose wholesale >/dev/null; }

sent() { [ "$(octoq list --state sent --limit 100 --json | wc -l)" = "$1" ]; }

# started has systemd start the units as they are, and one campaign sent by them.
started() {
	systemctl --quiet is-active redis-server || systemctl start redis-server || fail 'redis-server does not start'
	redis-cli config set appendonly yes >/dev/null
	systemd-run --quiet --unit=check-simulator /usr/bin/octoq simulate --listen 127.0.0.1:8081
	systemctl enable --now --quiet octoq-worker octoq-web || fail 'the units do not start'
	until_true 'the worker is not ready' octoq doctor --probe http://127.0.0.1:9090/readyz
	until_true 'octoq web is not ready' octoq doctor --probe $web/readyz
	[ "$(curl -s -o /dev/null -w '%{http_code}' $web/v1/accounts/default/campaigns)" = 401 ] || fail 'octoq web answers without a sign-in'
	enqueue first
	until_true 'the campaign is not sent' sent 1
	say 'its units run under systemd, hardened as they are, and have a campaign sent'
}

# upgraded brings the next version while campaigns are being sent.
upgraded() {
	local before now i
	before=$(systemctl show --value --property MainPID octoq-worker)
	for i in {1..20}; do
		enqueue "upgrade-$i"
	done
	until_true 'no campaign is under way' eval '! sent 1'
	! sent 21 || fail 'all campaigns were sent before the upgrade began'
	dpkg --install "$newer" || fail "dpkg --install $newer"
	now=$(systemctl show --value --property MainPID octoq-worker)
	case $now in
	0 | "$before") fail 'the upgrade has not restarted the worker' ;;
	esac
	! systemctl --quiet is-active octoq-outbox || fail 'the upgrade has started what did not run'
	grep -q sim@example.com /etc/octoq/worker.env || fail 'the upgrade has lost the settings'
	rights
	until_true 'not all campaigns are sent after the upgrade' sent 21
	curl -s $api/_sim/stats >/tmp/stats
	grep -q '"tickets_sent_twice":\[\]' /tmp/stats || fail "the simulator has seen a ticket sent twice: $(cat /tmp/stats)"
	say "$(basename "$newer") took over while 20 campaigns were on their way: each is sent, none twice"
}

# removed takes the package away, and compares with what was there before it.
removed() {
	dpkg --remove octoq
	[ -s /etc/octoq/worker/api_key ] || fail 'a removal has taken the settings along: that is for a purge'
	[ ! -e /usr/bin/octoq ] || fail 'a removal has left the program'
	! systemctl --quiet is-active octoq-worker || fail 'a removal has let the worker run on'
	dpkg --purge octoq
	systemctl stop check-simulator
	diff /tmp/before <(listing) || fail 'a purge leaves the files listed above'
	diff /tmp/users <(users) || fail 'a purge leaves the users listed above'
	say 'removed and purged: nothing is left'
}

listing >/tmp/before
users >/tmp/users
installed
judged
settings
started
upgraded
removed
