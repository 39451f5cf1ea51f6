#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 300
# The workflow of docs/ci.md does what it says: its steps, taken out of the document, pass on the same VMM, fail on a
# slower one, and do not judge another compiler's.
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

build=$PWD
doc=$SRCDIR/docs/ci.md
cd "$tap_dir" || exit 1

# A checkout: configure and make are those of this build, which is done already.
mkdir repo
ln -s "$build/bin" "$build/lib" "$build/workloads" repo
cat >repo/configure <<-SCRIPT
	#!/bin/sh
	"$SRCDIR/configure" --help | grep -q -e "\$1"
	SCRIPT
chmod +x repo/configure
printf '%%:\n\t$(MAKE) -C %s $@\n' "$build" >repo/Makefile
# Of the matrix a part is enough here.
printf 'matrix:\n\tbin/vtbench run --workload null,cpuid,ptemod --ops 500 --jobs 1 --force --out results/matrix\n' >>repo/Makefile

awk '/^```sh$/ { on = 1; next } /^```/ { on = 0 } on' "$doc" >setup
awk '/^```yaml$/ { on = 1; next } /^```/ { on = 0 } on' "$doc" >exits.yml

# step NAME: the script of that step.
step()
{
	awk -v name="      - name: $1" '
		$0 == name { on = 1; next }
		/^      - / { on = 0 }
		on && /^        run: \|$/ { text = 1; next }
		on && text { sub(/^          /, ""); print }' exits.yml
}

# take NAME: run that step as GitHub does.
take()
{
	step "$1" >step.sh
	(cd repo && GITHUB_STEP_SUMMARY=$tap_dir/summary GITHUB_SHA=$commit bash --noprofile --norc -eo pipefail ../step.sh)
}

[ "$(grep -c '^        run: |$' exits.yml)" = 4 ]
tap_result $? "four steps to run are in the document"
if python3 -c 'import yaml' 2>/dev/null; then
	tap_ok "the workflow is YAML" python3 -c '
import sys, yaml
steps = yaml.safe_load(open("exits.yml"))["jobs"]["gate"]["steps"]
assert [s["run"] for s in steps if "run" in s] == [open(f).read() for f in sys.argv[1:]], "steps"
' <(step Build) <(step Record) <(step Judge) <(step 'Add to the history')
else
	tap_skip "the workflow is YAML" "no python3-yaml"
fi

commit=1111111
tap_ok "Build" take Build
tap_ok "the baseline is made" bash -e -c "cd repo && . ../setup"
tap_ok "  a file for each" test -s repo/ci/cpuid.json -a -s repo/ci/ptemod.json
tap_ok "  it names compiler and engine" grep -Eq '^"compiler": "(GCC|.*clang)' repo/ci/cpuid.json
rm -rf repo/traces
tap_ok "Record" take Record
tap_ok "Judge: the same VMM passes" take Judge
tap_says '^pass: [0-9]+ figures are within what ci/ptemod.json allows$' "  in words"
tap_says '^::notice file=ci/cpuid.json,title=exitstat gate%3A pass::' "  as an annotation"
tap_ok "  in the summary" grep -q '^### exitstat gate: pass$' summary
tap_ok "Add to the history" take 'Add to the history'
tap_says 'none changed$' "  nothing changed"

# The matrix, whose two blocks are the baseline's and a commit's.
for block in 1 2; do
	awk -v want=$block '/^```bash$/ { on = ++n == want; next } /^```/ { on = 0 } on' "$doc" >matrix$block
done
tap_ok "a baseline of the matrix" bash -e -c "cd repo && . ../matrix1"
tap_ok "  its cells are in it" grep -q '^{"phase":"ptemod_shadow_2m","table":"run",' repo/ci-matrix.json
tap_ok "the matrix of the same VMM passes" bash -e -c "cd repo && GITHUB_SHA=$commit && . ../matrix2"
tap_says '^pass: [0-9]+ figures are within what ci-matrix.json allows$' "  in words"
tap_ok "  and is in the history" test "$(wc -l <repo/matrix.jsonl)" = 1

# A commit later: a VMM that does more for each exit (the test build).
commit=2222222
rm -rf repo/traces repo/*.md repo/*.xml summary repo/lib
mkdir repo/lib
ln -s "$build/lib/boot.bin" repo/lib
ln -s "$build/lib/vmm-test.elf" repo/lib/vmm.elf
export VTSCOPE_LIBDIR=$tap_dir/repo/lib
tap_ok "Record with a slower VMM" take Record
tap_fails 1 "Judge: a regression" take Judge
tap_says '^VMM time rose by [0-9,]+ instr \(\+.*\): cpuid \+[0-9,]+ \(each takes ' "  says where the time went"
tap_says '^WORSE +cpuid +reason cpuid +sum ' "  which figures"
tap_says '^::error file=ci/cpuid.json,title=exitstat gate%3A worse::sum of reason cpuid' "  annotations"
tap_ok "  in the summary" grep -q '^### exitstat gate: regression$' summary
tap_ok "  and for JUnit" grep -q '<failure type="worse"' repo/cpuid.xml
tap_ok "Add to the history" take 'Add to the history'
tap_says '^commit 2222222$' "  which names the commit"
tap_says '^  sum +reason cpuid in phase cpuid .* 1, 1 +exact$' "  and the figure"
tap_fails 1 "the matrix: a regression" bash -e -c "cd repo && GITHUB_SHA=$commit && . ../matrix2"
tap_says '^WORSE +cpuid_ept_2m +run +vmm ' "  of which cell"
tap_ok "update takes the new figures" bash -c "cd repo && for n in cpuid ptemod; do bin/exitstat baseline update ci/\$n.json traces/\$n; done"
tap_ok "  with which it passes" take Judge

# By function, where symbols are known.
save="bin/exitstat baseline save traces/cpuid --symbols workloads/cpuid.elf -o ../functions"
tap_ok "a baseline by function" bash -c "cd repo && $save"
tap_ok "  has the guest's" grep -q '^{"phase":"cpuid","table":"function","key":"cpuid_run","count":2000,' functions
tap_fails 2 "judged without symbols: it cannot be" bash -c "cd repo && bin/exitstat gate traces/cpuid --baseline ../functions"
tap_says 'has figures by function: add --symbols' "  says what to do"
tap_ok "with them it passes" bash -c "cd repo && bin/exitstat gate traces/cpuid --baseline ../functions --symbols workloads/cpuid.elf --rule 'p50 function=cpuid_run exact'"
tap_fails 2 "a baseline without, judged with them" bash -c "cd repo && bin/exitstat gate traces/cpuid --baseline ci/cpuid.json --symbols workloads/cpuid.elf"

sed -i 's/^"compiler": .*/"compiler": "another",/' repo/ci/cpuid.json
tap_fails 2 "another compiler's baseline: cannot judge" take Judge
tap_says '^exitstat: gate: compiler is another in ci/cpuid.json, .*: build with the same compiler' "  says why and what to do"
tap_says '^::error .*cannot judge::compiler is another' "  as an annotation too"
tap_done
