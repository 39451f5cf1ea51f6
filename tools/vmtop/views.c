/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/views.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "trace/names.h"

/* Columns. What several views have is written once. */

#define AT(field) offsetof(struct row, field)
#define RATE(what)                                                                                 \
	{                                                                                          \
		"per_second", "/S", 's', 10, 2, CELL_RATE, AT(per_second), what                    \
	}
#define TIMES                                                                                      \
	{"share", "VMM%", 't', 6, 1, CELL_SHARE, AT(share), "share of the VMM's time"},            \
	{                                                                                          \
		"sum", "TIME", 'u', 14, 8, CELL_TIME, AT(sum), "time in the VMM"                   \
	}
#define LATENCY                                                                                    \
	{"min", "MIN", '1', 8, 9, CELL_QUANTILE, AT(min), "shortest latency"},                     \
	    {"mean", "MEAN", 'a', 9, 3, CELL_MEAN, AT(mean), "mean latency"},                      \
	    {"p50", "P50",	   '5',	    7,                                                     \
	     4,	    CELL_QUANTILE, AT(p50), "median latency; 1/64 too high at most"},              \
	    {"p90", "P90", '9', 8, 10, CELL_QUANTILE, AT(p90), "90th percentile"},                 \
	    {"p99", "P99", 'l', 7, 5, CELL_QUANTILE, AT(p99), "99th percentile"},                  \
	    {"p999", "P99.9", 'k', 8, 7, CELL_QUANTILE, AT(p999), "99.9th percentile"},            \
	{                                                                                          \
		"max", "MAX", 'm', 8, 6, CELL_QUANTILE, AT(max), "longest latency"                 \
	}
#define PART(what)                                                                                 \
	{                                                                                          \
		"part", "SHARE", 'd', 6, 2, CELL_SHARE, AT(part), what                             \
	}
#define EXITS                                                                                      \
	{                                                                                          \
		"exits", "EXITS", 'x', 11, 3, CELL_COUNT, AT(exits),                               \
		    "exits in which that happened"                                                 \
	}

static const struct column exit_columns[] = {
    {"reason", "REASON", 'n', 22, 0, CELL_NAME, AT(label), "exit reason"},
    {"count", "COUNT", 'c', 11, 0, CELL_COUNT, AT(count), "exits"},
    RATE("exits a second: of the host, or of a recorded trace's own time"),
    TIMES,
    LATENCY,
    {"host_share", "HOST%", 'o', 6, 6, CELL_HOST_SHARE, AT(host_share),
     "share of TIME that the host took: scheduled out, or in its interrupts"},
    {"why", "WHY", 'w', 15, 6, CELL_HOST_WORDS, AT(why), "what took most of TIME"},
};

static const struct column flush_columns[] = {
    {"flush", "FLUSH", 'n', 22, 0, CELL_NAME, AT(label), "the instruction, and its scope"},
    {"cause", "CAUSE", 'o', 16, 0, CELL_TEXT, AT(what), "why it was due"},
    {"count", "COUNT", 'c', 11, 0, CELL_COUNT, AT(count), "flushes"},
    RATE("flushes a second"),
    PART("share of all flushes"),
    EXITS,
    TIMES,
    LATENCY,
};

static const struct column memory_columns[] = {
    {"resolution", "RESOLUTION", 'n', 22, 0, CELL_NAME, AT(label), "how it was resolved"},
    {"kind", "OF", 'o', 14, 0, CELL_TEXT, AT(what), "EPT violation or shadow fault"},
    {"count", "COUNT", 'c', 11, 0, CELL_COUNT, AT(count), "violations or faults"},
    RATE("violations or faults a second"),
    PART("share of all of them"),
    TIMES,
    {"clear", "CLEAR", 'y', 12, 8, CELL_TIME, AT(clear), "of TIME: clearing memory for the guest"},
    {"bytes", "MAPPED", 'b', 13, 9, CELL_COUNT, AT(bytes), "bytes of the mappings made"},
    LATENCY,
};

static const struct column io_columns[] = {
    {"device", "DEVICE", 'n', 18, 0, CELL_NAME, AT(label), "the device"},
    {"way", "WAY", 'o', 11, 0, CELL_TEXT, AT(what), "trapped, pv, or why it was refused"},
    {"count", "REQUESTS", 'c', 11, 0, CELL_COUNT, AT(count), "requests"},
    RATE("requests a second"),
    {"bytes", "BYTES", 'b', 13, 2, CELL_COUNT, AT(bytes), "bytes moved"},
    EXITS,
    {"exits_each", "EXIT/RQ", 'y', 8, 3, CELL_RATIO, AT(exits_each), "exits a request"},
    {"time_each", "TIME/RQ", 'z', 10, 1, CELL_MEAN, AT(time_each), "VMM time a request"},
    TIMES,
    LATENCY,
};

