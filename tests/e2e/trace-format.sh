#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# docs/trace-format.md is what trace/ says it is.
. "$SRCDIR/tests/tap.sh"

document=$SRCDIR/docs/trace-format.md

# value MACRO: the number that trace/ gives it, without suffix; fails if there is none.
value()
{
	sed -nE "s/^#define[[:space:]]+$1[[:space:]]+([0-9a-fxA-F]+)[uUlL]*([[:space:]].*)?$/\\1/p" "$SRCDIR"/trace/*.h |
		grep .
}

# documented MACRO BEFORE AFTER: the document has its number between these words.
documented()
{
	local number
	number=$(value "$1") && grep -qiF -e "$2$number$3" "$document"
}

sed -n '/^<!-- from trace/,/^<!-- end of what/p' "$document" >"$tap_dir/documented"
unit/trace-tables >"$tap_dir/tables"
tap_ok "its tables are those of events.def (otherwise: make trace-format)" \
	diff "$tap_dir/documented" "$tap_dir/tables"
tap_ok "its version is that of the headers" \
	documented VTS_ABI_VERSION "version " " of the record, packet and ring layouts"
for magic in VTS_CTF_MAGIC VTS_RING_MAGIC VTS_PUBLISH_MAGIC CHECK_MAGIC; do
	tap_ok "$magic is as documented" documented "$magic" "| " ""
done
tap_done
