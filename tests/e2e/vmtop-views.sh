#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 180
# vmtop's views over a trace whose every figure is known (tests/unit/vmtop_rich.c): as text, as JSON, and in a
# real terminal (tmux).
. "$SRCDIR/tests/tap.sh"
. "$SRCDIR/tests/terminal.sh"

export ASAN_OPTIONS=handle_segv=0
export XDG_CONFIG_HOME=$tap_dir/config
vmtop=$PWD/bin-asan/vmtop
trace=$tap_dir/trace
symbols=$tap_dir/symbols
unit/vmtop-source rich "$trace"
printf '000000000000%s t %s\n' 1000 alpha 1020 beta 2000 gamma 3000 end >"$symbols"

# ---- as text: exits are known from vmtop-text ----
view() { tap_ok "--view $1" $vmtop --replay "$trace" --once --view "$@"; }
view exits
tap_says '^200 +7 +9\.3 +0\.0 +70 +10 +10\.0( +10){5}$' "an exit reason without a name keeps its number"
view flushes
tap_says '^FLUSH \(times: instr\) +CAUSE +COUNT +/S TRACE SHARE +EXITS ' "headings"
tap_says '^invvpid_address +shadow_zap +100 +132\.8 +97\.1 +100 +23\.9 +90000 +900 +900\.0( +900){5}$' "flushes by kind and cause, and what their exits took"
tap_says '^99 +77 +3 +4\.0 +2\.9 +3 ' "raw numbers of an unknown kind and cause"
view memory
tap_says '^fill +shadow_fault +200 +265\.6 +66\.7 +37\.2 +140000 +4000 +819200 +700 +700\.0' "faults by resolution, memory cleared and mapped"
tap_says '^all of them +300 ' "and all of them"
view io
tap_says '^virtio_blk +pv +200 +265\.6 +102400 +50 +0\.25 +500\.0 +26\.6 +100000 +2000 ' "requests, bytes, exits and time a request"
tap_says '^ata +trapped +40 +53\.1 +80 +40 +1\.00 +300\.0 ' "trapped ones apart"
tap_says '^1234 +55 +2 ' "raw numbers of an unknown device and way"
tap_says '^all requests +242 +321\.3 +102480 +92 +0\.38 ' "an exit with four requests counts once in all"
view hot
tap_says '^0x2000 +461 +612\.1 +60\.6 +91\.7 +344670 ' "hot spots by RIP"
view hot --guest "$symbols"
tap_says '^alpha +150 +199\.2 +19\.7 +4\.2 +15675 ' "hot spots by function"
view cr3
tap_says '^0x6000 +150 +199\.2 +135000 +89\.6 +4\.2 +15750 ' "exits and guest time by CR3"
view vms
tap_says '^twin +ended +761 +1010\.5 +27\.9 +27\.8 +44\.3 +377070 +376020 +600000 ' "a VM: guest, VMM and idle share"
tap_says '^twin vcpu1 +60 +79\.7 +0\.0 +0\.4 +99\.6 ' "its vCPUs"
view phases
tap_says '^warm +1 +300 +300 +398\.4 +71000 +0 +1\.00 +766\.7 +61\.2 +230000 ' "a phase: runs, operations, exits, time"
tap_says '^io +1 +240 +90 +119\.5 +34000 +0 +0\.38 +466\.7 ' "another"
tap_says '^\(outside\) +0 +0 +371 ' "what is in none, with the marks' own exits"

# ---- filter, top, sort ----
view exits --top 2
tap_says '^other \(5 rows\) +161 +213\.8 +30\.5 +114670 +- +712\.2( +-){5}$' "the rest adds up, without percentiles"
view exits --filter CPU
tap_says '^cpuid +300 ' "--filter keeps what matches, in either case"
tap_says '^other \(6 rows\) +461 ' "and puts the others together"
tap_result "$([ "$(grep -cE '^(hlt|vmcall|200) ' "$tap_dir/output")" = 0 ]; echo $?)" "no other row is left"
tap_says '^only names with "CPU"$|only names with "CPU"' "and it is said"
view io --sort time_each
tap_result "$([ "$(sed -n 8p "$tap_dir/output" | cut -d' ' -f1)" = virtio_blk ]; echo $?)" "--sort by a column of the view"
tap_fails 2 "--sort by another view's column" $vmtop --replay "$trace" --once --view io --sort why
tap_says '^vmtop: --sort why: no such column: give one of device, way, ' "names those there are"
tap_fails 2 "--view x" $vmtop --view x
tap_says '^vmtop: --view x: no such view: give one of exits, flushes, ' "names the views"
tap_fails 2 "--guest of no symbols" $vmtop --replay "$trace" --once --guest /dev/null

