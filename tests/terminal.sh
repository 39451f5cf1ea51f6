# SPDX-License-Identifier: GPL-2.0-only
# For tests that drive a program in a real terminal (tmux): . "$SRCDIR/tests/terminal.sh" after tap.sh. The test kills the
# server when it ends: mux kill-server.

mux() { tmux -L "terminal-$$" -f /dev/null "$@"; }

# terminal COLUMNS LINES: one, with a shell in it.
terminal()
{
	mux new-session -d -x "$1" -y "$2" "env PS1='ready> ' bash --norc --noprofile"
}

keys() { mux send-keys "$@"; }

# sees PATTERN [SECONDS]: until the screen has a line that matches; leaves it in $tap_dir/output.
sees()
{
	local end=$((SECONDS + ${2:-20}))
	until mux capture-pane -p >"$tap_dir/output" && grep -qE -e "$1" "$tap_dir/output"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# screen WHAT PATTERN: a test point of that.
screen()
{
	sees "$2"
	tap_result $? "$1"
	grep -qE -e "$2" "$tap_dir/output" || { echo "# not seen: $2"; sed 's/^/# /' "$tap_dir/output"; }
}
