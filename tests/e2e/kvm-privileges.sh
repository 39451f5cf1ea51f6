#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the kernel asks for before KVM's tracepoints are read: each privilege is dropped in turn, and the error
# names it and the command that grants it.
# shellcheck source=../tap.sh
. "$SRCDIR/tests/tap.sh"
# shellcheck source=../kvm/kvm.sh
. "$SRCDIR/tests/kvm/kvm.sh"
kvm_skip

if [ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null; then
	echo "1..0 # SKIP dropping capabilities takes root and setpriv"
	exit 0
fi
exitstat=bin/exitstat

# with CAPS COMMAND...: as nobody, with these capabilities and no others.
with()
{
	local caps=$1 list
	shift
	list=${caps:+,+${caps//,/,+}}
	setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps="-all$list" --ambient-caps="-all$list" \
		--bounding-set="-all$list" "$@"
}

# A guest to be seen, until the report is there.
while sleep 0.2; do $guest --user out=10; done >/dev/null &
guests=$!
tap_ok "all of them do" with bpf,perfmon,dac_read_search $exitstat report --source kvm --for 2
tap_says '^kvm_port ' "  and the exits' details are there"
kill $guests
tap_fails 2 "without cap_bpf" with perfmon,dac_read_search $exitstat report --source kvm --for 1
tap_says 'lacks cap_bpf:.* sudo setcap cap_bpf,cap_perfmon,cap_dac_read_search' "  it is named, with the command"
tap_fails 2 "without cap_perfmon" with bpf,dac_read_search $exitstat report --source kvm --for 1
tap_says 'lacks cap_perfmon:.* sudo setcap' "  it is named, with the command"
tap_fails 2 "without cap_dac_read_search" with bpf,perfmon $exitstat report --source kvm --for 1
tap_says 'lacks cap_dac_read_search:.* sudo setcap' "  it is named, with the command"
# The VM is root's: nobody's process does not see it without one more.
$guest --user --sleep-us 1000 out=100000 >/dev/null &
vm=$!
sleep 0.3
tap_ok "another user's VM, by --pid" with bpf,perfmon,dac_read_search,sys_ptrace $exitstat report --source kvm --pid $vm --for 1
tap_says '^kvm_port ' "  is read"
tap_fails 2 "  without cap_sys_ptrace" with bpf,perfmon,dac_read_search $exitstat report --source kvm --pid $vm --for 1
tap_says "process $vm: .* lacks cap_sys_ptrace:.* sudo setcap cap_bpf,cap_perfmon,cap_dac_read_search,cap_sys_ptrace=ep " \
	"  it is named, with the command"
tap_fails 2 "  by --vm" with bpf,perfmon,dac_read_search $exitstat report --source kvm --vm kvm-guest --for 1
tap_says "kvm-guest: .* lacks cap_sys_ptrace:.* sudo setcap" "  it is named too"
kill $vm
tap_fails 2 "without any" with "" $exitstat report --source kvm --for 1
tap_says 'lacks cap_bpf,cap_perfmon,cap_dac_read_search:' "  all are named"
tap_done
