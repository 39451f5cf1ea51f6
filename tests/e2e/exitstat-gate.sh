#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# exitstat baseline and gate: what a CI job trusts. Pass, regression, and cannot judge, in every form of output.
. "$SRCDIR/tests/tap.sh" || exit 1

exitstat=bin-asan/exitstat
cd "$tap_dir" || exit 1
build=$OLDPWD
exitstat=$build/$exitstat
trace=$build/tests/exitstat-trace
json=$build/tests/exitstat-json

for kind in known slower shadow lossy late cycles; do
	"$trace" $kind $kind || exit 1
done

# ---- baseline ----

tap_ok "save" $exitstat baseline save known -o base
tap_ok "  the same run gives the same file" bash -c "$exitstat baseline save known | cmp - base"
tap_ok "  it is JSON" "$json" figures <base
tap_ok "  and a line holds a row" grep -qx '{"phase":"alpha","table":"reason","key":"cpuid","count":100,"sum":14950,"mean":149.5,"p50":149,"p90":189,"p99":199,"p999":199,"max":199},' base
tap_fails 2 "a file that is there is not replaced" $exitstat baseline save slower -o base
tap_says 'there already: exitstat baseline update' "  says what to do"
tap_fails 2 "of a lossy trace: no" $exitstat baseline save lossy
tap_says 'lossy: 5 events were lost' "  says why"
tap_ok "show" $exitstat baseline show base
tap_says '^baseline of 1 run, times in instr, ABI 1$' "  what it is"
tap_says '^engine +engine test$' "  engine"
tap_says '^configuration +paging ept$' "  configuration"
tap_says '^alpha  reason cpuid +p50 +149  instr$' "  a figure"
$exitstat baseline show base --json >shown.json
tap_ok "show --json" "$json" unit runs <shown.json
$exitstat baseline save slower >other
tap_ok "update" $exitstat baseline update other known
tap_says '^alpha +reason cpuid +sum +14957 +14950 +-0.05 %$' "  says what moved"
tap_ok "  and stores it" cmp other base
tap_ok "update with the same" $exitstat baseline update other known
tap_says '^other: every figure is the same as before$' "  says so"
$exitstat baseline update other slower --json >moved.json
tap_ok "update --json" "$json" changed changes.0.table <moved.json
tap_fails 2 "update with another configuration" $exitstat baseline update other shadow
tap_says 'configuration: paging is ept in other, shadow in shadow: ' "  says which"
tap_ok "  unless it is forced" $exitstat baseline update other shadow --force

# ---- gate ----

tap_ok "the same run passes" $exitstat gate known --baseline base
tap_says '^pass: [0-9]+ figures are within what base allows$' "  says so"
tap_ok "7 instr of 17,000 are within 1 %" $exitstat gate slower --baseline base
tap_fails 1 "but not exactly the same" $exitstat gate slower --baseline base --rule 'sum reason=cpuid exact'
tap_says '^WORSE +alpha +reason cpuid +sum +14,950 +14,957 +\+7 +\+0.05 % +0$' "  which"
tap_says '^regression: 2 of 2 figures are worse than base allows: ' "  and the verdict"
tap_ok "  a rule for another phase does not matter" $exitstat gate slower --baseline base --rule 'sum device=uart phase=alpha exact'
tap_ok "  nor one that allows it" $exitstat gate slower --baseline base --rule 'sum reason=cpuid abs=7'
tap_fails 1 "  one that allows less" $exitstat gate slower --baseline base --rule 'sum reason=cpuid abs=6'
tap_ok "  the larger threshold counts" $exitstat gate slower --baseline base --rule 'sum reason=cpuid abs=6 rel=1%'
tap_ok "  the last rule counts" $exitstat gate slower --baseline base --rule 'sum exact' --rule 'sum ignore'  --rule 'count'
$exitstat baseline save slower >slowbase
tap_ok "faster passes" $exitstat gate known --baseline slowbase --rule 'sum exact'
tap_says '^better .* -7 ' "  but is said"
tap_says 'hold the gain with exitstat baseline update' "  and what to do"
tap_fails 1 "unless it may not" $exitstat gate known --baseline slowbase --rule 'sum exact both'
tap_fails 1 "  or that is for the worse" $exitstat gate known --baseline slowbase --rule 'sum exact down'
tap_ok "  and slower for the better" $exitstat gate slower --baseline base --rule 'sum exact down'

