#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# docs/trace-format.md is what trace/ says it is.
. "$SRCDIR/tests/tap.sh"

document=$SRCDIR/docs/trace-format.md

# value MACRO: its number in trace/.
value()
{
	sed -nE "s/^#define $1 +([0-9]+).*/\\1/p" "$SRCDIR"/trace/*.h
}

sed -n '/^<!-- from trace/,/^<!-- end of what/p' "$document" >"$tap_dir/documented"
unit/trace-tables >"$tap_dir/tables"
tap_ok "its tables are those of events.def (otherwise: make trace-format)" \
	diff "$tap_dir/documented" "$tap_dir/tables"
tap_ok "its version is that of the headers" \
	grep -q "version $(value VTS_ABI_VERSION) of the record, packet and ring layouts" "$document"
for magic in VTS_CTF_MAGIC VTS_RING_MAGIC VTS_PUBLISH_MAGIC CHECK_MAGIC; do
	number=$(sed -nE "s/^#define $magic +(0x[0-9a-fA-F]+)[uUlL]*.*/\\1/p" "$SRCDIR"/trace/*.h)
	tap_ok "$magic is as documented ($number)" grep -qi "$number" "$document"
done
tap_done
