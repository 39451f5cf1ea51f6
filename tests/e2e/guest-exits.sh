#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 300
# Every basic exit reason (EXIT_REASON in trace/events.def) is provoked on the processor by a guest here, as its trace
# shows, or named below with what the processor lacks. None brings the VMM down: the guest goes on, or its VM ends by name.
. "$SRCDIR/tests/tap.sh" || exit 1

if ! command -v "${BOCHS:-bochs-bin}" >/dev/null; then
	echo "1..0 # SKIP no Bochs"
	exit
fi

declare -A provoked

# reasons_of TRACE: a line each.
reasons_of()
{
	local i n
	bin/exitstat report "$1" --json >"$tap_dir/json" || return
	n=$(tests/exitstat-json reasons <"$tap_dir/json")
	for ((i = 0; i < n; i++)); do
		tests/exitstat-json "reasons.$i.reason" <"$tap_dir/json" | tr -d '"'
	done
}

# provokes REASONS STATUS GUEST OPTIONS... [-- ARGS]: vtrun's status, and each of the reasons is in the trace.
provokes()
{
	local wanted=$1 status=$2 guest=$3 options=() reason
	shift 3
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	rm -rf "$tap_dir/record"
	tap_fails "$status" "$guest ${options[*]#--} $*: status $status" \
		bin/vtrun --timeout 20 --record "$tap_dir/record" "${options[@]}" "tests/guest/$guest.elf" "$@"
	cp "$tap_dir/output" "$tap_dir/said"
	reasons_of "$tap_dir/record" >"$tap_dir/reasons"
	for reason in $wanted; do
		tap_ok "  provokes $reason" grep -qx "$reason" "$tap_dir/reasons"
	done
	while read -r reason; do
		: "${provoked[$reason]:=$guest ${options[*]} $*}"
	done <"$tap_dir/reasons"
}

# said PATTERN WHAT: vtrun's last output has that line.
said()
{
	tap_ok "  $2" grep -qE -e "$1" "$tap_dir/said"
}

# ends REASON GUEST OPTIONS... [-- ARGS]: that exit ends the VM, as the only one of its kind, and vtrun says so.
ends()
{
	local reason=$1
	shift
	provokes "$reason" 126 "$@"
	said "ended by the VMM: unhandled_exit .*, $reason, guest RIP" 'vtrun names it'
	tap_ok '  so does the trace' grep -qx '"unhandled_exit"' \
		<(tests/exitstat-json vm_stop.how <"$tap_dir/json")
}

hooks='--vmm vmm-test.elf --ept-pages 4k'

# What a guest can do by itself.
provokes 'cpuid ept_violation io_instruction cr_access rdrand rdseed vmcall' 0 cpuid
provokes 'rdmsr wrmsr' 0 msr
provokes 'xsetbv' 0 control
provokes 'vmclear vmlaunch vmptrld vmptrst vmread vmresume vmwrite vmxoff vmxon invept invvpid' 0 vmx
provokes 'exception_nmi invlpg' 0 exceptions --paging shadow
provokes 'rdtsc rdtscp pause dr_access gdtr_idtr_access ldtr_tr_access' 0 intercept \
	--intercept rdtsc,pause,dr,descriptors
provokes 'preemption_timer' 0 boot --tick 1000
provokes 'apic_access apic_write virtualized_eoi' 0 apic_mmio
provokes 'hlt' 126 wild -- how=halt
provokes 'triple_fault' 126 wild -- how=triple
for state in off:ept 32bit:ept pae:ept off:shadow 32bit:shadow pae:shadow; do
	for by in call:CALL jmp:JMP iret:IRET 'gate:a task gate in the IDT'; do
		ends task_switch tasks --paging "${state#*:}" -- by="${by%:*}" paging="${state%:*}"
		said "^vmm: a hardware task switch, by ${by#*:} to TSS selector 0x20: .*switch tasks in software$" \
			'why, and what to do'
	done
done

# What comes from the machine, or from controls that only vmm-test.elf switches on.
# Options are words.
# shellcheck disable=SC2086
for paging in ept shadow; do
	p="$hooks --paging $paging"
	provokes 'interrupt_window nmi_window' 0 events $p
	provokes 'invd wbinvd rdpmc monitor mwait' 0 exits $p -- how=instructions
	provokes 'external_interrupt' 0 exits $p -- how=interrupt
	tap_ok '  once: its like are held back' grep -qx 1 \
		<(tests/exitstat-json reasons.reason=external_interrupt.count <"$tap_dir/json")
	provokes 'exception_nmi' 0 exits $p -- how=nmi
	provokes 'invpcid' 0 exits $p -- how=invpcid
	provokes 'vmfunc' 0 exits $p -- how=vmfunc
	provokes 'xsaves xrstors' 0 exits $p --cpu tigerlake -- how=xsaves
	ends init_signal exits $p -- how=init
	said '^vmm: INIT: the machine resets its processor$' 'and says what it is'
	ends tpr_below_threshold exits $p --no-apicv -- how=tpr
	ends monitor_trap_flag exits $p --cpu corei7_icelake_u -- how=monitor_trap_flag
	provokes 'entry_guest_state' 126 exits $p -- how=entry_guest_state
	provokes 'entry_msr_loading' 126 exits $p -- how=entry_msr_loading
