/* SPDX-License-Identifier: GPL-2.0-only */
#include "names.h"

#include <stdio.h>

#define LENGTH(table) (sizeof(table) / sizeof((table)[0]))

static const struct vts_name kinds[] = {
#define KIND(NAME, number, name, text) {number, #name, text},
#include "events.def"
};

/* All hows in the order of events.def, where those of one kind stand side by side. */
static const struct vts_name hows[] = {
#define HOW(KIND, NAME, number, name, text) {number, #name, text},
#include "events.def"
};

static const uint8_t how_kinds[] = {
#define HOW(KIND, NAME, number, name, text) VTS_KIND_##KIND,
#include "events.def"
};

static const struct vts_name exit_reasons[] = {
#define EXIT_REASON(NAME, number, name, text) {number, #name, text},
#define SVM_EXIT			      EXIT_REASON
#define USER_EXIT			      EXIT_REASON
#include "events.def"
};

static const struct vts_name flush_causes[] = {
#define FLUSH_CAUSE(NAME, number, name, text) {number, #name, text},
#include "events.def"
};

static const struct vts_name devices[] = {
#define DEVICE(NAME, number, name, text) {number, #name, text},
#include "events.def"
};

static const struct vts_name hypercalls[] = {
#define HYPERCALL(NAME, number, name, text) {number, #name, text},
#define KVM_HYPERCALL			    HYPERCALL
#include "events.def"
};

static const struct vts_name flags[] = {
#define FLAG(NAME, bit, name, text) {bit, #name, text},
#include "events.def"
};

static const struct vts_field fields[VTS_KIND_COUNT][5] = {
#define FIELD(KIND, word, name, FORMAT, text)                                                      \
	[VTS_KIND_##KIND][word] = {#name, VTS_FORMAT_##FORMAT, text},
#include "events.def"
};

const struct vts_name *vts_kinds(size_t *count)
{
	*count = LENGTH(kinds);
	return kinds;
}

const struct vts_name *vts_hows(enum vts_kind kind, size_t *count)
{
	size_t first = 0, end;

	while (first < LENGTH(hows) && how_kinds[first] != kind)
		first++;
	for (end = first; end < LENGTH(hows) && how_kinds[end] == kind;)
		end++;
	*count = end - first;
	return hows + first;
}

const struct vts_name *vts_exit_reasons(size_t *count)
{
	*count = LENGTH(exit_reasons);
	return exit_reasons;
}

const struct vts_name *vts_flush_causes(size_t *count)
{
	*count = LENGTH(flush_causes);
	return flush_causes;
}

const struct vts_name *vts_devices(size_t *count)
{
	*count = LENGTH(devices);
	return devices;
}

const struct vts_name *vts_hypercalls(size_t *count)
{
	*count = LENGTH(hypercalls);
	return hypercalls;
}

const struct vts_name *vts_flags(size_t *count)
{
	*count = LENGTH(flags);
	return flags;
}

const struct vts_name *vts_reasons(enum vts_kind kind, size_t *count)
{
	switch (kind) {
	case VTS_KIND_EXIT:
	case VTS_KIND_HOST_TIME:
		return vts_exit_reasons(count);
	case VTS_KIND_TLB_FLUSH:
		return vts_flush_causes(count);
	case VTS_KIND_IO_REQUEST:
		return vts_devices(count);
	case VTS_KIND_HYPERCALL:
		return vts_hypercalls(count);
	default:
		*count = 0;
		return NULL;
	}
}

const struct vts_field *vts_fields(enum vts_kind kind)
{
	if ((unsigned)kind >= VTS_KIND_COUNT || !fields[kind][0].name)
		return NULL;
	return fields[kind];
}

/* Tables are in order of number. */
static const char *find(const struct vts_name *table, size_t count, unsigned number)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (table[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && table[low].number == number ? table[low].name : NULL;
}

const char *vts_kind_name(unsigned kind)
{
	return find(kinds, LENGTH(kinds), kind);
}

const char *vts_how_name(unsigned kind, unsigned how)
{
	size_t count;
	const struct vts_name *table = vts_hows(kind, &count);

	return find(table, count, how);
}

const char *vts_exit_reason_name(unsigned reason)
{
	return find(exit_reasons, LENGTH(exit_reasons), reason);
}

const char *vts_flush_cause_name(unsigned cause)
{
	return find(flush_causes, LENGTH(flush_causes), cause);
}

const char *vts_device_name(unsigned device)
{
	return find(devices, LENGTH(devices), device);
}

const char *vts_hypercall_name(unsigned number)
{
	return find(hypercalls, LENGTH(hypercalls), number);
}

const char *vts_reason_name(unsigned kind, unsigned reason)
{
	size_t count;
	const struct vts_name *table = vts_reasons(kind, &count);

	return find(table, count, reason);
}

const char *vts_name_or_number(const char *name, unsigned number, char *buffer)
{
	if (name)
		return name;
	snprintf(buffer, 12, "%u", number);
	return buffer;
}