cat >rules <<'R'
# what CI allows
count                        # exactly
p99  reason=cpuid  rel=1% abs=2

sum  device=uart   exact
R
tap_ok "rules from a file" $exitstat gate slower --baseline base --rules rules

# cannot PATTERN WHAT ARGS...
cannot()
{
	local pattern=$1 what=$2
	shift 2
	tap_fails 2 "cannot judge: $what" $exitstat gate "$@"
	tap_says "^exitstat: .*$pattern" "  says: $pattern"
}
cannot 'lossy: 5 events were lost: record the run again' "loss" lossy --baseline base
cannot "late: a part of a run: the VM's start is not in it" "a part" late --baseline base
cp -r known cut
head -c 5000 known/vcpu0 >cut/vcpu0
cannot 'cut: damaged: .*: record the run again' "damage" cut --baseline base
cannot 'configuration: paging is ept in base, shadow in shadow' "configuration" shadow --baseline base
cannot 'unit is instr in base, cycles in cycles' "unit" cycles --baseline base
for about in 's/"guest": "known.elf"/"guest": "x.elf"/ workload:.guest' 's/"engine": "test"/"engine": "bochs"/ engine:.engine' \
	's/"compiler": null/"compiler": "gcc"/ compiler.is.gcc' 's/"abi": 1/"abi": 0/ abi.is.0'; do
	sed "${about% *}" base >changed
	cmp -s base changed && tap_result 1 "the baseline was changed by ${about% *}"
	cannot "${about##* }" "${about##* }" known --baseline changed
done
sed 's/^ "paging": "ept"$/ /' base >changed
cannot 'configuration: paging is ept in known, not said in changed' "what only one of them says" known --baseline changed
sed 's/"ops":100/"ops":99/' base >changed
cannot 'phase alpha has ops 99 in changed, 100 in known: another workload' "other work" known --baseline changed
sed 's/"phase":"alpha"/"phase":"beta"/' base >changed
cannot 'phase alpha is in known, but not in changed' "other phases" known --baseline changed
tap_ok "what never happened is 0 in both" $exitstat gate known --baseline base --rule count --rule 'count reason=hlt phase=alpha'
cannot "selects no figure" "a rule for no phase" known --baseline base --rule 'count reason=cpuid phase=beta'
cannot "selects no figure" "a rule for nothing" known --baseline base --rule 'p50 reason=hlt'
cannot 'cpud: no such name; did you mean cpuid\?' "a slip" known --baseline base --rule 'p50 reason=cpud'
cannot 'cont: no such metric; did you mean count\?' "a slip" known --baseline base --rule 'cont'
cannot '5: not a share, as in rel=2%' "a slip" known --baseline base --rule 'sum rel=5'
cannot 'resaon: no such selector or threshold; did you mean reason\?' "a slip" known --baseline base --rule 'sum resaon=cpuid'
cannot 'exakt: no such word in a rule; did you mean exact\?' "a slip" known --baseline base --rule 'sum exakt'
printf 'count\nsum rel=x%%\n' >rules
cannot 'rules: line 2: x%: not a share' "a rule" known --baseline base --rules rules
cannot 'nowhere: No such file' "no rules" known --baseline base --rules nowhere
: >rules
cannot 'rules: no rule in it' "empty rules" known --baseline base --rules rules
head -c 4096 /dev/urandom >rules
cannot 'rules: ' "noise for rules" known --baseline base --rules rules
cannot 'name what to compare with: --baseline FILE' "no baseline" known
cannot 'nowhere: No such file' "no such baseline" known --baseline nowhere
cannot 'known: ' "a directory for a baseline" known --baseline known
cannot 'did you mean json\?' "a slip" known --baseline base --format jsn

