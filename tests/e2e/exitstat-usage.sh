#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Bad use of exitstat: one clear line each, and status 2; help and version; output that cannot be written.
. "$SRCDIR/tests/tap.sh" || exit 1

exitstat=bin-asan/exitstat
known=$tap_dir/known
tests/exitstat-trace known "$known" || exit 1

# refuses PATTERN ARGS...: status 2, nothing on standard output, one line on standard error that matches.
refuses()
{
	local pattern=$1
	shift
	tap_fails 2 "exitstat $*" $exitstat "$@"
	tap_says "^exitstat: .*$pattern" "  says: $pattern"
	tap_ok "  in one line" test "$($exitstat "$@" 2>&1 | wc -l)" = 1
}

refuses 'subcommand is missing'
refuses 'reprot: unknown subcommand; did you mean report\?' reprot
refuses 'frobnicate: unknown subcommand' frobnicate
refuses '--jsn: unknown option; did you mean --json\?' report "$known" --jsn
refuses '--by prot: .* did you mean port\?' report "$known" --by prot
refuses '--by: needs a value' report "$known" --by
refuses '--json=1: takes no value' report "$known" --json=1
refuses '-x: unknown option' report "$known" -x
refuses '--top -3: not a number' report "$known" --top -3
refuses 'name a recorded trace' report
refuses 'one operand too many' report "$known" "$known"
refuses '--for: only with --attach' report "$known" --for 3
refuses '--by function: needs' report "$known" --by function
refuses 'no phase is named beta' report "$known" --phase beta
refuses 'nowhere.*: ' report "$tap_dir/nowhere"
refuses 'nowhere: ' report "$known" --guest "$tap_dir/nowhere"
refuses '--reason cpud: .* did you mean cpuid\?' hist "$known" --reason cpud
refuses '--by functoin: .* did you mean function\?' flame "$known" --by functoin
refuses '--reason cpud: .* did you mean cpuid\?' flame "$known" --reason cpud
refuses 'no phase is named beta' flame "$known" --phase beta
refuses 'nowhere: ' outliers "$known" --symbols "$tap_dir/nowhere"
refuses '-n 0: not a number of exits' outliers "$known" -n 0
refuses '--width 3: not a number of columns' timeline "$known" --width 3
refuses '--format perfect: .* did you mean perfetto\?' export "$known" --format perfect
refuses 'name a format' export "$known"
refuses '--format sqlite: needs a file' export "$known" --format sqlite
refuses '--trigger latency=x: not a latency' record -o "$tap_dir/new" --last 5 --trigger latency=x
refuses '--trigger whim: not latency=X' record -o "$tap_dir/new" --last 5 --trigger whim
refuses '--trigger: only with --last' record -o "$tap_dir/new" --trigger end
refuses '--last 0: not a number' record -o "$tap_dir/new" --last 0
refuses 'give one of them' record -o "$tap_dir/new" --last 5 --events 3
refuses 'only of a running VM' record -o "$tap_dir/new" --events 3 -- workloads/cpuid.elf
refuses '--kinds tlb_flsh: .* did you mean tlb_flush\?' record -o "$tap_dir/new" --kinds tlb_flsh
refuses '--reason cpud: .* did you mean cpuid\?' record -o "$tap_dir/new" --reasons cpud
refuses 'name two recorded traces' diff "$known"
refuses 'name a directory' record
refuses 'shwo: unknown; did you mean show\?' baseline shwo x
refuses 'say what to do' baseline
refuses 'update: name a baseline and' baseline update x
refuses '-o: only with save' baseline show x -o y
refuses 'one operand too many' list now
refuses 'no-such-vm' report --attach no-such-vm
refuses 'no-such-vm' record -o "$tap_dir/new" --attach no-such-vm

for subcommand in record report hist diff baseline gate history list flame outliers timeline export; do
	tap_ok "exitstat $subcommand --help" $exitstat $subcommand --help
	tap_says '^usage: exitstat '$subcommand "  prints its usage"
	tap_says '^Exit status: ' "  and its exit statuses"
	tap_ok "  and it has a man page" test -s "$SRCDIR/docs/man/exitstat-$subcommand.1"
done
tap_ok "exitstat --help" $exitstat --help
tap_ok "exitstat --version" $exitstat --version
tap_says '^exitstat [0-9]' "  prints it"

tap_fails 2 "a full disk" bash -c "$exitstat report '$known' >/dev/full"
tap_says '^exitstat: standard output: No space left on device' "  is said"
tap_fails 2 "a closed standard output" bash -c "$exitstat report '$known' --json >&-"
tap_says '^exitstat: standard output: ' "  is said"
tap_ok "a reader that stops early ends it quietly" \
	bash -c "$exitstat report '$known' 2>'$tap_dir/errors' | true; ! [ -s '$tap_dir/errors' ]"
tap_done
