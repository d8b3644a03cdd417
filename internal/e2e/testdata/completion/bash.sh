# Completes each line of standard input as bash does behind a Tab, and prints what is
# offered, on one line.
. /usr/share/bash-completion/bash_completion
. <(octoq completion bash)

while IFS= read -r COMP_LINE; do
	COMP_POINT=${#COMP_LINE} COMPREPLY=()
	read -ra COMP_WORDS <<<"$COMP_LINE"
	[[ $COMP_LINE != *' ' ]] || COMP_WORDS+=('')
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_TYPE=9
	__start_octoq 2>/dev/null # compopt says that no completion runs
	echo "${COMPREPLY[*]}"
done