# Damaged, truncated, foreign and newer baselines.
sed 's/"exitstat_format": 1/"exitstat_format": 2/' base >changed
cannot 'changed: a baseline of format 2, newer than this exitstat.s 1: use a newer exitstat' "a newer baseline" known --baseline changed
sed 's/"count":100,/"count":100,"p9999":5,/' base >changed
cannot 'has a figure p9999 that is unknown here: use a newer' "a figure of a newer one" known --baseline changed
echo '{"what": "else"}' >changed
cannot 'changed: no baseline of exitstat' "foreign JSON" known --baseline changed
sed 's/"count":100,/"count":"100",/' base >changed
cannot 'damaged baseline: a value of count is no number' "a text for a number" known --baseline changed
sed 's/"count":100,/"count":-100,/' base >changed
cannot 'damaged baseline: a value of count is no number' "a negative number" known --baseline changed
sed 's/"table":"hypercall"/"table":"tlb_flush"/;s/"key":"mark"/"key":"invvpid_single\/guest_cr3"/' base >changed
cannot 'damaged baseline: two rows of figures are of the same thing' "a row twice" known --baseline changed
size=$(stat -c %s base)
for ((bytes = 0; bytes < size - 2; bytes += 61)); do
	head -c $bytes base >changed
	$exitstat gate known --baseline changed >out 2>&1
	status=$?
	[ $status = 2 ] && grep -q '^exitstat: gate: changed: no baseline: line' out || echo "$bytes: status $status: $(cat out)"
done >failures
tap_ok "a baseline cut anywhere: cannot judge, and says so" diff /dev/null failures
for ((offset = 0; offset < size; offset += 37)); do
	cp base changed
	printf '\x17' | dd of=changed bs=1 seek=$offset conv=notrunc status=none
	$exitstat gate known --baseline changed >out 2>&1
	status=$?
	[ $status = 2 ] && grep -q '^exitstat: gate: ' out || echo "$offset: status $status: $(cat out)"
done >failures
tap_ok "a byte of it damaged anywhere: likewise" diff /dev/null failures
for ((offset = 0; offset < size; offset += 41)); do # what may still be JSON: other digits, names, brackets
	cp base changed
	byte=$(od -An -tu1 -j $offset -N 1 base)
	printf '%b' "\\x$(printf %02x $((byte ^ 1)))" | dd of=changed bs=1 seek=$offset conv=notrunc status=none
	$exitstat gate known --baseline changed >out 2>&1
	status=$?
	{ [ $status -le 2 ] && ! grep -Eq 'Sanitizer|runtime error' out; } || echo "$offset: status $status: $(head -c 300 out)"
done >failures
tap_ok "a bit of it flipped anywhere: never a crash" diff /dev/null failures

# ---- forms ----

$exitstat gate slower --baseline base --rule 'sum reason=cpuid exact' --format markdown=m --format junit=j --format github=g --format json=o --format text=t
tap_result $(($? != 1)) "several forms at once, and the status stays"
mv t output
tap_says '^regression: ' "text"
mv m output
tap_says '^### exitstat gate: regression$' "Markdown: the verdict"
tap_says '^\| WORSE \| alpha \| reason cpuid \| sum \| 14,950 \| 14,957 \| \+7 \| \+0.05 % \| 0 \|$' "  and the rows"
mv g output
tap_says '^::error file=base,title=exitstat gate%3A worse::sum of reason cpuid in phase alpha: 14,957, was 14,950 instr \(\+7, \+0.05 %25\); allowed none$' "GitHub's annotations"
tap_ok "JSON" "$json" verdict status figures.0.table figures.0.is <o
tap_says '^"regression"$' "  verdict"
if command -v xmllint >/dev/null; then
	tap_ok "JUnit is XML" xmllint --noout j
else
	tap_skip "JUnit is XML" "no xmllint (libxml2-utils)"
fi
tap_ok "JUnit" grep -q '<testsuite name="exitstat gate" tests="2" failures="2" errors="0"' j
tap_ok "  a failure" grep -q '<failure type="worse" message="sum of reason cpuid: 14,957, was 14,950 instr (+7, +0.05 %); allowed none"/>' j
$exitstat gate lossy --baseline base --format markdown=m --format junit=j --format github=g --format json=o 2>err
tap_result $(($? != 2)) "what cannot be judged is said in every form"
tap_ok "  Markdown" grep -q '^### exitstat gate: cannot judge' m
tap_ok "  JUnit" grep -q '<error type="cannot judge" message="lossy: 5 events were lost' j
tap_ok "  GitHub" grep -q '^::error .*cannot judge::lossy: 5 events' g
tap_ok "  JSON" grep -q '"verdict": "cannot judge"' o
tap_fails 2 "a file that cannot be written" $exitstat gate known --baseline base --format junit=/nowhere/x
tap_says '/nowhere/x: No such file or directory: the result is not in it' "  is said"

