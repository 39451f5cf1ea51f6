#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# KVM's exits as this host's kernel reports them: counts equal what the guest provoked.
# shellcheck source=../tap.sh
. "$SRCDIR/tests/tap.sh"
# shellcheck source=../kvm/kvm.sh
. "$SRCDIR/tests/kvm/kvm.sh"
kvm_skip

is()
{
	tap_ok "$1" test "$2" = "$3" || echo "# $2, expected $3"
}

# How this kernel names port I/O: the processor's exit, or the return to user space.
record_options=
tap_ok "record a VM until its process ends" kvm_record "$tap_dir/one" --user out=1000 in=300 mmio_write=70 \
	mmio_read=30
tap_says ' 0 lost$' "nothing was lost"
reasons=$(kvm_value '" ".join(sorted(map(str, reasons)))' "$tap_dir/one")
case $reasons in
*user_io*) io=user_io mmio=user_mmio ;;
*svm_ioio*) io=svm_ioio mmio=svm_npf ;;
*) io=io_instruction mmio=ept_misconfig ;;
esac
echo "# exits here: $reasons"
# Each of the four phases ends with one more write to a port. Where the processor's exits are seen, the last
# one is followed by no entry.
open=$([ $io = user_io ] && echo 0 || echo 1)
is "port exits" "$(kvm_value "reasons['$io']['count']" "$tap_dir/one")" $((1000 + 300 + 4 - open))
is "memory exits" "$(kvm_value "reasons['$mmio']['count']" "$tap_dir/one")" 100
is "port requests" "$(kvm_value "sum(r['requests'] for r in root['io_requests'] if r['device'] == 'kvm_port')" \
	"$tap_dir/one")" 1304
is "memory requests and bytes" "$(kvm_value "*[(r['requests'], r['bytes']) for r in root['io_requests'] if r['device'] == 'kvm_mmio']" \
	"$tap_dir/one")" "(100, 400)"
is "what the guest saw" "$(awk '{ sum += $2 } END { print sum }' "$tap_dir/guest")" 1404
is "the unit" "$(kvm_value "root['unit'], root['env']['engine']" "$tap_dir/one")" "ns kvm"
is "it ended with the process" "$(kvm_value "root['vm_stop']['how']" "$tap_dir/one")" process_ended
tap_ok "the trace reads as text" $exitstat report "$tap_dir/one"
tap_says "in ns$" "  with its unit"
tap_ok "a histogram" $exitstat hist "$tap_dir/one" --reason $io
if command -v babeltrace2 >/dev/null; then
	tap_ok "babeltrace2 reads it" babeltrace2 "$tap_dir/one" -o text -w "$tap_dir/text"
	is "  and counts the same" "$(grep -c "exit: .*reason = ( \"$io\"" "$tap_dir/text")" $((1304 - open))
else
	tap_skip "babeltrace2 reads it" "no babeltrace2"
fi

tap_ok "three vCPUs" kvm_record "$tap_dir/three" --user --vcpus 3 out=500
is "  their exits" "$(kvm_value "reasons['$io']['count']" "$tap_dir/three")" $((3 * (501 - open)))
is "  a stream each" "$(ls "$tap_dir/three" | tr '\n' ' ')" "metadata vcpu0 vcpu1 vcpu2 "

# A thread that is preempted for longer than it wanted to sleep then does not sleep any more: on a busy machine a few
# switches are less than the exits.
tap_ok "a VM whose user space sleeps 2 ms an exit" kvm_record "$tap_dir/sleep" --user --sleep-us 2000 mmio_read=40
is "  is scheduled out that long" "$(kvm_value "host['$mmio']['off_cpu'] >= 40 * 2000000, host['$mmio']['switches'] >= 30" \
	"$tap_dir/sleep")" "True True"
is "  and that is most of the time" "$(kvm_value "host['$mmio']['off_cpu'] > host['$mmio']['sum'] * .8" \
	"$tap_dir/sleep")" True
is "  the parts are never more than the whole" "$(kvm_value "all(h['hypervisor'] + h['off_cpu'] + h['hard_irq'] + h['soft_irq'] + h['user'] == h['sum'] for h in host.values())" \
	"$tap_dir/sleep")" True