# ---- a row opened ----
row() { tap_ok "--row $2 of $1" env LC_ALL=C $vmtop --replay "$trace" --once --interval 0.05 --guest "$symbols" --view "$1" --row "$2"; }
row exits cpuid
tap_says '^exits by reason:  cpuid$' "its name"
tap_says '^COUNT 300  /S 398\.4  VMM% 8\.3  TIME 31350 instr ' "its figures, with the unit"
tap_says '^each of the last 16 steps, 0\.7531 s of trace time$' "its time series"
tap_says '^@@@@@@\.$' "as columns, in ASCII for want of UTF-8"
tap_says '^ +109 +30  #{24}$' "its histogram"
tap_says '^0x1, subleaf 0x0 +100 +33\.3 +104$' "by CPUID leaf"
tap_says '^alpha +150 +50\.0 +104$' "by guest function"
row exits exception_nmi
tap_says '^14 +300 +100\.0 +766$' "by vector"
row exits io_instruction
tap_says '^0x1f0 out +40 +100\.0 +300$' "by port"
row memory fill
tap_says '^0x10000 +40 +20\.0 +700$' "by page"
tap_says '^4 KiB +200 +100\.0 +700$' "by size of the mapping"
row flushes invvpid_address
tap_says '^0x400000 +100 +100\.0 +900$' "by address"
row hot alpha
tap_says '^0x1010 +75 +50\.0 +10[0-9]$' "a function by RIP"
row phases warm
tap_says '^exception_nmi +300 +100\.0 +766$' "a phase by exit reason"
row vms "twin vcpu1"
tap_says '^hlt +60 +100\.0 +40$' "a vCPU by exit reason"
row exits "all exits"
tap_says '^cpuid +300 +39\.4 +104$' "all exits by reason"
row exits nothing
tap_says '^COUNT 0 ' "a row that is not there has nothing"
tap_ok "UTF-8" env LC_ALL=C.UTF-8 $vmtop --replay "$trace" --once --interval 0.05 --row cpuid
tap_says '^██████▁$' "blocks where the locale has them"
tap_ok "--ascii" env LC_ALL=C.UTF-8 $vmtop --replay "$trace" --once --interval 0.05 --row cpuid --ascii
tap_says '^@@@@@@\.$' "and not where they are not wanted"
tap_ok "JSON: a row" $vmtop --replay "$trace" --once --json --interval 0.1 --view io --row virtio_blk
tap_says '"row":\{"device":"virtio_blk",.*"histogram":\[\{"low":2000,"high":2015,"count":50\}\],"series":\[\{"seconds":0\.1,"count":0,"time":0\.0\},.*"by":\{"address":\[\{"name":"0x0","count":200,"time":100000\}\]' "JSON: latencies, series, breakdowns"

# ---- as JSON: every view, the same figures, adding up ----
for name in exits flushes memory io hot cr3 vms phases; do
	tap_ok "JSON: $name" $vmtop --replay "$trace" --once --json --view $name
	tap_says "\"view\":\"$name\",\"other\":null" "JSON: $name: names the view"
done
tap_ok "JSON: top" $vmtop --replay "$trace" --once --json --view io --top 1
tap_says '"other":\{"device":"other \(2 rows\)","way":"","count":42,.*"min":null,' "JSON: other"
tap_ok "JSON: io" $vmtop --replay "$trace" --once --json --view io
tap_says '\{"device":"virtio_blk","way":"pv","count":200,"per_second":[0-9.]+,"bytes":102400,"exits":50,"exits_each":0\.25,"time_each":500\.0,' "JSON: a row of a view"
# Intervals of every view add up to the whole.
status=0
for name in exits flushes memory io hot cr3 phases; do
	total=$($vmtop --replay "$trace" --once --json --view $name | grep -o '"all":{[^}]*"count":[0-9]*' | grep -o '[0-9]*$')
	sum=$($vmtop --replay "$trace" --json --interval 0.05 --view $name |
		grep -o '"all":{[^}]*"count":[0-9]*' | grep -o '[0-9]*$' | paste -sd+)
	[ -n "$total" ] && [ $((sum)) = "$total" ] || { status=1; echo "# $name: $((sum)), not $total"; }
