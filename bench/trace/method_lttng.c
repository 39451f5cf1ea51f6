/* SPDX-License-Identifier: GPL-2.0-only */
/* LTTng-UST. The environment names the library with its tracepoint (VTS_BENCH_LTTNG), and what to say
 * if there is none (VTS_BENCH_LTTNG_WHY); a session records already (bench/trace/record.sh). */
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include "method.h"

static void (*record)(unsigned count);

/** The session daemon is a user's (bench/trace/record.sh: root's would be everyone's). */
static int become(const char *user)
{
	uid_t id = (uid_t)atoi(user);

	return getuid() ? 0 : setresgid(id, id, id) || setresuid(id, id, id);
}

static int lttng_start(const char **why)
{
	const char *path = getenv("VTS_BENCH_LTTNG"), *user = getenv("VTS_BENCH_USER");
	const char *reason = getenv("VTS_BENCH_LTTNG_WHY");
	int (*recording)(void);
	void *library;

	*why = reason ? reason : "no lttng-ust";
	if (!path)
		return -1;
	*why = "cannot become the session's user";
	if (user && become(user))
		return -1;
	library = dlopen(path, RTLD_NOW);
	*why = library ? "its library has no such function" : dlerror();
	if (!library)
		return -1;
	*(void **)&record = dlsym(library, "lttng_events");
	*(void **)&recording = dlsym(library, "lttng_recording");
	if (!record || !recording)
		return -1;
	*why = "no session records it";
	return recording() ? 0 : -1;
}

static void lttng_record(unsigned count)
{
	record(count);
}

/** The session itself counts what it had no room for: bench/trace/record.sh looks. */
static uint64_t lttng_missing(uint64_t expected)
{
	(void)expected;
	return 0;
}

const struct method method_lttng = {
    .name = "LTTng-UST, 64 bytes",
    .start = lttng_start,
    .events = lttng_record,
    .missing = lttng_missing,
    .every = 4,
};
