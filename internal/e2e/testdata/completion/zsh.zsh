# Types each line of standard input into a zsh of its own on a terminal, presses Tab, and
# prints what the line has become.
zmodload zsh/zpty

folder=$1
octoq completion zsh >$folder/_octoq || exit 1
print -r -- "
PROMPT=; fpath=($folder \$fpath); autoload -U compinit; compinit -u -D; bindkey -e
shown() { print -r -- \"\$BUFFER|\" >$folder/shown; BUFFER=; }
zle -N shown; bindkey '^X^X' shown
print ready >$folder/ready" >$folder/.zshrc
export ZDOTDIR=$folder TERM=vt100
zpty shell zsh -i
until [[ -e $folder/ready ]]; do zpty -rt shell >/dev/null 2>&1; done

while IFS= read -r line; do
	rm -f $folder/shown
	zpty -w -n shell "$line"$'\t\x18\x18'
	until [[ -s $folder/shown ]]; do zpty -rt shell >/dev/null 2>&1; done
	cat $folder/shown
done
