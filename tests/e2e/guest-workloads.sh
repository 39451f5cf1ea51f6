#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 300
# Every workload: its digest is native's, and between its marks exits, flushes and faults are exactly those
# that it provokes (docs/workloads.md has the table).
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

declare -A digests

# run NAME ARGS OPTIONS...: one run, recorded; its last line must have native's digest, if that is known.
run()
{
	local name=$1 args=$2 line
	shift 2
	rm -rf "$tap_dir/record"
	# Arguments are words.
	# shellcheck disable=SC2086
	line=$(bin/vtrun --timeout 60 --record "$tap_dir/record" "$@" "workloads/$name.elf" -- $args | tail -1) || return
	echo "$line"
	[[ $line =~ ^$name:\ ops\ [0-9]+\ digest\ ([0-9a-f]{16}) ]] || return
	: "${digests["$name $args"]:=${BASH_REMATCH[1]}}"
	[ "${BASH_REMATCH[1]}" = "${digests["$name $args"]}" ]
}

# counts NAME: one line of all that the phase's events say.
counts()
{
	local tables=(reasons tlb_flushes ept_violations shadow_faults shadow_zaps injections io_requests)
	local columns=("reason count" "how cause count" "how count" "how count" "how count" "how count" "device requests")
	local found paths=(exits lost) i j column
	bin/exitstat report "$tap_dir/record" --phase "$1" --json >"$tap_dir/json" || return
	mapfile -t found < <(tests/exitstat-json "${tables[@]}" <"$tap_dir/json")
	for ((i = 0; i < ${#tables[@]}; i++)); do
		for ((j = 0; j < found[i]; j++)); do
			for column in ${columns[i]}; do
				paths+=("${tables[i]}.$j.$column")
			done
		done
	done
	tests/exitstat-json "${paths[@]}" <"$tap_dir/json" | tr -d '"' | tr '\n' ' '
	echo
}

# exact NAME ARGS EXPECTED OPTIONS...
exact()
{
	local name=$1 args=$2 expected=$3
	shift 3
	tap_ok "$name $args, ${*#--}: the digest is native's" run "$name" "$args" "$@"
	counts "$name" >"$tap_dir/counts"
	tap_ok "$name $args, ${*#--}: exact counts" diff <(echo "$expected ") "$tap_dir/counts"
}

# both NAME ARGS EXPECTED: native, and the same expectation under EPT and shadow paging.
both()
{
	tap_ok "$1 $2, native" run "$1" "$2" --paging native
	exact "$1" "$2" "$3" --paging ept --ept-pages 4k
	exact "$1" "$2" "$3" --paging shadow --ept-pages 4k
}

# differ NAME ARGS EPT SHADOW: native, and an expectation each.
differ()
{
	tap_ok "$1 $2, native" run "$1" "$2" --paging native
	exact "$1" "$2" "$3" --paging ept --ept-pages 4k
	exact "$1" "$2" "$4" --paging shadow --ept-pages 4k
}

# apic NAME ARGS EXPECTED WITHOUT: native, and both paging modes with the processor's virtual APIC and without.
apic()
{
	both "$1" "$2" "$3"
	exact "$1" "$2" "$4" --paging ept --no-apicv
	exact "$1" "$2" "$4" --paging shadow --no-apicv
}

none='0 0'
both null ops=100000 "$none"
both cpuid ops=1000 '1000 0 cpuid 1000'
both vmcall ops=1000 '1000 0 vmcall 1000'
both msr ops=1000 '1000 0 rdmsr 1000'
both msr 'ops=1000 op=write' '1000 0 wrmsr 1000'
both syscall ops=10000 "$none"
both tlbchase 'ops=50000 mib=4' "$none"
both tlbchase 'ops=50000 mib=4 page=2m' "$none"
both in ops=1000 '1000 0 io_instruction 1000 uart 1000'
both in 'ops=1000 op=write' '1000 0 io_instruction 1000 uart 1000'
differ mmio ops=1000 '1000 0 ept_violation 1000 mmio 1000 ioapic 1000' '1000 0 exception_nmi 1000 mmio 1000 ioapic 1000'
differ mmio 'ops=1000 op=write' '1000 0 ept_violation 1000 mmio 1000 ioapic 1000' \
	'1000 0 exception_nmi 1000 mmio 1000 ioapic 1000'
apic cr8wr ops=1000 "$none" '1000 0 cr_access 1000'
apic timer ops=1000 '2001 0 hlt 1000 wrmsr 1001 posted 1000 lapic 1001' \
	'3001 0 hlt 1000 wrmsr 2001 external 1000 lapic 2001'
apic timer 'ops=1000 mode=periodic' '1002 0 hlt 1000 wrmsr 2 posted 1000 lapic 2' \
	'2002 0 hlt 1000 wrmsr 1002 external 1000 lapic 1002'
apic timer 'ops=1000 wait=spin' '2001 0 wrmsr 1001 preemption_timer 1000 posted 1000 lapic 1001' \
	'3001 0 wrmsr 2001 preemption_timer 1000 external 1000 lapic 2001'
apic ipi ops=1000 "$none" '2000 0 wrmsr 2000 external 1000 lapic 2000'
apic hlt ops=1000 '1000 0 hlt 1000' '3000 0 wrmsr 2000 hlt 1000 external 1000 lapic 2000'
both callret ops=10000 "$none"
both divzero ops=1000 "$none"
differ wptoggle ops=1000 "$none" '2000 0 cr_access 2000 invvpid_single guest_cr0 2000'
differ wptoggle 'ops=1000 touch=1' "$none" '2000 0 cr_access 2000 invvpid_single guest_cr0 2000'
differ demand ops=1000 '1000 0 ept_violation 1000 demand_fill 1000' '1000 0 exception_nmi 1000 fill 1000'
differ ptemod ops=1000 "$none" '1002 0 exception_nmi 1002 fill 1000 unsync 2'
differ pgfault ops=1000 "$none" '1000 0 exception_nmi 1000 true_fault 1000 exception 1000'
differ ctxswitch ops=1000 "$none" '1000 0 cr_access 1000 invvpid_nonglobal guest_cr3 1000'
differ ctxswitch 'ops=1000 spaces=7 touch=1' "$none" '1000 0 cr_access 1000 invvpid_nonglobal guest_cr3 1000'
differ invlpg ops=1000 "$none" '1000 0 invlpg 1000 invvpid_address guest_invlpg 1000 pt_write 64'
differ mmapchurn ops=640 "$none" \
	'650 0 exception_nmi 640 cr_access 10 invvpid_nonglobal guest_cr3 10 fill 640 pt_write 10'
differ remap ops=1000 "$none" \
	'2000 0 cr_access 1000 exception_nmi 1000 invvpid_nonglobal guest_cr3 1000 fill 1000 pt_write 1000'
differ remap 'ops=1000 flush=invlpg' "$none" \
	'2000 0 exception_nmi 1000 invlpg 1000 invvpid_address guest_invlpg 1000 fill 1000 pt_write 1000'
differ ptsweep 'ops=1000 rate=0' "$none" "$none"
differ ptsweep 'ops=1000 rate=25' "$none" \
	'51 0 exception_nmi 26 invlpg 25 invvpid_address guest_invlpg 25 fill 25 unsync 1 pt_write 25'
tap_ok 'cowfork, native' run cowfork ops=640 --paging native
exact cowfork ops=640 "$none" --paging ept
tap_ok "cowfork, shadow: the digest is native's" run cowfork ops=640 --paging shadow

# Backed by 2 MiB: one violation for all the small pages in it; a guest's large page at once, or by small ones.
exact demand ops=1000 '2 0 ept_violation 2 demand_fill 2' --paging ept --ept-pages 2m
exact demand ops=1000 '1000 0 exception_nmi 1000 fill 1000' --paging shadow --ept-pages 2m
tap_ok 'demand ops=8 page=2m, native' run demand 'ops=8 page=2m' --paging native
exact demand 'ops=8 page=2m' '8 0 ept_violation 8 demand_fill 8' --paging ept --ept-pages 2m
exact demand 'ops=8 page=2m' '8 0 exception_nmi 8 fill_large 8' --paging shadow --ept-pages 2m

# The console: two exits a byte trapped (status, data), one a chunk of 64 bytes paravirtual.
tap_ok 'console ops=640, native' run console ops=640 --paging native
exact console ops=640 '1280 0 io_instruction 1280 uart 1280' --io trapped
exact console ops=640 '10 0 vmcall 10 console 10' --io pv
exact console ops=640 '1280 0 io_instruction 1280 uart 1280' --io trapped --paging shadow
exact console ops=640 '10 0 vmcall 10 console 10' --io pv --paging shadow

# Without VPID nothing has to be flushed; with --count-flushes EPT counts the guest's own,
# and does them for it.
exact ctxswitch ops=1000 '1000 0 cr_access 1000' --paging shadow --no-vpid
exact ctxswitch ops=1000 '1000 0 cr_access 1000 invvpid_nonglobal guest_cr3 1000 guest_cr3 guest_cr3 1000' --paging ept --count-flushes
exact invlpg ops=1000 '1000 0 invlpg 1000 invvpid_address guest_invlpg 1000 guest_invlpg guest_invlpg 1000' --paging ept --count-flushes

tap_ok 'mixed rounds=2, native' run mixed rounds=2 --paging native
tap_ok 'mixed rounds=2, ept: the digest is native'\''s' run mixed rounds=2 --paging ept
tap_ok 'mixed rounds=2, shadow: the digest is native'\''s' run mixed rounds=2 --paging shadow

# Arguments that are none, and memory that is not there.
tap_fails 2 'an unknown key' bin/vtrun --timeout 20 workloads/cpuid.elf -- opps=7
tap_says '^cpuid: opps=7: not an argument' 'it says so'
tap_fails 2 'not a number' bin/vtrun --timeout 20 workloads/cpuid.elf -- ops=7x
tap_says '^guest: ops: not a whole number' 'it says so'
tap_fails 2 'zero operations' bin/vtrun --timeout 20 workloads/cpuid.elf -- ops=0
tap_fails 2 'an unknown choice' bin/vtrun --timeout 20 workloads/demand.elf -- page=3m
tap_says '^guest: page: not one of: 4k 2m' 'it says so'
tap_fails 2 'more memory than there is' bin/vtrun --timeout 20 workloads/demand.elf -- ops=1000000
tap_says 'more memory needed' 'it says so'
tap_done
