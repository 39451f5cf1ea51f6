# SPDX-License-Identifier: GPL-2.0-only
# For end-to-end tests in bash: . "$SRCDIR/tests/tap.sh". One call a test point; the plan comes
# last, so a script that dies on its way has none, and tests/run counts that as a failure.

tap_count=0
tap_dir=$(mktemp -d "${TMPDIR:-/tmp}/vtscope-test.XXXXXX") || exit 1
trap 'rm -rf "$tap_dir"' EXIT

# tap_result STATUS WHAT: status 0 is ok.
tap_result()
{
	tap_count=$((tap_count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tap_count - $2"
	else
		echo "not ok $tap_count - $2"
	fi
}

# tap_ok WHAT COMMAND...: the command must succeed. Its output is kept in $tap_dir/output, and shown
# if not.
tap_ok()
{
	local what=$1
	shift
	if "$@" >"$tap_dir/output" 2>&1; then
		tap_result 0 "$what"
	else
		tap_result 1 "$what"
		echo "# failed: $*"
		sed 's/^/# /' "$tap_dir/output"
	fi
}

# tap_fails STATUS WHAT COMMAND...: the command must end with just this exit status.
tap_fails()
{
	local expected=$1 what=$2 status
	shift 2
	"$@" >"$tap_dir/output" 2>&1
	status=$?
	if [ $status = "$expected" ]; then
		tap_result 0 "$what"
	else
		tap_result 1 "$what"
		echo "# status $status, expected $expected: $*"
		sed 's/^/# /' "$tap_dir/output"
	fi
}

# tap_says PATTERN WHAT: the last command's output has a line that matches (grep -E).
tap_says()
{
	if grep -qE -e "$1" "$tap_dir/output"; then
		tap_result 0 "$2"
	else
		tap_result 1 "$2"
		echo "# no line matches: $1"
		sed 's/^/# /' "$tap_dir/output"
	fi
}

tap_skip()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

tap_done()
{
	echo "1..$tap_count"
}
