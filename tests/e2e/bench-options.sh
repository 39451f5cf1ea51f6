#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vtbench, used well and badly, where no guest needs to run.
. "$SRCDIR/tests/tap.sh"

vtbench=$PWD/bin/vtbench
results=$SRCDIR/tests/unit/bench_results/results.jsonl

tap_ok "--help" "$vtbench" --help
tap_says '^  counts ' "names every command"
tap_ok "--version" "$vtbench" --version
tap_says '^vtbench [0-9]+\.[0-9]+' "says the version"
for command in list run report bars counts; do
	tap_ok "$command --help" "$vtbench" $command --help
done
tap_ok "list" "$vtbench" list
tap_says '^the default matrix: [0-9]+ cells$' "counts its cells"
tap_says '^  console shadow pv$' "and names them"
"$vtbench" list | sed -n 's/^  \([a-z0-9]*\)  .*/\1/p' >"$tap_dir/listed"
for guest in null cpuid vmcall msr demand ptemod pgfault syscall ctxswitch invlpg mmapchurn tlbchase console; do
	grep -qx "$guest" "$tap_dir/listed"
	tap_result $? "$guest is in the matrix"
done
tap_ok "list --json" "$vtbench" list --json
tap_says '"workload": "console"' "has the cells"

# bad WHAT PATTERN ARGUMENT...: status 2 and one line that says it.
bad()
{
	local what=$1 pattern=$2
	shift 2
	tap_fails 2 "$what" "$vtbench" "$@"
	tap_says "^vtbench: $pattern" "  says so"
	[ "$(wc -l <"$tap_dir/output")" = 1 ]
	tap_result $? "  in one line"
}

bad "no command" "which command"
bad "a wrong command" "rnu: .*'run'" rnu
bad "a wrong option" "--frce: .*--force" run --frce
bad "a missing value" "--out needs a value" run --out
bad "a wrong workload" "--workload: no 'cpiud'; did you mean 'cpuid'" run --workload null,cpiud
bad "a wrong paging mode" "--paging: no 'shdow'; did you mean 'shadow'" run --paging shdow
bad "a wrong number" "--reps: '0' is not a number from 1" run --reps 0
bad "too many operations" "--ops: '5000m' is not a number" run --ops 5000m
bad "a word that is no option" "cpuid: not an option" run cpuid
bad "an empty selection" "this selection holds no cell" run --workload null --paging ept --io pv --out "$tap_dir/none"
bad "a directory that cannot be made" ".*Not a directory" run --workload null --out /dev/null/x
bad "no directory" "report: give one directory" report
bad "a directory without results" ".*No such file" report "$tap_dir"

mkdir "$tap_dir/old"
cp "$results" "$tap_dir/old/results.jsonl"
bad "results that are there" ".*--force" run --workload null --out "$tap_dir/old"
cmp -s "$results" "$tap_dir/old/results.jsonl"
tap_result $? "they are left alone"

tap_ok "report" "$vtbench" report "$tap_dir/old"
awk 'length($0) > 100 { print; bad = 1 } END { exit bad }' "$tap_dir/output"
tap_result $? "fits 100 columns"
tap_says 'instr/op' "has the unit in its heads"
tap_says 'What an instruction count cannot see' "has the footnote"
tap_ok "report --markdown" "$vtbench" report --markdown "$tap_dir/old"
tap_says '^\| --- ' "is Markdown"
tap_ok "report --json" "$vtbench" report --json "$tap_dir/old"
tap_says '"unit": "instr"' "is JSON with its unit"
tap_fails 2 "output that cannot be written" sh -c '"$0" report "$1" >/dev/full' "$vtbench" "$tap_dir/old"
tap_says 'cannot write the output: No space left' "says so"

sed '2s/"paging":"[a-z]*"/"paging":"xen"/' "$results" >"$tap_dir/old/results.jsonl"
bad "a result of another version" ".*line 2: paging 'xen' is not known" report "$tap_dir/old"
sed '1s/"unit":"instr"/"unit":"cycles"/' "$results" >"$tap_dir/old/results.jsonl"
bad "results in two units" ".*in cycles and in instr" report "$tap_dir/old"
tap_done
