#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run must notice every way in which a test can fail, or it guards nothing.
. "$SRCDIR/tests/tap.sh"

# script NAME: a test, from standard input.
script()
{
	cat >"$tap_dir/$1.sh"
}

# verdict WHAT STATUS LAST-LINE NAME...: run the named scripts; the exit status and the last line
# must be these.
verdict()
{
	local what=$1 expected=$2 last=$3
	shift 3
	tap_fails "$expected" "$what: exit status $expected" \
		"$SRCDIR/tests/run" -j2 "${@/#/$tap_dir/}"
	tap_ok "$what: $last" test "$(tail -n 1 "$tap_dir/output")" = "$last"
}

script pass <<<'echo 1..2; echo ok 1 - a; echo ok 2 - b'
script skip <<<'echo "1..0 # SKIP no such machine"'
script part <<<'echo ok 1 - a; echo "ok 2 - b # SKIP no screen"; echo 1..2'
script fail <<<'echo 1..3; echo ok 1 - a; echo not ok 2 - b; echo "# as c"; echo ok 3 - d; echo why >&2'
script noplan <<<'echo ok 1 - a'
script nothing <<<':'
script empty <<<'echo 1..0'
script short <<<'echo 1..3; echo ok 1 - a'
script dies <<<'echo 1..1; echo ok 1 - a; kill -SEGV $$'
script status <<<'echo 1..1; echo ok 1 - a; exit 3'
script slow <<<'# tests/run: timeout 1
echo 1..1; sleep 30; echo ok 1 - a'
script murder <<<'echo 1..1; kill -9 $(ps -o ppid= -p $PPID); sleep 0.2; echo ok 1 - a'
script alone <<<'# tests/run: alone
echo 1..1; test -e busy && echo not ok 1 - a || echo ok 1 - a'
script busy <<<'echo 1..1; touch busy; sleep 1; rm busy; echo ok 1 - a'

cd "$tap_dir" || exit
verdict "passing" 0 "2 passed, 0 failed" pass.sh
verdict "a skipped test is no pass" 1 "0 passed, 0 failed, 1 skipped" skip.sh
verdict "a skipped point" 0 "3 passed, 0 failed, 1 skipped" pass.sh part.sh
verdict "a failed point" 1 "4 passed, 1 failed" pass.sh fail.sh
"$SRCDIR/tests/run" fail.sh >shown 2>&1
tap_ok "what failed is shown, and named once more before the verdict" diff - <(sed 1d shown) <<'OUT'
     | not ok 2 - b
     | # as c
     | why
FAIL fail.sh: 2 - b
2 passed, 1 failed
OUT
verdict "no plan" 1 "3 passed, 1 failed" pass.sh noplan.sh
verdict "no output" 1 "0 passed, 1 failed" nothing.sh
verdict "an empty plan without a reason" 1 "0 passed, 1 failed" empty.sh
verdict "fewer points than planned" 1 "1 passed, 1 failed" short.sh
verdict "killed by a signal" 1 "1 passed, 1 failed" dies.sh
verdict "an exit status without a failed point" 1 "1 passed, 1 failed" status.sh
verdict "what runs it is killed" 1 "2 passed, 1 failed" murder.sh pass.sh
verdict "too slow" 1 "2 passed, 1 failed" slow.sh pass.sh
verdict "one that wants to be alone is" 0 "4 passed, 0 failed" alone.sh busy.sh pass.sh
verdict "no test at all" 1 "0 passed, 0 failed"

cat >unit.c <<'C'
#include <criterion/criterion.h>
Test(a, good) { cr_assert(1); }
Test(a, bad) { cr_assert(0, "it is bad"); }
Test(a, dies) { *(volatile int *)0 = 0; }
Test(a, skips) { cr_skip_test("no such machine"); }
C
if ${CC:-cc} -o unit unit.c -lcriterion 2>/dev/null; then
	tap_fails 1 "Criterion: a crash and a failed assertion" "$SRCDIR/tests/run" "$tap_dir/unit"
	tap_ok "both are failures: 1 passed, 2 failed, 1 skipped" \
		test "$(tail -n 1 output)" = "1 passed, 2 failed, 1 skipped"
else
	tap_skip "Criterion: a crash and a failed assertion" "no Criterion"
fi
tap_done
