/* SPDX-License-Identifier: GPL-2.0-only */
/* A BPF ring buffer, filled by a uprobe. Emptied between the batches, which nobody is charged for. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "method.h"
#include "obj/bpf/uprobe.skel.h"

static struct uprobe_bpf *program;
static struct ring_buffer *reader;
static uint64_t words[METHOD_WORDS], taken;

/** Where the uprobe sits. */
__attribute__((noinline)) void method_bpf_event(const uint64_t *payload);
void method_bpf_event(const uint64_t *payload)
{
	/* The kernel does a NOP itself; it would have to step over another instruction. */
	__asm__ volatile("nop" : : "r"(payload) : "memory");
}

static int take(void *context, void *data, size_t size)
{
	(void)context;
	(void)data;
	(void)size;
	taken++;
	return 0;
}

static int quiet(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0;
}

static int bpf_start(const char **why)
{
	LIBBPF_OPTS(bpf_uprobe_opts, options, .func_name = "method_bpf_event");

	libbpf_set_print(quiet);
	program = uprobe_bpf__open_and_load();
	if (!program) {
		*why = errno == EPERM ? "needs root" : strerror(errno);
		return -1;
	}
	program->links.event =
	    bpf_program__attach_uprobe_opts(program->progs.event, 0, "/proc/self/exe", 0, &options);
	reader = ring_buffer__new(bpf_map__fd(program->maps.ring), take, NULL, NULL);
	if (!program->links.event || !reader) {
		*why = strerror(errno);
		return -1;
	}
	return 0;
}

static void bpf_events(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		method_bpf_event(words);
}

static void bpf_between(void)
{
	ring_buffer__consume(reader);
}

static uint64_t bpf_missing(uint64_t expected)
{
	return expected - taken;
}

const struct method method_bpf = {
    .name = "BPF ring buffer, uprobe",
    .start = bpf_start,
    .events = bpf_events,
    .between = bpf_between,
    .missing = bpf_missing,
    .every = 16,
};