# ---- where runs vary ----

for ((i = 1; i <= 5; i++)); do
	"$trace" varying a$i $i 0
	"$trace" varying same$i 1$i 0
	"$trace" varying slow$i 2$i 12
	"$trace" varying grey$i 3$i 5
done
tap_ok "a baseline of several runs" $exitstat baseline save a1 a2 a3 a4 a5 -o many
tap_ok "  has their number" grep -q '"runs": 5,' many
tap_ok "five more of the same pass" $exitstat gate same? --baseline many --rule 'sum reason=cpuid' --rule 'p50 reason=cpuid'
tap_fails 1 "12 % more is a regression" $exitstat gate slow? --baseline many --rule 'sum reason=cpuid' --rule 'p50 reason=cpuid'
tap_says '^WORSE +reason cpuid +p50 .*\+[0-9.]+ to \+[0-9.]+$' "  with an interval"
tap_fails 2 "5 % more, where 5 % are allowed: cannot judge" $exitstat gate grey? --baseline many --rule 'sum reason=cpuid'
tap_says '^cannot judge: 2 of 2 figures are uncertain: ' "  calls it uncertain"
cannot 'too few repetitions: 5 in many, 1 now: .* takes 4 on each side' "too few repetitions" same1 --baseline many
tap_fails 2 "runs of two configurations are no repetitions" $exitstat baseline save known shadow
tap_fails 2 "nor are runs that differ on an engine that repeats" $exitstat baseline save known slower
tap_says 'known and slower: two runs of one configuration must be equal on this engine, but the run: span is 35120 and 35127: find out' "  says in what"

# ---- results of vtbench: a cell is a phase ----

