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

truncate -s 1M "$tap_dir/disk.img"

# checked WORKLOAD OPTIONS...
checked()
{
	local workload=$1
	shift
	case $workload in
	block*) set -- --disk "$tap_dir/disk.img" "$@" ;;
	esac
	bin/vtrun --timeout 100 --vmm vmm-check.elf "$@" "workloads/$workload.elf" -- ops=2000
}

# found: the escape that vmm-escape.elf makes is found.
found()
{
	bin/vtrun --timeout 100 --vmm vmm-escape.elf workloads/cpuid.elf 2>&1 |
		grep "isolation: an EPT entry leads to memory that is not this VM's"
}

tap_ok 'an escape is found' found
for elf in workloads/*.elf; do
	workload=${elf#workloads/}
	workload=${workload%.elf}
	case $workload in
	mixed | test-*) continue ;; # made of the others; another test's
	esac
	tap_ok "$workload, ept, 4 KiB" checked "$workload" --ept-pages 4k
	tap_ok "$workload, shadow, 4 KiB" checked "$workload" --paging shadow --ept-pages 4k
done
for workload in demand ptemod pgfault ctxswitch invlpg mmapchurn cowfork remap tlbchase; do
	tap_ok "$workload, ept, 2 MiB, seed 2" checked $workload --seed 2
	tap_ok "$workload, shadow, 2 MiB, seed 2" checked $workload --paging shadow --seed 2
done
for workload in blockread blockwrite; do
	tap_ok "$workload, ept, paravirtual" checked $workload --io pv
	tap_ok "$workload, shadow, paravirtual" checked $workload --paging shadow --io pv --ept-pages 4k
done
tap_ok 'ptstorm, shadow' bin/vtrun --timeout 200 --vmm vmm-check.elf --paging shadow tests/guest/ptstorm.elf
tap_ok 'ptstorm, ept' bin/vtrun --timeout 200 --vmm vmm-check.elf --ept-pages 4k tests/guest/ptstorm.elf
tap_ok 'tlbchase, ept, writes tracked' checked tlbchase --track writes
tap_done
