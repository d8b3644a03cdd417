#!/usr/bin/env bash
# fuzz.sh TIME [JOBS] [blind] runs each fuzz target of the tree for a time, such as 30s,
# or for a number of inputs, such as 20000x: JOBS of them at once, by default one per
# processor, each with one worker. Packages are compiled once, before: with the counters
# of coverage by which fuzzing finds its way, which means everything that they import, too.
# Blind, they are compiled as ever: a tenth of the time, for short runs.
set -euo pipefail

# shellcheck source=scripts/env.sh
. scripts/env.sh

fuzztime=$1
guide=1
[ "${3:-}" != blind ] || guide=
jobs=${2:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)}
go=${GO:-go}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cache=$("$go" env GOCACHE)/fuzz

say() { printf 'fuzz: %s\n' "$*" >&2; }

# targets prints "FOLDER NAME" for each target.
targets() {
	find . -name '*_test.go' -not -path './.*' -not -path './bin/*' | sort |
		while read -r file; do
			sed -nE "s|^func (Fuzz[A-Za-z0-9_]*)\(.*|$(dirname "$file") \1|p" "$file"
		done
}

# binary is where the tests of a folder are compiled to.
binary() { printf '%s/%s.test' "$scratch" "$(tr -c 'A-Za-z0-9\n' _ <<<"$1")"; }

# fuzz runs one target in its folder, where its seeds are. Up to Go 1.26 a run that
# ends by time may fail with a bare "context deadline exceeded" and no failing input
# (go.dev/issue/75804): such an end is reported and passed over. A number of inputs
# never ends like that.
fuzz() {
	local folder=$1 name=$2 log status=0
	log=$scratch/$(basename "$(binary "$folder")").$name
	(cd "$folder" && exec "$(binary "$folder")" -test.run='^$' -test.fuzz="^$name\$" -test.fuzztime="$fuzztime" \
		-test.parallel=1 -test.fuzzcachedir="$cache/${folder#./}") </dev/null >"$log" 2>&1 || status=$?
	{
		say "$name in $folder, $fuzztime"
		tail -n 40 "$log"
	} >&2
	echo "$name" >>"$scratch/done"
	[ "$status" -ne 0 ] || return 0
	if grep -qE '^ +context deadline exceeded$' "$log" && ! grep -qE 'Failing input|panic:' "$log"; then
		say "$name ended by time, without a finding (go.dev/issue/75804)"
		return 0
	fi
	echo "$name" >>"$scratch/failed"
}

count=0 compiled=' '
while read -r folder name; do
	count=$((count + 1))
	echo "$folder $name" >>"$scratch/targets"
	case $compiled in
	*" $folder "*) ;;
	*)
		"$go" test -c ${guide:+-fuzz="$name"} -o "$(binary "$folder")" "$folder"
		compiled="$compiled$folder "
		;;
	esac
done < <(targets)

if [ "$count" -eq 0 ]; then
	say "FAILED: there is no fuzz target"
	exit 1
fi

# Up to $jobs targets at once: each job takes every $jobs-th one.
for job in $(seq 0 $((jobs - 1))); do
	awk -v job="$job" -v jobs="$jobs" '(NR - 1) % jobs == job' "$scratch/targets" |
		while read -r folder name; do fuzz "$folder" "$name"; done &
done
wait
touch "$scratch/done"

if [ -s "$scratch/failed" ]; then
	say "FAILED: $(tr '\n' ' ' <"$scratch/failed")"
	exit 1
fi
if [ "$(wc -l <"$scratch/done")" -ne "$count" ]; then
	say "FAILED: not all of $count targets ran"
	exit 1
fi
say "$count targets, no finding"
