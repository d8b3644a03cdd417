#!/usr/bin/env bash
# proofs.sh PART... runs the long lines of some parts, or of all when none is
# named, and prints a table of them: name, result, seconds, and the last line with
# a figure that its command wrote. The lines of a part are in scripts/proofs/PART,
# "name | command" each; a command is bash, run in the root.
#
# What has passed is kept for the present commit, in bin/proofs/PART/COMMIT with
# the log of each line, so that a run that was broken off goes on behind it; a
# line that failed is run again. It fails unless all lines have passed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/env.sh
. scripts/env.sh
lists=${PROOFS_LISTS:-scripts/proofs}
state=${PROOFS_STATE:-bin/proofs}
child=

say() { printf 'proofs: %s\n' "$*" >&2; }

# commit names what is proved: the commit, and what has been changed since.
commit() {
	local name changes
	name=$(git rev-parse --short=12 HEAD)
	changes=$(
		git diff HEAD
		git ls-files -o --exclude-standard | while read -r file; do
			[ ! -f "$file" ] || { echo "$file" && cat "$file"; }
		done
	)
	[ -z "$changes" ] || name=$name-$(git hash-object --stdin <<<"$changes" | cut -c 1-8)
	echo "$name"
}

# lines prints those of a part, without what is no line.
lines() { grep -E '^[a-z0-9-]+ \| ' "$lists/$1"; }

# passed reports whether a line has passed, by the file of its result.
passed() { [ "$(cut -f 1 "$1" 2>/dev/null)" = passed ]; }

# run runs one line, in a process group of its own, unless it has passed already.
run() {
	local log=$1/$2.log result=$1/$2.result name=$2 command=$3 start=$SECONDS status=0 word=passed
	if passed "$result"; then
		say "$name has passed before"
		return
	fi
	rm -f "$result"
	say "$name: $command"
	set -m
	bash -c "$command" </dev/null >"$log" 2>&1 &
	child=$!
	set +m
	wait "$child" || status=$?
	child=
	[ "$status" -eq 0 ] || word="FAILED ($status)"
	printf '%s\t%d\n' "$word" "$((SECONDS - start))" >"$result"
	say "$name: $word after $((SECONDS - start)) s; see $log"
}

# break_off ends the line that runs, with all its processes, and says how far it came.
# shellcheck disable=SC2317 # a trap calls it
break_off() {
	trap - INT TERM
	if [ -n "$child" ]; then
		kill -TERM -- "-$child" 2>/dev/null || true
		wait "$child" 2>/dev/null || true
	fi
	table "$1" "$2"
	say "broken off; the same command goes on"
	exit 130
}

# figure is the last line with a figure in a log: one that a test has logged or
# chaos has printed, else what go test says of its package.
figure() {
	local line
	line=$(grep -aE '^ +[A-Za-z0-9_]+_test\.go:[0-9]+: .*[0-9]|^chaos: ' "$1" | grep -av 'to run it again' | tail -n 1) ||
		line=$(grep -aE '^(ok|FAIL)[[:space:]]' "$1" | tail -n 1 | tr '\t' ' ') || line=$(tail -n 1 "$1")
	line=$(sed -E 's/^ +[A-Za-z0-9_]+_test\.go:[0-9]+: //' <<<"$line" | cut -c 1-400)
	echo "${line//|//}"
}

# table prints the lines of a part in the form of the closing note.
table() {
	local part=$1 dir=$2 line name word seconds last
	printf '\n| %s at %s | result | seconds | last figure |\n|---|---|---|---|\n' "$part" "${dir##*/}"
	while read -r line; do
		name=${line%% | *} word='not run' seconds='' last=''
		if [ -s "$dir/$name.result" ]; then
			IFS=$'\t' read -r word seconds <"$dir/$name.result"
			last=$(figure "$dir/$name.log")
		fi
		printf '| %s | %s | %s | %s |\n' "$name" "$word" "$seconds" "$last"
	done < <(lines "$part")
}

# prove runs the lines of one part. It fails unless all have passed.
prove() {
	local part=$1 dir line all=0
	dir=$state/$part/$(commit)
	mkdir -p "$dir"
	trap 'break_off "$part" "$dir"' INT TERM
	while read -r line; do
		run "$dir" "${line%% | *}" "${line#* | }"
		passed "$dir/${line%% | *}.result" || all=1
	done < <(lines "$part")
	trap - INT TERM
	table "$part" "$dir"
	return "$all"
}

[ "$#" -gt 0 ] || set -- "$lists"/*
for part in "$@"; do
	if [ ! -f "$lists/${part##*/}" ]; then
		say "there is no part ${part##*/}; there are: $(cd "$lists" && echo *)"
		exit 2
	fi
done
status=0
for part in "$@"; do
	prove "${part##*/}" || status=1
done
exit "$status"
