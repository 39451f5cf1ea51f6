#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 300
# No way out: vmm-check.elf walks EPT or the shadow at random points of every workload, and stops at a mapping that leads
# to memory that is not this VM's, or gives a right that the guest's tables do not (core-vmm/memory/isolation.h).
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

# checked WORKLOAD OPTIONS...
checked()
{
	local workload=$1
	shift
	bin/vtrun --timeout 100 --vmm vmm-check.elf "$@" "workloads/$workload.elf" -- ops=2000
}

# found: the escape that vmm-escape.elf makes is found.
found()
{
	bin/vtrun --timeout 100 --vmm vmm-escape.elf workloads/cpuid.elf 2>&1 |
		grep "isolation: an EPT entry leads to memory that is not this VM's"
}

tap_ok 'an escape is found' found
for workload in cpuid vmcall msr demand ptemod pgfault syscall ctxswitch invlpg mmapchurn tlbchase console; do
	tap_ok "$workload, ept, 4 KiB" checked $workload --ept-pages 4k
	tap_ok "$workload, ept, 2 MiB, seed 2" checked $workload --seed 2
	tap_ok "$workload, shadow, 4 KiB" checked $workload --paging shadow --ept-pages 4k
	tap_ok "$workload, shadow, 2 MiB, seed 2" checked $workload --paging shadow --seed 2
done
tap_ok 'ptstorm, shadow' bin/vtrun --timeout 200 --vmm vmm-check.elf --paging shadow tests/guest/ptstorm.elf
tap_ok 'ptstorm, ept' bin/vtrun --timeout 200 --vmm vmm-check.elf --ept-pages 4k tests/guest/ptstorm.elf
tap_ok 'tlbchase, ept, writes tracked' checked tlbchase --track writes
tap_done
