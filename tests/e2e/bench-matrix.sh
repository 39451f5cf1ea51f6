#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Small matrices on the real engine: every cell ok, every count exact, a VMM that lies is caught.
. "$SRCDIR/tests/tap.sh"

out=$tap_dir/out

tap_ok "every workload in every mode, few operations" bin/vtbench run --quick --timeout 60 --out "$out"
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

tap_fails 1 "a handler that lies" bin/vtbench run --workload cpuid --paging ept,shadow --vmm standard,corrupt \
	--ops 200 --timeout 60 --out "$tap_dir/corrupt"
tap_says 'cpuid ept corrupt: FAILED: digest [0-9a-f]+, where native has [0-9a-f]+' "fails its cell for the digest"
tap_says 'cpuid shadow corrupt: FAILED: digest' "under shadow as well"
tap_says 'cpuid ept: .* ok$' "and no other cell"
[ "$(grep -c '"ok":false' "$tap_dir/corrupt/results.jsonl")" = 2 ]
tap_result $? "two lines say that they are not ok"

tap_ok "recording compiled out" bin/vtbench run --workload cpuid,invlpg --vmm standard,norecord --ops 200 \
	--timeout 60 --out "$tap_dir/norecord"
bin/vtbench bars "$tap_dir/norecord" >"$tap_dir/output"
tap_says '^cpuid +ept +[0-9]+ +[0-9]+ +1.000 +1.000 +[0-9.]+ +[0-9.]+ +holds$' "shows what recording costs"

tap_ok "VPID off, other page sizes" bin/vtbench run --workload demand,ctxswitch --vpid off --ept-pages 4k,2m \
	--ops 200 --timeout 60 --out "$tap_dir/variants"
grep '"workload":"ctxswitch","paging":"shadow"' "$tap_dir/variants/results.jsonl" >"$tap_dir/output"
tap_says '"transition_flushes":20[0-9],' "without VPID every exit flushes, and that is counted"
tap_says '"tlb_flushes":\{\}' "and no instruction does"
tap_done
