#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# make compare-kvm: the same guest program under vtscope and under KVM, each figure in its own unit.
# shellcheck source=../tap.sh
. "$SRCDIR/tests/tap.sh"
# shellcheck source=../kvm/kvm.sh
. "$SRCDIR/tests/kvm/kvm.sh"
kvm_skip
command -v "${BOCHS:-bochs-bin}" >/dev/null || { echo "1..0 # SKIP no Bochs"; exit 0; }

tap_ok "compare one workload" bash "$SRCDIR/tests/kvm/compare.sh" 4000 in
tap_says '^in +vtscope +1\.0[0-9]+ +[0-9.]+ +[0-9]+ +instr +io_instruction$' "vtscope: one exit an operation, in instr"
tap_says '^in +KVM +1\.[0-9]+ +[0-9.]+ +[0-9]+ +ns +(user_io|io_instruction|svm_ioio)$' "KVM: one exit an operation, in ns"
tap_says 'no ratio is given\.$' "that the units differ is said"
tap_fails 2 "no such workload" bash "$SRCDIR/tests/kvm/compare.sh" 10 nosuch
tap_done
