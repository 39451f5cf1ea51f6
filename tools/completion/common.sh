# SPDX-License-Identifier: GPL-2.0-only
# What both shells ask: the programs themselves, and the table of tools/completion/values.def.

# _vtscope_help PROGRAM [SUBCOMMAND]: what it says of itself.
_vtscope_help()
{
	if [ -n "$2" ]; then "$1" "$2" --help; else "$1" --help; fi 2>/dev/null
}

# _vtscope_options PROGRAM [SUBCOMMAND]: its options, one a line, with a tab and what --help says of the first in the row.
_vtscope_options()
{
	_vtscope_help "$1" "$2" | awk '
		function add(option, text) { if (!(option in said)) { said[option] = 1; print option "\t" text } }
		/^ *-/ || /^[Uu]sage:/ || /^       [a-z]/ {
			row = $0; text = ""
			if (match(row, /^ *-[^ ].*  /))
				text = substr(row, RSTART + RLENGTH)
			while (match(row, /(^|[^-a-zA-Z0-9])--?[a-zA-Z0-9][-a-z]*/)) {
				option = substr(row, RSTART, RLENGTH); sub(/^[^-]/, "", option)
				row = substr(row, RSTART + RLENGTH)
				if (option ~ /^--[a-z]/ || option ~ /^-[a-zA-Z0-9]$/) { add(option, text); text = "" }
			}
		}
		END { add("--help", "") }'
}

# _vtscope_subcommands PROGRAM: likewise.
_vtscope_subcommands()
{
	_vtscope_help "$1" "" | awk '/^  [a-z]/ && NF > 1 { name = $1; $1 = ""; print name "\t" substr($0, 2) }'
}

# _vtscope_words PROGRAM NAME SUBCOMMAND OPTION: words of the table's row. NAME is the program's, without a path.
_vtscope_words()
{
	_vtscope_table | awk -v program="$2" -v subcommand="${3:--}" -v option="$4" '
		$1 == program && ($2 == subcommand || $2 == "*") && $3 == option {
			for (i = 4; i <= NF; i++) print $i
			exit
		}' | while read -r word; do
		case $word in
		@vm)	exitstat=exitstat
			case $1 in */*) exitstat=${1%/*}/exitstat ;; esac
			"$exitstat" list 2>/dev/null | awk 'NR > 1 && $2 ~ /^[0-9]+$/ { print $1 }' ;;
		@guest)	_vtscope_guests "$1" ;;
		@column) _vtscope_help "$1" "" | sed -n 's/^    [a-z0-9]*  *\([a-z_0-9]*, .*\)/\1/p' | tr -d ' ' | tr , '\n' | sort -u ;;
		@cell)	"$1" list 2>/dev/null | sed -n 's/^  \([a-z0-9]*\)   *[^ ].*/\1/p' ;;
		*)	echo "$word" ;;
		esac
	done
}

# _vtscope_guests PROGRAM: the workloads of its tree, or the installed ones.
_vtscope_guests()
{
	bin=$(command -v "$1") && bin=${bin%/*} || bin=.
	for file in "$bin/../workloads" "$bin/../lib/vtscope/workloads" "@libdir@/vtscope/workloads"; do
		if [ -d "$file" ]; then
			find "$file" -name '*.elf' | sed 's,.*/,,; s,\.elf$,,' | sort
			return
		fi
	done
}
