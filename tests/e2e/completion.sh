#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Completion in bash and zsh: it offers every option that the programs have, and nothing that they refuse.
. "$SRCDIR/tests/tap.sh"
. "$SRCDIR/tests/terminal.sh"
trap 'mux kill-server 2>/dev/null; kill $(jobs -p) 2>/dev/null; wait; rm -rf "$tap_dir"' EXIT
export PATH=$PWD/bin:$PATH LC_ALL=C
. lib/completion/vtrun

# offers WORD...: what bash offers for the last of them.
offers()
{
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	_vtscope_complete
	printf '%s\n' "${COMPREPLY[@]}"
}
programs=
for program in vtrun vmtop exitstat vtbench; do
	[ ! -x "bin/$program" ] || programs="$programs $program"
done
# commands PROGRAM: it, or it with each of its subcommands.
commands()
{
	case $1 in
	exitstat | vtbench) offers "$1" "" | sed -n "s/^[a-z]/$1 &/p" ;;
	*)	echo "$1" ;;
	esac
}

# takes COMMAND... --help: it comes to print its help, so that it took what stands before. (As a value of the option before it
# the first --help is used up.)
takes()
{
	timeout 10 "$@" --help </dev/null 2>&1 | grep -qi '^usage: '
}

for program in $programs; do
	: >"$tap_dir/offered"
	bad=
	while read -r command; do
		offers $command -- >"$tap_dir/options"
		offers $command - >>"$tap_dir/options"
		sort -u "$tap_dir/options" >"$tap_dir/unique"
		cat "$tap_dir/unique" >>"$tap_dir/offered"
		while read -r option; do
			timeout 10 $command "$option" --help --help </dev/null 2>&1 |
				grep -qE 'unknown option|unrecognized|no such option|invalid option' && bad="$bad $command $option;"
		done <"$tap_dir/unique"
	done < <(commands "$program")
	tap_result "$([ -z "$bad" ]; echo $?)" "$program: takes each of $(wc -l <"$tap_dir/offered") options offered$bad"
	folder=tools/$program
	[ $program != vtbench ] || folder=bench
	sort -u "$tap_dir/offered" >"$tap_dir/unique"
	(cd "$SRCDIR/$folder" && grep -hE '\{ ?"[a-z][-a-z0-9]*", *(no|required|optional)_argument' *.c *.h) |
		grep -v 'the name it had first' | grep -oE '"[a-z][-a-z0-9]*", *(no|req|opt)' |
		sed 's/^[^"]*"/--/; s/".*//' | sort -u >"$tap_dir/have"
	tap_ok "$program: of the $(wc -l <"$tap_dir/have") long options in its source none is missing" \
		sh -c "test -s '$tap_dir/have' && ! comm -13 '$tap_dir/unique' '$tap_dir/have' | grep ."
done

# Values. A program that refuses one says which there are; those must be in the table.
bad= missing= rows=0
while read -r program subcommand option words; do
	case $option:$words in .:* | *@*) continue ;; esac
	[ -x "bin/$program" ] || continue
	case $subcommand in
	-)	command=$program ;;
	\*)	command="$program report" ;;
	*)	command="$program $subcommand" ;;
	esac
	! [ "$option:$subcommand" = '--reason:*' ] || command="$program hist"
	rows=$((rows + 1))
	case $words in
	list*)	tried=$(echo ${words#list } | sed 's/ all$//' | tr ' ' ,) ;;
	*)	tried=$words ;;
	esac
	for value in $tried; do
		case $value in *=) continue ;; esac
		takes $command "$option" "$value" || bad="$bad $command $option $value;"
	done
	for value in $(timeout 10 $command "$option" no-such-value --help </dev/null 2>&1 |
		sed -nE 's/.*(choose one of|give one of|there are|there is) //p' | sed 's/;.*//; s/ and / /' | tr -d ',' | sed 's/ or / /'); do
		case " $words " in *" $value "*) ;; *) missing="$missing $command $option $value;" ;; esac
	done
done < <(_vtscope_table)
tap_result "$([ $rows -gt 20 ] && [ -z "$bad" ]; echo $?)" "each value of $rows options is taken$bad"
tap_result "$([ -z "$missing" ]; echo $?)" "and none that a program names is missing$missing"

tap_ok "a workload, by its name" sh -c "echo '$(offers vtrun pgf)' | grep -qx pgfault"
tap_ok "values behind =" test "$(offers vtrun --paging = sh)" = shadow
tap_ok "vtrun's options behind vmtop --run --" test "$(offers vmtop --run -- --pag)" = --paging
tap_ok "nothing of ours for the guest" test -z "$(offers vtrun null -- --)"
tap_ok "a list goes on behind its comma" test "$(offers vtbench run --paging native,s)" = native,shadow
name=completion-$$
vtrun --timeout 60 --name $name mixed >/dev/null 2>&1 &
running() { offers exitstat report --attach $name | grep -qx $name; }
for ((i = 0; i < 100; i++)); do
	! running || break
	sleep 0.1
done
if command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	tap_ok "the name of a running VM" running
else
	tap_skip "the name of a running VM" "no Bochs"
fi
kill $! 2>/dev/null

# abandon: the line that is typed; what is typed before the next prompt may be lost.
abandon()
{
	keys C-c
	sees '^ready> *$'
}

# in_terminal SHELL START: completed as somebody types. START is typed first.
in_terminal()
{
	keys "cd $tap_dir; PATH=$PATH; $2" Enter clear Enter
	sees '^ready> *$'
	keys "vtrun --pag" Tab
	screen "$1: an option" 'vtrun --paging( |$)'
	keys "sh" Tab
	screen "$1: its value" 'vtrun --paging shadow( |$)'
	abandon
	keys "exitstat repo" Tab
	screen "$1: a subcommand" 'exitstat report( |$)'
	keys -l -- "--slow"
	keys Tab
	screen "$1: an option of that" 'exitstat report --slowest( |$)'
	abandon
	keys "vtbench run --workload pgfault,wpt" Tab
	screen "$1: a list" 'workload pgfault,wptoggle'
	abandon
}
completions=$PWD/lib/completion
if ! command -v tmux >/dev/null; then
	tap_skip "completion as somebody types" "no tmux"
	tap_done
	exit
fi
terminal 100 30
printf "%s\n" "PS1='ready> '" "fpath=($completions \$fpath)" "autoload -U compinit && compinit -u -D" >"$tap_dir/.zshrc"
in_terminal bash ". $completions/vtrun"
if command -v zsh >/dev/null; then
	in_terminal zsh "exec env ZDOTDIR=$tap_dir zsh -d"
else
	tap_skip "completion in zsh" "no zsh"
fi
tap_done
