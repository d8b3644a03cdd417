#!/usr/bin/env bash
# release-same.sh [OS/ARCH...] makes a release of the present commit twice and compares
# them byte by byte. The second one is made in another folder, another time zone, with
# another umask and by a compiler that has nothing cached; CACHED=yes lets it have that.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
scratch=$(mktemp -d)
end() {
	git worktree remove --force "$scratch/elsewhere" 2>/dev/null || true
	chmod -R u+w "$scratch"
	rm -rf "$scratch"
}
trap end EXIT

say() { printf 'release-same: %s\n' "$*" >&2; }

git worktree add --quiet --detach "$scratch/elsewhere" HEAD
git worktree add --quiet --detach "$scratch/here" HEAD
trap 'git worktree remove --force "$scratch/here" 2>/dev/null || true; end' EXIT
(cd "$scratch/here" && scripts/release.sh "$@" >"$scratch/one")
[ -n "${CACHED:-}" ] || export GOCACHE=$scratch/cache
(cd "$scratch/elsewhere" && umask 077 && TZ=Asia/Tokyo LANG=fr_FR.UTF-8 scripts/release.sh "$@" >"$scratch/two")
if ! diff "$scratch/one" "$scratch/two" >&2 || ! diff -r "$scratch/here/dist/image" "$scratch/elsewhere/dist/image" >&2; then
	say 'FAILED: two releases of one commit differ, as listed above'
	exit 1
fi
say "the same, byte by byte: $(wc -l <"$scratch/one") files"
