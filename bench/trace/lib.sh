# SPDX-License-Identifier: GPL-2.0-only
# For the scripts of `make bench`: . "${0%/*}/lib.sh". They run in the build directory, print tables of medians, and
# end with 1 if a bar was missed, with 2 if something could not be measured that should have been.

# shellcheck disable=SC2034
missed=0

# bar WHAT VALUE OPERATOR LIMIT: one line, and whether it holds.
bar()
{
	if awk -v value="$2" -v limit="$4" "BEGIN { exit !(value $3 limit) }"; then
		echo "bar: $1: $2: holds"
	else
		echo "bar: $1: $2: missed"
		missed=1
	fi
}

# median: of the numbers on standard input, one a line.
median() { sort -n | awk '{ n[NR] = $1 } END { print n[int((NR + 1) / 2)] }'; }

# calc EXPRESSION FORMAT
calc() { awk "BEGIN { printf \"${2:-%.1f}\", $1 }"; }

# group NUMBER: with commas.
group() { echo "$1" | sed -E ':a; s/^([0-9]+)([0-9]{3})/\1,\2/; ta'; }