done
# shellcheck disable=SC2086
for how in apic_access apic_write virtualized_eoi pml_full ept_misconfig; do
	ends $how exits $hooks --no-apicv -- how=$how
done
# shellcheck disable=SC2086
ends spp exits $hooks --cpu corei7_icelake_u -- how=sub_page

# A start-up IPI takes two processors: Bochs gets vtrun's configuration (-f), changed on its way.
cat >"$tap_dir/bochs-two" <<'end'
#!/bin/bash
arguments=("$@")
for ((i = 0; i < $#; i++)); do
	if [ "${arguments[i]}" = -f ]; then
		exec {config}< <(sed 's/count=1/count=2/' "${arguments[i + 1]}")
		arguments[i + 1]=/proc/self/fd/$config
	fi
done
exec "$BOCHS_ONE" "${arguments[@]}"
end
chmod +x "$tap_dir/bochs-two"
export BOCHS_ONE=${BOCHS:-bochs-bin}
# shellcheck disable=SC2086
BOCHS=$tap_dir/bochs-two ends sipi exits $hooks -- how=sipi
# Without it nothing wakes the processor any more, but vtrun.
# shellcheck disable=SC2086
provokes vmcall 124 exits $hooks --timeout 4 -- how=sipi

# What no model of the processor can give: the bit of an MSR that would have to be set (in hexadecimal and decimal), or
# none where it has no say, and why.
cat >"$tap_dir/lacking" <<'end'
io_smi 480 49 exits for system-management interrupts take the dual-monitor treatment
other_smi 480 49 exits for system-management interrupts take the dual-monitor treatment
rsm 480 49 outside system-management mode it is an invalid opcode; inside, it exits under the dual-monitor treatment only
getsec 489 14 CR4.SMXE cannot be set, and without it GETSEC is an invalid opcode
encls 48b 47 no ENCLS exiting: no SGX
enclv 48b 60 no ENCLV exiting: no SGX
pconfig 48b 59 no PCONFIG
umwait 48b 58 no user wait
tpause 48b 58 no user wait
loadiwkey 482 49 no tertiary controls
enqcmd_pasid 48b 53 no PASID translation
enqcmds_pasid 48b 53 no PASID translation
bus_lock 48b 62 no bus-lock detection
notify_window 48b 63 no notification window
entry_machine_check - - the emulator has no machine checks
seamcall - - no Trust Domain Extensions
tdcall - - no Trust Domain Extensions
end

models='corei7_skylake_x corei7_haswell_4770 corei7_icelake_u tigerlake'
for model in $models; do
	# shellcheck disable=SC2086
	tap_ok "$model: what it can do" bin/vtrun --timeout 60 $hooks --cpu $model tests/guest/exits.elf -- \
		how=capabilities
	sed -n 's/^msr //p' "$tap_dir/output" >"$tap_dir/$model"
done

# lacks MSR BIT: on every model.
lacks()
{
	local model value
	for model in $models; do
		value=$(sed -n "s/^$1 //p" "$tap_dir/$model")
		[ -n "$value" ] || { echo "$model: no MSR 0x$1"; return 1; }
		((0x$value >> $2 & 1)) && { echo "$model has it: MSR 0x$1 bit $2 is set"; return 1; }
	done
	return 0
}

while read -r reason msr bit why; do
	[ "$msr" = - ] || tap_ok "no processor gives $reason: $why" lacks "$msr" "$bit"
done <"$tap_dir/lacking"

# covered REASON: by a trace, or by name, and not by both.
covered()
{
	local named=no
	grep -q "^$1 " "$tap_dir/lacking" && named=yes
	echo "provoked by: ${provoked[$1]:-nothing}; named as impossible: $named"
	if [ -n "${provoked[$1]-}" ]; then
		[ $named = no ]
	else
		[ $named = yes ]
	fi
}

sed -n 's/^EXIT_REASON([A-Z0-9_]*, *[0-9]*, *\([a-z0-9_]*\),.*/\1/p' "$SRCDIR/trace/events.def" >"$tap_dir/rows"
tap_ok 'the rows of events.def are all seen' test "$(wc -l <"$tap_dir/rows")" = \
	"$(grep -c '^EXIT_REASON(' "$SRCDIR/trace/events.def")"
while read -r reason; do
	tap_ok "covered: $reason" covered "$reason"
done <"$tap_dir/rows"
tap_done
