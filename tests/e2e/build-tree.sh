#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The source tree keeps its own rules: licence lines, format, the arrows between folders, a README
# that works.
. "$SRCDIR/tests/tap.sh"

build=$PWD
cd "$SRCDIR" || exit
source_names='*.c *.h *.S *.def *.ld *.lds *.mk *.sh *.py *.in *.ac *.1 .clang-format .ci/run tests/run tests/files configure'
set -f
tests/files $source_names >"$tap_dir/sources"
set +f
grep '^core-vmm/.*\.[chS]$' "$tap_dir/sources" >"$tap_dir/core"
grep '^\(tools\|bench\|trace\|tests\)/.*\.[ch]$' "$tap_dir/sources" | grep -v '^tests/unit/' >"$tap_dir/outside"

# lacks_spdx: the sources on standard input that do not say their licence.
lacks_spdx()
{
	xargs -d '\n' grep -L '^[^a-z]*SPDX-License-Identifier: GPL-2.0-only'
}

# includes FILE...: one line an include: the file, and "name" or <name>.
includes()
{
	xargs -d '\n' grep -HoE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<][^">]*[">]' |
		sed -E 's/:[^"<]*/ /'
}

# core_strays: what core-vmm/ includes, directly or through trace/, that a freestanding core must
# not.
core_strays()
{
	local todo seen=" " file name path next
	todo=$(cat)
	while [ -n "$todo" ]; do
		next=
		while read -r file name; do
			case $name in
			"<stdint.h>" | "<stddef.h>" | "<stdbool.h>" | "<stdarg.h>" | "<stdatomic.h>") continue ;;
			"<"*)	echo "$file includes $name"; continue ;;
			esac
			name=${name//\"/}
			path=${file%/*}/$name
			[ -e "$path" ] || path=$name
			# A platform's own header, found by that platform's -I.
			[ -e "$path" ] || path=$(find core-vmm/platform -name "$name" -print -quit 2>/dev/null)
			case $path in
			*..*) path=$(realpath -m --relative-to=. "$path") ;;
			esac
			case $path in
			core-vmm/* | trace/*) ;;
			*)	echo "$file includes $name"; continue ;;
			esac
			case $seen in
			*" $path "*) ;;
			*)	seen="$seen$path "; [ ! -e "$path" ] || next="$next$path"$'\n' ;;
			esac
		done < <(printf '%s' "$todo" | includes)
		todo=$next
	done
}

# outside_strays: what the sources outside core-vmm/ include from it, other than the guest ABI.
outside_strays()
{
	includes | grep 'core-vmm/' | grep -v '"core-vmm/abi/guest.h"'
}

# none COMMAND...: succeeds if it prints nothing.
none()
{
	local found
	found=$("$@")
	[ -z "$found" ] || { echo "$found"; return 1; }
}

tap_ok "there are sources ($(wc -l <"$tap_dir/sources")), of the core ($(wc -l <"$tap_dir/core")) and outside" \
	test -s "$tap_dir/sources" -a -s "$tap_dir/core" -a -s "$tap_dir/outside"
tap_ok "every source has its SPDX line" none lacks_spdx <"$tap_dir/sources"
tap_ok "nothing outside core-vmm/ includes it, but for core-vmm/abi/guest.h" none outside_strays <"$tap_dir/outside"
tap_ok "core-vmm/ includes core-vmm/, trace/ and freestanding C headers only" none core_strays <"$tap_dir/core"

# The three checks above can fail.
mkdir -p "$tap_dir/bad/core-vmm" "$tap_dir/bad/tools/x" "$tap_dir/bad/trace"
cd "$tap_dir/bad" || exit
echo '#include "trace/t.h"' >core-vmm/a.c
echo '#include <stdio.h>' >trace/t.h
echo '#include "core-vmm/vmx/vmcs.h"' >tools/x/a.c
tap_fails 1 "a source without an SPDX line is found" none lacks_spdx <<<core-vmm/a.c
tap_fails 1 "a tool that includes the core is found" none outside_strays <<<tools/x/a.c
tap_fails 1 "a hosted header that reaches the core through trace/ is found" none core_strays <<<core-vmm/a.c
cd "$SRCDIR" || exit

if [ -n "$CLANG_FORMAT" ]; then
	tap_ok "every .c and .h is as clang-format writes it" make -s -C "$build" format-check
else
	tap_skip "every .c and .h is as clang-format writes it" "no clang-format"
fi

if [ "$(autoconf --version 2>/dev/null | sed -n '1s/.* //p')" = 2.71 ]; then
	mkdir "$tap_dir/autoconf"
	cp configure.ac "$tap_dir/autoconf"
	(cd "$tap_dir/autoconf" && autoconf)
	tap_ok "configure is what autoconf makes of configure.ac" cmp "$tap_dir/autoconf/configure" configure
else
	tap_skip "configure is what autoconf makes of configure.ac" "no autoconf 2.71"
fi

# commands FILE...: the commands of its indented or fenced blocks, one a line, "&&" chains split.
commands()
{
	sed -nE 's/^(    |\t)?\$ //p; s/^(    |\t)(\.\/configure|make|bin\/)/\2/p' "$@" | sed 's/  *#.*//; s/ && /\n/g' | sort -u
}

# works COMMAND: the target, option or program that it names exists.
works()
{
	local words
	eval "words=($1)"
	case $1 in
	make*)		make -n -C "$build" "${words[@]:1}" ;;
	./configure*)	./configure --help | grep -F -e "${words[1]%%=*}" ;;
	bin/*)		test -x "$build/${words[0]}" ;;
	esac
}

tap_ok "README.md names both of its commands" sh -c '
	grep -q "^    ./configure --install-deps && make matrix$" README.md &&
	grep -q "^    ./configure --install-deps && make check$" README.md'
while IFS= read -r command; do
	case $command in
	make* | ./configure\ * | bin/*)
		tap_ok "documented: $command" works "$command" ;;
	esac
done < <(commands README.md docs/*.md)

# undocumented_peers FILE: rows of bench/kvm_peers.def whose figures are in no row of this document.
undocumented_peers()
{
	sed -nE 's/^PEER\(([a-z0-9]+), *([0-9]+), *([0-9]+), *([0-9]+),.*/\1 \3 \4/p' bench/kvm_peers.def |
		awk -v doc="$1" '
			function grouped(n) { while (match(n, /[0-9][0-9][0-9][0-9](,|$)/))
				n = substr(n, 1, RSTART) "," substr(n, RSTART + 1); return n }
			BEGIN { while ((getline line < doc) > 0) text = text line "\n" }
			{ row = "| " grouped($2) " | " grouped($3); n++ }
			!index(text, row) { print $1 ": " row }
			END { if (!n) print "bench/kvm_peers.def: no rows" }'
}
tap_ok "the KVM figures of vtbench report stand in docs/peers.md" none undocumented_peers docs/peers.md
sed 's/2,908/2,909/' docs/peers.md >"$tap_dir/peers.md"
tap_fails 1 "a figure that differs is noticed" none undocumented_peers "$tap_dir/peers.md"

# dead_links FILE...: relative links of Markdown files that lead nowhere.
dead_links()
{
	local file link
	grep -HoE '\]\([^)#:]+[)#]' "$@" | sed -E 's/:\]\(/ /; s/.$//' | while read -r file link; do
		[ -e "$(dirname "$file")/$link" ] || echo "$file: $link"
	done
}
tap_ok "links in the documentation lead somewhere" none dead_links README.md docs/*.md
echo '[x](no-such-file.md)' >"$tap_dir/bad.md"
tap_fails 1 "a dead link is noticed" none dead_links "$tap_dir/bad.md"
tap_fails 2 "a target that does not exist is noticed" works "make no-such-target"
tap_done
