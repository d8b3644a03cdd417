#!/usr/bin/env bash
# env.sh is sourced, in the root, by each script that runs tests. It takes exported
# settings of octoq out of the environment: a test that obeyed them would work on
# the developer's own Redis and account. What is left are the variables of the
# tests' own, which internal/testenv lists.
while read -r variable; do
	grep -qxF "$variable" internal/testenv/own.txt || unset "$variable"
done < <(compgen -e OCTOQ_)
