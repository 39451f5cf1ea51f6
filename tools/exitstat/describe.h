/* SPDX-License-Identifier: GPL-2.0-only */
/* Events in words: names, and every field that says something, for text and for JSON. */
#ifndef EXITSTAT_DESCRIBE_H
#define EXITSTAT_DESCRIBE_H

#include "json.h"
#include "trace/event.h"

#define DESCRIBE_MAX 512

/** "name", or the number in @number (12 bytes): kind, how, reason of an event. */
const char *describe_kind(const struct vts_event *event, char *number);
const char *describe_how(const struct vts_event *event, char *number);
const char *describe_reason(const struct vts_event *event, char *number);
/** A detail on a line: "tlb_flush invvpid_single, guest_cr3: context 0x1"; fields of 0 are left
 *  out. @text has DESCRIBE_MAX bytes and is returned. */
const char *describe_detail(const struct vts_event *event, char *text);
/** Kind, how, reason and the fields that are not 0, as members of @object. */
void describe_json(json_t *object, const struct vts_event *event);

#endif