static const struct column hot_columns[] = {
    {"place", "GUEST CODE", 'n', 22, 0, CELL_NAME, AT(label), "guest function, or RIP"},
    {"count", "EXITS", 'c', 11, 0, CELL_COUNT, AT(count), "exits"},
    RATE("exits a second"),
    PART("share of all exits"),
    TIMES,
    LATENCY,
};

static const struct column cr3_columns[] = {
    {"cr3", "CR3", 'n', 20, 0, CELL_NAME, AT(label), "guest page-table root: a process"},
    {"count", "EXITS", 'c', 11, 0, CELL_COUNT, AT(count), "exits"},
    RATE("exits a second"),
    {"guest", "GUEST", 'g', 14, 5, CELL_TIME, AT(guest), "guest time before its exits"},
    {"guest_share", "GUEST%", 'q', 7, 2, CELL_SHARE, AT(guest_share), "of its guest and VMM time"},
    TIMES,
    LATENCY,
};

static const struct column vm_columns[] = {
    {"vm", "VM", 'n', 22, 0, CELL_NAME, AT(label), "a VM, or one of its vCPUs"},
    {"state", "STATE", 'o', 10, 7, CELL_TEXT, AT(what), "what it does, or how it ended"},
    {"count", "EXITS", 'c', 11, 0, CELL_COUNT, AT(count), "exits"},
    RATE("exits a second"),
    {"guest_share", "GUEST%", 'q', 7, 0, CELL_SHARE, AT(guest_share),
     "of guest, VMM and idle time"},
    {"vmm_share", "VMM%", 't', 7, 0, CELL_SHARE, AT(vmm_share), "of guest, VMM and idle time"},
    {"idle_share", "IDLE%", 'f', 7, 0, CELL_SHARE, AT(idle_share), "of guest, VMM and idle time"},
    {"guest", "GUEST", 'g', 14, 8, CELL_TIME, AT(guest), "guest time"},
    {"sum", "TIME", 'u', 14, 8, CELL_TIME, AT(sum), "time in the VMM"},
    {"idle", "IDLE", 'j', 14, 9, CELL_TIME, AT(idle), "idle time, skipped"},
    LATENCY,
    {"lost", "LOST", 'x', 10, 1, CELL_COUNT, AT(lost), "records lost since the beginning"},
};

static const struct column phase_columns[] = {
    {"phase", "PHASE", 'n', 20, 0, CELL_NAME, AT(label), "the guest's name for it"},
    {"runs", "RUNS", 'o', 8, 2, CELL_COUNT, AT(runs), "how often it was begun"},
    {"ops", "OPS", 'd', 12, 3, CELL_COUNT, AT(ops), "operations, as its end mark says"},
    {"count", "EXITS", 'c', 11, 0, CELL_COUNT, AT(count), "exits within it"},
    RATE("exits a second of the whole"),
    {"guest", "GUEST", 'g', 14, 1, CELL_TIME, AT(guest), "guest time"},
    {"idle", "IDLE", 'j', 12, 9, CELL_TIME, AT(idle), "idle time, skipped"},
    {"exits_each", "EXITS/OP", 'y', 9, 3, CELL_RATIO, AT(exits_each), "exits an operation"},
    {"time_each", "TIME/OP", 'z', 10, 3, CELL_MEAN, AT(time_each), "VMM time an operation"},
    TIMES,
    LATENCY,
};

/* Names of rows. */

static void put_number(char *text, size_t size, const char *name, uint64_t number)
{
	if (name)
		snprintf(text, size, "%s", name);
	else
		snprintf(text, size, "%" PRIu64, number);
}

static void label_reason(struct row *row, const struct item *item, const struct collect *collect)
{
	unsigned number = (unsigned)item->key[0];

	(void)collect;
	put_number(row->label, sizeof(row->label), vts_exit_reason_name(number), number);
}