tap_ok "the slowest exits" $exitstat report --slowest 5 "$tap_dir/sleep"
tap_says "$mmio .* scheduled out\$" "  say why they were slow"
tap_ok "vmtop" bin-asan/vmtop --replay "$tap_dir/sleep" --once
tap_says "REASON.* HOST% +WHY\$" "  has a column for it"
tap_says "^$mmio .* [89][0-9]\.[0-9] +scheduled out *\$" "  which says it of the reason"
tap_ok "a histogram" $exitstat hist "$tap_dir/sleep" --reason $mmio
tap_says " scheduled out\$" "  says it of its exits"

$guest --user --sleep-us 2000 mmio_read=100000 >/dev/null &
now=$!
sleep 0.5
tap_fails 1 "diff with what a VM does now" $exitstat diff "$tap_dir/sleep" --source kvm --pid $now --for 1
tap_says "^exit +$mmio +count +4[01] +[1-9][0-9]+" "  by the figures"
tap_fails 2 "diff with no such VM" $exitstat diff "$tap_dir/sleep" --source kvm --vm nosuch --for 1
tap_fails 2 "diff with --for alone" $exitstat diff "$tap_dir/sleep" --for 1
kill $now

# A kernel that lacks tracepoints, as far as a reader can see.
without()
{
	# shellcheck disable=SC2016
	unshare -m sh -c 'mount -t tmpfs none /sys/kernel/debug; mount -t tmpfs none /sys/kernel/tracing/events/kvm/kvm_mmio && exec "$@"' sh "$@"
}
$guest --user mmio_read=1000000 >/dev/null &
other=$!
sleep 0.5
if [ "$(id -u)" = 0 ] && without true 2>/dev/null; then
	tap_ok "a kernel without kvm_mmio" without $exitstat report --source kvm --pid $other --for 1
	tap_says '^exitstat: KVM: this kernel has no tracepoints kvm_mmio: what they tell is left out$' "  it is said"
	tap_says "^$mmio .*[1-9]" "  exits are there"
	cp "$tap_dir/output" "$tap_dir/without"
	is "  once" "$(grep -c 'this kernel has' "$tap_dir/without")" 1
	is "  but no requests" "$(grep -c '^kvm_mmio ' "$tap_dir/without")" 0
	tap_ok "vmtop there" without bin-asan/vmtop --source kvm --pid $other --batch -n 1 --interval 0.5
	tap_says '^vmtop: KVM: this kernel has no tracepoints kvm_mmio: what they tell is left out$' "  says it"
else
	tap_skip "a kernel without kvm_mmio" "hiding it takes root"
fi
kill $other

# Eight exits go through the ring at once; those that are left over are no fewer exits.
record_options=--exits-only
tap_ok "exits only" kvm_record "$tap_dir/only" --user --vcpus 3 out=204
is "  no details" "$(kvm_value "reasons['$io']['count'], len(root['io_requests']), len(host), root['lost']" "$tap_dir/only")" \
	"$((3 * (205 - open))) 0 0 0"
$guest --user --sleep-us 300000 out=100 >/dev/null &
slow=$!
sleep 0.5
tap_ok "exits that come slowly" sh -c "$exitstat report --json --source kvm --pid $slow --exits-only --for 2 >$tap_dir/slow"
kill $slow
is "  do not wait for more to come" "$(python3 -c "import json; print(2 <= json.load(open('$tap_dir/slow'))['exits'] < 8)")" True
record_options=

# 8 MiB hold 127096 exits, which come by eight, in 528 bytes.
record_options=--exits-only
stalled=yes
tap_ok "a reader of exits alone that does not read" kvm_record "$tap_dir/stalled" --user out=140003
is "  what is missing is known exactly" "$(kvm_value "reasons['$io']['count'] + root['lost'], root['lost'] > 8000" \
	"$tap_dir/stalled")" "$((140004 - open)) True"
record_options= stalled=
tap_ok "  and said" $exitstat report "$tap_dir/stalled"
tap_says 'events were LOST' "  in the report"
if command -v babeltrace2 >/dev/null; then
	tap_ok "  with its cause" sh -c "babeltrace2 $tap_dir/stalled | grep 'lost: .*ring_full'"
else
	tap_skip "  with its cause" "no babeltrace2"
fi
tap_done