done
tap_result $status "the intervals of every view add up"
tap_ok "--batch --total" $vmtop --replay "$trace" --batch --total --interval 0.3
tap_result "$([ "$(grep -o '^all exits *[0-9]*' "$tap_dir/output" | grep -o '[0-9]*$' | tr '\n' ' ')" = "298 598 761 " ]; echo $?)" "figures since the beginning grow"

# Records of which every bit is a matter of chance.
status=0
for i in 1 2 3; do
	unit/vmtop-source wild "$tap_dir/wild$i" "$i"
	for name in exits flushes memory io hot cr3 vms phases; do
		for options in "--batch --interval 0.5" "--once --json" "--once --json --row 0x0"; do
			$vmtop --replay "$tap_dir/wild$i" --view $name $options >"$tap_dir/output" 2>&1 ||
				{ status=1; tail -3 "$tap_dir/output" | sed "s/^/# $name: /"; }
		done
	done
	$vmtop --compare "$trace" "$tap_dir/wild$i" --json --interval 0.1 >"$tap_dir/output" 2>&1 || status=1
done
tap_result $status "traces of random records in every view"

if ! command -v tmux >/dev/null; then
	tap_skip "the views in a terminal" "no tmux"
	tap_done
	exit
fi

# ---- in a terminal ----
trap 'mux kill-server 2>/dev/null; rm -rf "$tap_dir"' EXIT
terminal 110 30
# lacks WHAT PATTERN: a test point: the screen comes to have no such line.
lacks()
{
	local end=$((SECONDS + 10)) status=0
	while mux capture-pane -p | grep -qE -e "$2"; do
		[ $SECONDS -lt $end ] || { status=1; break; }
		sleep 0.05
	done
	tap_result $status "$1"
}
sees 'ready>$'
keys "$vmtop --replay $trace --guest $symbols" Enter
sees '^vmtop lost 0  twin  replaying|^vmtop lost 0  twin  ended'
keys End
screen "exits first" '^cpuid +300 '
keys T
screen "T: flushes" '^invvpid_address +shadow_zap +100 '
screen "T: the view's name" '^TLB flushes by kind and cause$'
keys M
screen "M: violations and faults" '^fill +shadow_fault +200 '
keys D
screen "D: devices" '^virtio_blk +pv +200 .* 0\.25 +500\.0 '
keys z
screen "z: sorted by time a request" 'TIME/RQ'
keys G
screen "G: guest code" '^gamma +461 '
keys C
screen "C: roots" '^0x6000 +150 '
keys V
screen "V: VMs" '^twin vcpu1 +60 '
keys P
screen "P: phases" '^warm +1 +300 +300 '
keys E
screen "E: exits again" '^cpuid +300 '
keys /
screen "/: a filter is asked for" '^show only names with: _'
keys h l
screen "as it is typed, rows go" '^other \(6 rows\) +701 '
screen "and the one stays" '^hlt +60 '
keys Enter
screen "Enter: it stays" '^only names with "hl"$|only names with "hl"'
keys Escape
screen "Esc: all again" '^cpuid +300 '
lacks "nothing is left out" '^other'
keys Down Down
tap_result "$(sleep 0.3; mux capture-pane -pe | grep -E 'exception_nmi|cpuid' | grep -c '44m' | grep -qx 1; echo $?)" "Down: one row is marked"
mux resize-window -x 80 -y 14
screen "a low screen: what has no room is put together" '^other \([0-9] rows?\) +[0-9]+ '
keys Down Down Down Down Down Down
screen "Down: the table scrolls" '^vmcall +4 '
mux resize-window -x 110 -y 30
mux resize-window -x 130 -y 40
screen "a wide screen: the course of each rate" '^REASON .* RATE, ITS COURSE'
keys D E Down Down Up Enter
screen "Enter: the row opens" '^exits by reason:  (cpuid|exception_nmi)$'
screen "its histogram beside what it is made of" '^ +FROM +COUNT  latency in instr +by '
keys Escape
screen "Esc: back" '^cpuid +300 '
keys D Escape
sees '^virtio_blk'
keys e C-u "$tap_dir/seen.txt" Enter
screen "e: what is seen is written" 'seen\.txt: written'
tap_result "$(grep -qE '^virtio_blk +pv +200 ' "$tap_dir/seen.txt"; echo $?)" "as text"
keys Down Enter
screen "a device opened" '^I/O by device:  '
keys e C-u "$tap_dir/seen.json" Enter
screen "e: and as JSON" 'seen\.json: written'
tap_result "$(grep -q '"view":"io".*"row":{"device":' "$tap_dir/seen.json"; echo $?)" "with the row"
keys e C-u "$tap_dir/no/such" Enter
screen "e: a file that cannot be written is said" 'no/such: No such file'
keys Escape
mux resize-window -x 110 -y 30
keys p
screen "PAUSED" '^vmtop PAUSED'
keys D
screen "another view while paused" '^virtio_blk +pv +200 '
keys p q
screen "q" 'ready>$'