static void label_flush(struct row *row, const struct item *item, const struct collect *collect)
{
	unsigned how = (unsigned)(item->key[0] >> 16), cause = item->key[0] & 0xffff;

	(void)collect;
	if (how == COLLECT_TRANSITION) {
		snprintf(row->label, sizeof(row->label), "transition");
		snprintf(row->what, sizeof(row->what), "no_vpid");
		return;
	}
	put_number(row->label, sizeof(row->label), vts_how_name(VTS_KIND_TLB_FLUSH, how), how);
	put_number(row->what, sizeof(row->what), vts_flush_cause_name(cause), cause);
}

static void label_memory(struct row *row, const struct item *item, const struct collect *collect)
{
	unsigned kind = (unsigned)(item->key[0] >> 8), how = item->key[0] & 0xff;

	(void)collect;
	put_number(row->label, sizeof(row->label), vts_how_name(kind, how), how);
	put_number(row->what, sizeof(row->what), vts_kind_name(kind), kind);
}

static void label_io(struct row *row, const struct item *item, const struct collect *collect)
{
	unsigned device = (unsigned)(item->key[0] >> 8), how = item->key[0] & 0xff;

	(void)collect;
	put_number(row->label, sizeof(row->label), vts_device_name(device), device);
	put_number(row->what, sizeof(row->what), vts_how_name(VTS_KIND_IO_REQUEST, how), how);
}

static void label_place(struct row *row, const struct item *item, const struct collect *collect)
{
	symbols_text(collect->symbols, item->key[0], row->label, sizeof(row->label));
}

static void label_cr3(struct row *row, const struct item *item, const struct collect *collect)
{
	(void)collect;
	snprintf(row->label, sizeof(row->label), "0x%" PRIx64, item->key[0]);
}

static void label_vcpu(struct row *row, const struct item *item, const struct collect *collect)
{
	(void)collect;
	snprintf(row->label, sizeof(row->label), "vcpu%u", (unsigned)item->key[0] & 0xff);
}

static void label_phase(struct row *row, const struct item *item, const struct collect *collect)
{
	(void)collect;
	if (item->key[0] || item->key[1])
		memcpy(row->label, item->key, sizeof(item->key)); /* 16 characters at most */
	else
		snprintf(row->label, sizeof(row->label), "(outside)");
}

#define COLUMNS(table) .column = (table), .columns = sizeof(table) / sizeof((table)[0])

const struct view views[VIEWS] = {
    [VIEW_EXITS] = {VIEW_EXITS, false, "exits", "exits by reason", "reasons", "all exits", 'E',
		    TABLE_REASON, COLUMNS(exit_columns), "count", label_reason},
    [VIEW_FLUSHES] = {VIEW_FLUSHES, false, "flushes", "TLB flushes by kind and cause", "flushes",
		      "all flushes", 'T', TABLE_FLUSH, COLUMNS(flush_columns), "count",
		      label_flush},
    [VIEW_MEMORY] = {VIEW_MEMORY, false, "memory", "EPT violations and shadow faults by resolution",
		     "resolutions", "all of them", 'M', TABLE_MEMORY, COLUMNS(memory_columns),
		     "count", label_memory},
    [VIEW_IO] = {VIEW_IO, false, "io", "I/O by device", "devices", "all requests", 'D', TABLE_IO,
		 COLUMNS(io_columns), "count", label_io},
    [VIEW_HOT] = {VIEW_HOT, false, "hot", "guest hot spots: exits by function or RIP", "places",
		  "all exits", 'G', TABLE_RIP, COLUMNS(hot_columns), "sum", label_place},
    [VIEW_CR3] = {VIEW_CR3, false, "cr3", "exits by guest CR3", "roots", "all exits", 'C',
		  TABLE_CR3, COLUMNS(cr3_columns), "sum", label_cr3},
    [VIEW_VMS] = {VIEW_VMS, false, "vms", "VMs and vCPUs", "vms", "all VMs", 'V', TABLE_VCPU,
		  COLUMNS(vm_columns), "count", label_vcpu},
    [VIEW_PHASES] = {VIEW_PHASES, false, "phases", "the guest's phases", "phases", "all exits", 'P',
		     TABLE_PHASE, COLUMNS(phase_columns), "count", label_phase},
};

const struct view *view_by_name(const struct view *set, const char *name)
{
	for (size_t i = 0; i < VIEWS; i++)
		if (strcmp(set[i].name, name) == 0)
			return &set[i];
	return NULL;
}

const struct view *view_by_key(const struct view *set, int key)
{
	for (size_t i = 0; i < VIEWS; i++)
		if (set[i].key == key)
			return &set[i];
	return NULL;
}
