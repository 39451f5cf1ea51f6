#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 400
# Every workload in every mode: every cell ok, every count exact; instructions are those stored for this compiler and
# engine, and a figure that is another is noticed and named.
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

out=$tap_dir/out
tap_ok "every workload in every mode, few operations" bin/vtbench run --quick --timeout 120 --out "$out"
cells=$(bin/vtbench list | sed -n 's/^the default matrix: \([0-9]*\) cells$/\1/p')
[ "$(wc -l <"$out/results.jsonl")" = "$cells" ]
tap_result $? "$cells cells, a line each"
[ "$(grep -c '"ok":true' "$out/results.jsonl")" = "$cells" ]
tap_result $? "every one is ok"
[ "$(wc -l <"$out/results.csv")" = $((cells + 1)) ]
tap_result $? "and in results.csv"
ls "$out" | grep -qvx 'results.jsonl\|results.csv'
[ $? = 1 ]
tap_result $? "nothing else is left behind"

tap_ok "the events are exactly those provoked" bin/vtbench counts --all "$out"
tap_says '^ptemod +shadow +shadow fault +fill +500 +500 +exact$' "for one: a fill for each operation of ptemod"
sed 's/"cpuid":500/"cpuid":501/' "$out/results.jsonl" >"$tap_dir/wrong"
mkdir "$tap_dir/counts" && cp "$tap_dir/wrong" "$tap_dir/counts/results.jsonl"
tap_fails 1 "one event more is noticed" bin/vtbench counts "$tap_dir/counts"
tap_says '^cpuid +ept +exit +cpuid +500 +501 +DIFFERS$' "and named"

tap_ok "the report" bin/vtbench report "$out"
awk 'length($0) > 100 { print; bad = 1 } END { exit bad }' "$tap_dir/output"
tap_result $? "fits 100 columns"

file=$("$SRCDIR/tests/baseline" name "$out")
if [ -e "$file" ]; then
	tap_ok "every count and every instruction is the stored one" "$SRCDIR/tests/baseline" check "$out"
else
	tap_skip "every count and every instruction is the stored one" "$("$SRCDIR/tests/baseline" check "$out")"
fi

# The comparison itself, with these results as the baseline.
bin/vtbench baseline --commit 0123456789 "$out" >"$tap_dir/stored"
tap_ok "results are equal to their own baseline" bin/exitstat diff "$tap_dir/stored" "$out"
tap_says "^equal: $(wc -l <"$out/results.jsonl") cells, every figure$" "  all of them"

total=$(sed -n '/"workload":"ptemod","paging":"shadow"/s/.*"total":\([0-9]*\).*/\1/p' "$tap_dir/stored")
sed "/\"workload\":\"ptemod\",\"paging\":\"shadow\"/s/\"total\":$total/\"total\":$((total - 1))/
	/\"workload\":\"cpuid\",\"paging\":\"ept\"/s/\"cpuid\":500/\"cpuid\":499,\"rdmsr\":1/" \
	"$tap_dir/stored" >"$tap_dir/moved"
tap_fails 1 "one instruction and one exit more are noticed" bin/exitstat diff "$tap_dir/moved" "$out"
tap_says '^ptemod shadow 2m +total +[0-9,]+ +[0-9,]+ +\+1 +\+0\.00 +0123456789$' "  which workload, mode, figure, and since when"
tap_says '^cpuid ept 2m +exits_by_reason: cpuid +499 +500 +\+1 ' "  and which exits"
tap_says '^cpuid ept 2m +exits_by_reason: rdmsr +1 +0 +-1 ' "  those that are gone too"
tap_says '^different: 2 of [0-9]+ cells$' "  and nothing else"

bin/vtbench baseline --commit fedcba9876 --since "$tap_dir/moved" "$out" >"$tap_dir/again"
[ "$(grep -c '"commit":"fedcba9876"' "$tap_dir/again")" = 2 ]
tap_result $? "what is stored anew says so; what did not move keeps its commit"
[ "$(grep -c '"commit":"0123456789"' "$tap_dir/again")" = $(($(wc -l <"$out/results.jsonl") - 2)) ]
tap_result $? "  all of it"

sed 1d "$tap_dir/stored" >"$tap_dir/fewer"
tap_fails 1 "a cell that is not stored is noticed" bin/exitstat diff "$tap_dir/fewer" "$out"
tap_says '^[a-z0-9]+ native +only in B$' "  and named"
sed 's/"compiler":"[^"]*"/"compiler":"another"/' "$tap_dir/stored" >"$tap_dir/other"
tap_fails 2 "another compiler: cannot judge" bin/exitstat diff "$tap_dir/other" "$out"
tap_says 'the compilers differ: another, and ' "  says why"
echo '{' >>"$tap_dir/other"
tap_fails 2 "a damaged baseline: cannot judge" bin/exitstat diff "$tap_dir/other" "$out"
tap_says 'other: line [0-9]+ is no result of vtbench' "  says where"
tap_done
