#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# configure on machines that lack things: what it says, what it leaves out, what it asks for. The
# machine is real but for its PATH, its package database (an empty one) and the user.
. "$SRCDIR/tests/tap.sh"

chmod 755 "$tap_dir"
required="gcc libc6-dev make binutils libelf-dev libjansson-dev"

# path_without PATTERN NAME: a directory with links to all programs but those that match.
path_without()
{
	mkdir "$tap_dir/$2"
	find /usr/bin /usr/sbin -mindepth 1 -maxdepth 1 ! -type d | grep -vE "/($1)$" |
		xargs -d '\n' ln -sft "$tap_dir/$2"
}

# configure NAME [VAR=VALUE...] -- ARGS: run in a directory of its own.
configure()
{
	local name=$1 env=()
	shift
	while [ "$1" != -- ]; do
		env+=("$1")
		shift
	done
	shift
	mkdir -p "$tap_dir/run-$name"
	chmod 777 "$tap_dir/run-$name"
	(cd "$tap_dir/run-$name" && env -u CC -u CFLAGS -u BOCHS "${env[@]}" "${as_user[@]}" "$SRCDIR/configure" "$@")
}

as_user=()
tap_fails 1 "an unknown option is refused" configure unknown -- --no-such-option
tap_says "no-such-option" "and named"
tap_ok "--help names --install-deps" configure help -- --help
tap_says "--install-deps" "with its text"

path_without '(.*-)?(gcc|cc|c99|c89|clang|tcc)(-[0-9]+)?' nocc
tap_fails 1 "no C compiler: status 1" configure nocc PATH="$tap_dir/nocc" -- -q
tap_says "missing: cc.*" "it is named"
tap_says "apt-get install -y --no-install-recommends .*" "with the line that installs it"
tap_fails 1 "a compiler that does not work: status 1" configure badcc CC=/nonexistent/cc -- -q
tap_says "CC=/nonexistent/cc does not compile" "it is named"

path_without '(.*-)?(g?make|objcopy)(-[0-9]+)?' nomake
tap_fails 1 "no make, no objcopy: status 1" configure nomake PATH="$tap_dir/nomake" -- -q
tap_says "missing: make binutils" "both are named at once"
tap_says "^  apt-get install -y --no-install-recommends make binutils$" "with the line that installs just them"

path_without '.*(bochs|tmux|babeltrace|clang|xz).*' few
tap_ok "without optional programs it configures" configure few PATH="$tap_dir/few" -- CFLAGS=-O2
tap_says "^Bochs.* NO  .*no guest can run" "Bochs: the table says what its absence costs"
tap_says "^tmux .* NO .*screen" "tmux likewise"
tap_says "^C compiler +(gcc|cc|Debian).* [0-9]+\.[0-9]+" "the table says what was found"
tap_says "apt-get install .*bochs bochs-term .*tmux" "and the line that installs the rest"

# A link that fails for -lncursesw is a machine without it.
mkdir "$tap_dir/cc"
cat >"$tap_dir/cc/gcc" <<'S'
#!/bin/sh
case " $* " in *" -lncursesw "*) exit 1 ;; esac
exec /usr/bin/cc "$@"
S
chmod +x "$tap_dir/cc/gcc"
tap_ok "without ncursesw it configures" configure nocurses PATH="$tap_dir/cc:$PATH" --
tap_says "^ncursesw +NO .*vmtop: left out" "the table says that vmtop is left out"
tap_ok "make all then makes no vmtop" sh -c "! make -n -C '$tap_dir/run-nocurses' all | grep -w bin/vmtop"
tap_ok "which it makes elsewhere" sh -c "make -n -C '$tap_dir/run-few' all | grep -w bin/vmtop"
tap_ok "but the other programs" sh -c "make -n -C '$tap_dir/run-nocurses' all | grep -w bin/exitstat"

# --install-deps by a user who may not. (By one who may, on a bare machine: .ci/run.)
mkdir -p "$tap_dir/dpkg/updates" "$tap_dir/sudo"
: >"$tap_dir/dpkg/status"
printf '#!/bin/sh\nexit 1\n' >"$tap_dir/sudo/sudo"
chmod +x "$tap_dir/sudo/sudo"
if ! command -v dpkg-query >/dev/null; then
	tap_skip "--install-deps as an ordinary user" "no Debian system"
elif [ "$(id -u)" = 0 ] && ! setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$SRCDIR/configure"; then
	tap_skip "--install-deps as an ordinary user" "an ordinary user cannot read $SRCDIR"
else
	[ "$(id -u)" != 0 ] || as_user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	tap_fails 1 "--install-deps without the right to: status 1" \
		configure user DPKG_ADMINDIR="$tap_dir/dpkg" PATH="$tap_dir/sudo:$PATH" -- --install-deps
	tap_says "^  sudo apt-get install -y --no-install-recommends $required .*bochs .*clang-format" \
		"the exact line is printed"
	tap_ok "and nothing else is done" test ! -e "$tap_dir/run-user/config.log"
fi
as_user=()
path_without 'apt-get|dpkg.*' nodebian
tap_fails 1 "--install-deps on no Debian system: status 1" \
	configure nodebian PATH="$tap_dir/nodebian" -- --install-deps
tap_says "no Debian system" "it says so"
tap_done