# ---- settings are kept, and the command line goes first ----
tap_result "$(grep -qx 'view = io' "$tap_dir/config/vtscope/vmtop" && grep -qx 'sort.io = time_each' "$tap_dir/config/vtscope/vmtop"; echo $?)" "the view and its order are kept"
keys clear Enter "$vmtop --replay $trace --interval 0.05" Enter
screen "the next time it begins with them" '^I/O by device$'
keys r q
sees 'ready>$'
tap_result "$(grep -qx 'sort.io = -time_each' "$tap_dir/config/vtscope/vmtop"; echo $?)" "the other way round"
printf 'view = nonsense\nsort.io = \nsort.x = y\n\001\n= =\nfigures = total\n' >"$tap_dir/config/vtscope/vmtop"
keys clear Enter "$vmtop --replay $trace --interval 0.05 --view cr3" Enter
screen "a view given; a damaged file of settings" '^exits by guest CR3$'

# ---- seeking ----
keys E End
screen "End: the end" 'ended: guest_exit'
keys - - - - - - - - - - '['
screen "[: ten intervals back" 'replaying [0-9]+ %'
screen "at a thousandth of the speed" ' at 0\.000976562x'
screen "as much is counted as had happened then" '^cpuid +25[0-9] .*'
screen "in total, as the settings say" 'total, 0\.25 s of trace time'
keys Left
screen "Left: one back" 'total, 0\.20 s of trace time'
screen "and so many exits" '^cpuid +20[0-9] '
keys ']'
screen "]: ten forward" 'total, 0\.70 s of trace time'
screen "not all of the devices" '^ept_misconfig +[1-4][0-9] '
keys Home
screen "Home: the start" 'total, 0\.00 s of trace time'
keys ']'
sees 'total, 0\.50 s'
keys p
screen "paused" '^vmtop PAUSED.*total, 0\.50 s'
keys Home
screen "going back ends the pause" '^vmtop lost 0 .* total, 0\.00 s'
keys End
screen "End: all of it" '^events 1472  exits 761  lost 0$'

# ---- the mouse, as a terminal reports it ----
report() { keys -l "$(printf '\033[M%b%b%b' "\\$(printf %03o $((32 + $1)))" "\\$(printf %03o $((33 + $2)))" "\\$(printf %03o $((33 + $3)))")"; }
# press X Y: the left button, and let it go. wheel X Y: downwards.
press() { report 0 "$1" "$2"; report 3 "$1" "$2"; }
wheel() { report 65 "$1" "$2"; }
row_at() { mux capture-pane -p | sed -n "$1p" | cut -d' ' -f1; }
tap_result "$([ "$(mux display-message -p '#{mouse_any_flag}')" = 1 ]; echo $?)" "the mouse is listened to"
press 5 4
sleep 0.5
tap_result "$([ "$(row_at 7)" = 200 ]; echo $?)" "a click on the first heading sorts by it"
press 5 4
sleep 0.5
tap_result "$([ "$(row_at 7)" = vmcall ]; echo $?)" "a second one the other way"
press 5 8
sleep 0.3
press 5 8
screen "two clicks on a row open it" '^exits by reason:  hlt$'
keys Escape
sees '^REASON'
wheel 5 8
sleep 0.3
press 5 6
sleep 0.3 # a hand is no faster
press 5 6
screen "the wheel moves on, a click chooses another" '^exits by reason:  vmcall$'
kill -SEGV "$(pgrep -f "^$vmtop --replay $trace")"
sees 'ready>$'
tap_result "$([ "$(mux display-message -p '#{mouse_any_flag}')" = 0 ]; echo $?)" "no longer listened to, even after a crash"
tap_done
