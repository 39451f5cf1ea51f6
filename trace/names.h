/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names for every number an event can hold, made from events.def. Unknown numbers have no name
 * (NULL): the caller shows the raw number, never nothing.
 */
#ifndef TRACE_NAMES_H
#define TRACE_NAMES_H

#include "event.h"

enum vts_format {
	VTS_FORMAT_HEX,
	VTS_FORMAT_DEC,
	VTS_FORMAT_TIME,
	VTS_FORMAT_BYTES,
	VTS_FORMAT_TEXT
};

struct vts_name {
	unsigned number;
	const char *name; /* an identifier: [a-z0-9_]+ */
	const char *text; /* a phrase for people */
};

struct vts_field {
	const char *name;
	enum vts_format format;
	const char *text;
};

/** A table, in order of number; @count is set to its length. Static storage. */
const struct vts_name *vts_kinds(size_t *count);
const struct vts_name *vts_hows(enum vts_kind kind, size_t *count);
const struct vts_name *vts_exit_reasons(size_t *count);
const struct vts_name *vts_flush_causes(size_t *count);
const struct vts_name *vts_devices(size_t *count);
const struct vts_name *vts_hypercalls(size_t *count);
const struct vts_name *vts_flags(size_t *count); /* number: the bit's index */
/** The table that event.reason of a kind is taken from; NULL and no entries where it is a plain
 * number. */
const struct vts_name *vts_reasons(enum vts_kind kind, size_t *count);
/** The five payload words of a kind; NULL for an unknown kind. */
const struct vts_field *vts_fields(enum vts_kind kind);

/** One name, or NULL. */
const char *vts_kind_name(unsigned kind);
const char *vts_how_name(unsigned kind, unsigned how);
const char *vts_exit_reason_name(unsigned reason);
const char *vts_flush_cause_name(unsigned cause);
const char *vts_device_name(unsigned device);
const char *vts_hypercall_name(unsigned number);
const char *vts_reason_name(unsigned kind, unsigned reason);

/** The name, or the decimal number written to @buffer (at least 12 bytes). */
const char *vts_name_or_number(const char *name, unsigned number, char *buffer);

#endif
