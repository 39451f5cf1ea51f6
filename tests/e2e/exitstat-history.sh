#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# exitstat history: many commits in one file, and those at which a figure changed: exactly, and through noise.
. "$SRCDIR/tests/tap.sh" || exit 1

build=$PWD
cd "$tap_dir" || exit 1
exitstat=$build/bin-asan/exitstat
trace=$build/tests/exitstat-trace
json=$build/tests/exitstat-json

for kind in known slower shadow lossy; do
	"$trace" $kind $kind || exit 1
done

# ---- exact ----

for commit in c1 c2 c3; do
	$exitstat history add h --commit $commit known || echo "add: $?"
done >out 2>&1
tap_ok "add three commits" diff /dev/null out
tap_ok "add one with a title" $exitstat history add h --commit c4 --title 'slower CPUID' slower
tap_ok "  of another configuration" $exitstat history add h --commit c4 shadow
tap_ok "a line each" test "$(wc -l <h)" = 5
tap_fails 2 "a commit twice" $exitstat history add h --commit c4 slower
tap_says 'h: commit c4 is in it already' "  is refused"
tap_fails 2 "a lossy trace" $exitstat history add h --commit c5 lossy
tap_says 'lossy: 5 events were lost' "  is refused"
tap_ok "  and nothing was added" test "$(wc -l <h)" = 5
tap_ok "7 instr of 17,000 are no change, of 1 %" $exitstat history show h
tap_says '^h: 5 measurements in 2 groups that can be compared, [0-9]+ figures: none changed$' "  says so"
tap_fails 1 "but exactly they are" $exitstat history show h --rule 'sum reason=cpuid exact'
tap_says '^commit c4: slower CPUID$' "  names the commit"
tap_says '^  sum +reason cpuid in phase alpha +14,950 +14,957 +\+7 +\+0.05 % +3, 1 +exact$' "  the figure, and its size"
$exitstat history show h --rule 'sum reason=cpuid exact' --json >out
tap_ok "JSON" "$json" groups changes changes.0.commit changes.0.after <out
tap_says '^"c4"$' "  has the same"

# Of two configurations in turn, each is compared with its own.
sed -n '5s/"c4"/"c5"/; 5s/"sum":14950/"sum":15950/gp' h >next
cat h next >turns
tap_fails 1 "a change in the other configuration" $exitstat history show turns --rule 'sum reason=cpuid'
tap_says '^  known.elf, paging shadow' "  which"
tap_says '^  sum +reason cpuid +14,950 +15,950 .* 1, 1 +exact$' "  against its own"

# Results of vtbench: all cells of a commit are one measurement.
results=$SRCDIR/tests/unit/bench_results/results.jsonl
tap_ok "add results" $exitstat history add cells --commit c1 "$results"
sed 's/"exits_by_reason":{"cpuid":500}/"exits_by_reason":{"cpuid":501}/' "$results" >moved
tap_ok "  of the next commit" $exitstat history add cells --commit c2 moved
tap_ok "  a line each" test "$(wc -l <cells)" = 2
tap_fails 1 "the change is found" $exitstat history show cells
tap_says '^commit c2$' "  at its commit"
tap_says '^  results of vtbench, instr$' "  of what"
tap_says '^  count +reason cpuid in phase cpuid_ept_2m +500 +501 +\+1 +\+0.20 % +1, 1 +exact$' "  in its cell"
tap_fails 2 "a commit twice" $exitstat history add cells --commit c2 "$results"
tap_says 'cells: commit c2 is in it already' "  is refused"

# ---- noise ----

# A history in cycles, as if the stored series (tests/data) were the sum of CPUID exits.
"$trace" varying one 1 0
$exitstat history add line --commit COMMIT one
sum='"table":"reason","key":"cpuid","count":100,"sum":'
awk -v sum="$sum" 'NR == FNR { line = $0; next } /^#/ { next }
	{ out = line; sub("\"COMMIT\"", "\"n" n++ "\"", out); gsub(sum "[0-9]*", sum $1, out); print out }' \
	line "$SRCDIR/tests/data/series-changes.txt" >noisy
tap_ok "a history of 160 commits" test "$(wc -l <noisy)" = 160
tap_fails 1 "changes of more than 5 %" $exitstat history show noisy
for commit in n110 n116; do
	tap_says "^commit $commit$" "  at $commit"
done
tap_says '^  sum +reason cpuid +1[0-9],[0-9]+.* \+3[01]\.[0-9]+ % +30, 6 +0\.00[0-9]+$' "  with sizes and probability"
tap_ok "  and nowhere else" bash -c "$exitstat history show noisy | grep -c '^commit' | grep -qx 2"
tap_fails 1 "of any size" $exitstat history show noisy --rule 'sum reason=cpuid exact'
tap_says '^commit n40$' "  also one of +5 %"
tap_says '^commit n80$' "  one of -3 %"
tap_says '^commit n140$' "  and one of +2 %"
grep -v '"n11[0-5]"' noisy | sed -n '1,40p' >calm
tap_ok "none in the calm part" $exitstat history show calm --rule 'sum reason=cpuid exact'

# ---- damaged ----

# refuses PATTERN WHAT: history show bad
refuses()
{
	tap_fails 2 "$2" $exitstat history show bad
	tap_says "^exitstat: bad: $1" "  says: $1"
}
head -c -1 h >bad
refuses 'line 5: cut off: restore it' "a cut tail"
tap_fails 2 "  nothing is added to it" $exitstat history add bad --commit c9 known
cp h bad; echo '{"a": 1}' >>bad
refuses 'line 6: no history of exitstat' "a foreign line"
cp h bad; echo 'x' >>bad
refuses 'line 6: no line of a history' "a line that is no JSON"
sed '2s/"exitstat_format":1/"exitstat_format":7/' h >bad
refuses 'line 2: a history of format 7, newer than' "a newer line"
sed '3s/"commit":"c3",//' h >bad
refuses 'line 3: it names no commit' "a line without a commit"
: >bad
refuses 'no measurement in it' "an empty file"
head -c 4096 /dev/urandom >bad
tap_fails 2 "noise" $exitstat history show bad
tap_fails 2 "a directory" $exitstat history show known
size=$(stat -c %s h)
for ((bytes = 1; bytes < size; bytes += 211)); do
	head -c $bytes h >bad
	$exitstat history show bad >out 2>&1
	status=$?
	# Whole lines only are a shorter history.
	[ "$(tail -c 1 bad)" = "" ] && continue
	[ $status = 2 ] && grep -q '^exitstat: bad: line' out || echo "$bytes: status $status: $(head -c 300 out)"
done >failures
tap_ok "cut anywhere: says so" diff /dev/null failures
for ((offset = 0; offset < size; offset += 97)); do
	cp h bad
	printf '\x17' | dd of=bad bs=1 seek=$offset conv=notrunc status=none
	$exitstat history show bad >out 2>&1
	status=$?
	[ $status = 2 ] && grep -q '^exitstat: bad: line' out || echo "$offset: status $status: $(head -c 300 out)"
done >failures
tap_ok "a byte damaged anywhere: says so" diff /dev/null failures

tap_fails 2 "no such history" $exitstat history show nowhere
tap_fails 2 "no commit" $exitstat history add h known
tap_says 'name the commit' "  says so"
tap_fails 2 "a slip" $exitstat history shw h
tap_says 'did you mean show' "  says so"
tap_fails 2 "--significance" $exitstat history show h --significance 2
tap_fails 2 "a file that cannot be written" $exitstat history add /nowhere/h --commit x known
tap_done
