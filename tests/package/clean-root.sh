#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/run: timeout 1200
# make check-deb: the packages of deb/ install into a clean Debian, pass their own tests (debian/tests) there, and go without
# a trace. As root. The Debian is made by debootstrap, or copied from $CLEAN_ROOT, a directory that holds one.
. "$SRCDIR/tests/tap.sh"

root=$tap_dir/root
deb=$(echo "$PWD"/deb/vtscope_*_amd64.deb)
# In a mount namespace, nothing that is mounted here outlives the script.
if [ -z "${CLEAN_ROOT_INSIDE-}" ]; then
	rm -rf "$tap_dir"
	[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP not root"; exit; }
	[ -n "${CLEAN_ROOT-}" ] || command -v debootstrap >/dev/null || { echo "1..0 # SKIP no debootstrap, no CLEAN_ROOT"; exit; }
	CLEAN_ROOT_INSIDE=1 exec unshare --mount --propagation private bash "$0"
fi

# inside COMMAND...: in the clean root, with nothing of this environment but a proxy.
inside()
{
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C \
		${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} chroot "$root" "$@" </dev/null
}
get() { inside apt-get install -q -y --no-install-recommends "$@"; }
files() { inside find / -xdev -name '*vtscope*' -not -path '/proc/*' -not -path '/var/log/*' -not -path '/var/cache/*' -not -path '/deb*'; }

make_root()
{
	if [ -n "${CLEAN_ROOT-}" ]; then
		cp -a --reflink=auto "$CLEAN_ROOT" "$root"
	else
		debootstrap --variant=minbase "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$root"
	fi || return
	mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" || return
	cp -a /etc/apt/. "$root/etc/apt/"
	cp /etc/resolv.conf "$root/etc/" 2>/dev/null
	mkdir "$root/deb" && cp "${deb%/*}"/*.deb "$SRCDIR"/debian/tests/* "$root/deb/" && inside apt-get update -q
}
trap 'umount -R "$root/dev" "$root/proc" 2>/dev/null; rm -rf --one-file-system "$tap_dir"' EXIT

tap_ok "a clean root" make_root
tap_ok "it knows nothing of vtscope" test -z "$(files)"
tap_ok "vtscope installs, with what it depends on" get "/deb/${deb##*/}"
tap_ok "the smoke test passes" inside /deb/smoke
tap_says "^smoke: all is well" "to its end"
dev=$(cd "$root/deb" && echo vtscope-dev_*)
tap_ok "vtscope-dev installs" get "/deb/$dev" gcc libc6-dev make
tap_ok "the example guest builds and runs" inside /deb/guest
tap_ok "both go" inside apt-get purge -q -y vtscope vtscope-dev
tap_result "$([ -z "$(files)" ]; echo $?)" "without a trace $(files | tr '\n' ' ')"
tap_done