results=$SRCDIR/tests/unit/bench_results/results.jsonl
mkdir matrix
cp "$results" matrix/results.jsonl
tap_ok "a baseline of results" $exitstat baseline save matrix -o cells
tap_ok "  by their file" bash -c "$exitstat baseline save $results | cmp - cells"
tap_ok "  a row for each figure of a cell" grep -qx '{"phase":"cpuid_ept_2m","table":"reason","key":"cpuid","count":500},' cells
tap_ok "  show" $exitstat baseline show cells
tap_says '^configuration +results vtbench$' "  says what it is of"
tap_says '^console_ept_pv_2m +reason vmcall +count +8$' "  a figure"
tap_ok "the same results pass" $exitstat gate matrix --baseline cells
tap_says '^pass: [0-9]{3} figures are within what cells allows$' "  says so"
tap_ok "  by a rule for one cell" $exitstat gate matrix --baseline cells --rule 'vmm phase=cpuid_ept_2m exact'
tap_says '^pass: 1 figures' "  only that"
sed 's/"exits_by_reason":{"cpuid":500}/"exits_by_reason":{"cpuid":501}/' "$results" >moved
tap_fails 1 "one exit more is a regression" $exitstat gate moved --baseline cells
tap_says '^WORSE +cpuid_ept_2m +reason cpuid +count +500 +501 +\+1 +\+0.20 % +0$' "  of which cell"
cp output said
tap_fails 1 "  and nothing is said of a whole run" grep -q '^VMM time' said
sed 's/"vmm":62000,/"vmm":63000,/' "$results" >moved
tap_fails 1 "1.6 % more of a cell's VMM time is, too" $exitstat gate moved --baseline cells
tap_says '^WORSE +cpuid_ept_2m +run +vmm +62,000 +63,000 ' "  of which cell"
tap_ok "update takes it" bash -c "cp cells other && $exitstat baseline update other moved"
tap_says '^cpuid_ept_2m +run +vmm +62000 +63000 +\+1.61 %$' "  says what moved"
tap_ok "  with which it passes" $exitstat gate moved --baseline other
# changed SED PATTERN WHAT: results that cannot be judged
changed()
{
	sed "$1" "$results" >moved
	cmp -s "$results" moved && tap_result 1 "the results were changed by $1"
	cannot "$2" "$3" moved --baseline cells
}
changed 's/"engine":"2.7"/"engine":"3.0"/' 'engine: engine_version is 2.7 in cells, 3.0 in moved' "another engine"
changed 's/"compiler":"gcc [^"]*"/"compiler":"clang"/' 'compiler is gcc .* in cells, clang in moved' "another compiler"
changed '1s/"engine":"2.7"/"engine":"3.0"/' 'moved: line 2 is of another version of engine than the first' "two engines in one"
changed 's/"seed":1/"seed":2/' 'workload: cpuid is seed 1, .*seed 2, ' "another seed"
changed 's/"workload":"cpuid"/"workload":"cpui"/' 'workload: cpui.? is ' "another workload"
changed 's/"ops":500/"ops":400/' 'phase .* has ops 500 in cells, 400 in moved: another workload' "other work"
changed '2d' 'phase cpuid_ept_2m is in cells, but not in moved' "a cell that did not run"
changed '5s/"ok":true,"error":null/"ok":false,"error":"digest"/' 'moved: .* is not ok: digest: run it again' "a cell that is not ok"
changed 's/"paging":"shadow"/"paging":"ept"/' 'moved: two results are of the same cell' "a cell twice"
changed '3s/"rep":0/"rep":2/' 'moved: repetition 2 is missing' "a repetition that is missing"
changed '4s/.*/{}/' 'moved: line 4 is no result of vtbench' "foreign JSON"
changed '4s/.*/{"workload":/' 'moved: line 4 is no result of vtbench: ' "a damaged line"
head -c 9000 "$results" >moved
cannot 'moved: line [0-9]+ is no result' "cut results" moved --baseline cells
cannot 'workload: .* not said in ' "a trace, by the baseline of results" known --baseline cells
cannot 'workload: guest is known.elf in base, not said in matrix' "results, by the baseline of a trace" matrix --baseline base
cannot 'results name no guest functions: leave out --symbols' "with symbols" matrix --baseline cells --symbols "$build/workloads/cpuid.elf"
cat "$results" <(sed 's/"rep":0/"rep":1/' "$results") >twice
tap_ok "repetitions that are equal are one run" bash -c "$exitstat baseline save twice | cmp - cells"
cat "$results" <(sed 's/"rep":0/"rep":1/; s/"vmm":62000,/"vmm":62001,/' "$results") >twice
tap_fails 2 "  that differ are none" $exitstat baseline save twice
tap_says 'must be equal on this engine, but phase cpuid_ept_2m: vmm is 62000 and 62001' "  says in what"
for ((rep = 0; rep < 5; rep++)); do
	sed "s/\"rep\":0/\"rep\":$rep/; s/\"unit\":\"instr\"/\"unit\":\"cycles\"/; s/\"vmm\":62000,/\"vmm\":6200$rep,/" "$results"
done >five
tap_ok "in cycles each is a run" bash -c "$exitstat baseline save five | grep -q '\"runs\": 5,'"
tap_ok "  and they pass as such" bash -c "$exitstat baseline save five -o fivebase && $exitstat gate five --baseline fivebase --rule vmm"
size=$(stat -c %s "$results")
for ((offset = 0; offset < size; offset += 331)); do # another digit, letter or bracket: judged or refused
	byte=$(od -An -tu1 -j $offset -N 1 "$results")
	{ head -c $offset "$results"; printf '%b' "\\x$(printf %02x $((byte ^ 1 << offset % 7)))"; tail -c +$((offset + 2)) "$results"; } >moved
	$exitstat gate moved --baseline cells >out 2>&1
	status=$?
	{ [ $status -le 2 ] && ! grep -Eq 'Sanitizer|runtime error' out; } || echo "$offset: status $status: $(head -c 300 out)"
done >failures
tap_ok "a bit of results flipped anywhere: never a crash" diff /dev/null failures
tap_done
