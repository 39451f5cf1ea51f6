// SPDX-License-Identifier: GPL-2.0-only
/* Events in words, from the tables of trace/names.h. */
#include <inttypes.h>
#include <string.h>

#include "describe.h"
#include "text.h"
#include "trace/names.h"

const char *describe_kind(const struct vts_event *event, char *number)
{
	return vts_name_or_number(vts_kind_name(event->kind), event->kind, number);
}

const char *describe_how(const struct vts_event *event, char *number)
{
	return vts_name_or_number(vts_how_name(event->kind, event->how), event->how, number);
}

const char *describe_reason(const struct vts_event *event, char *number)
{
	return vts_name_or_number(vts_reason_name(event->kind, event->reason), event->reason,
				  number);
}

/** A word of an event's payload, in @text. */
static void field_text(enum vts_format format, uint64_t word, char *text, size_t size)
{
	char name[9] = {0}, number[TEXT_NUMBER_MAX];

	switch (format) {
	case VTS_FORMAT_HEX:
		snprintf(text, size, "0x%" PRIx64, word);
		break;
	case VTS_FORMAT_TEXT:
		memcpy(name, &word, 8);
		snprintf(text, size, "%s", text_clean(name));
		break;
	case VTS_FORMAT_BYTES:
		snprintf(text, size, "%s", text_size(number, word));
		break;
	default:
		snprintf(text, size, "%s", text_count(number, word));
	}
}

/** Does a kind have a reason that says something? All but plain numbers of 0 do. */
static bool has_reason(const struct vts_event *event)
{
	size_t count;

	return event->reason || vts_reasons(event->kind, &count);
}

const char *describe_detail(const struct vts_event *event, char *text)
{
	const struct vts_field *fields = vts_fields(event->kind);
	char kind[12], how[12], reason[12], value[40];
	size_t used;
	const char *separator = ": ";

	used = (size_t)snprintf(text, DESCRIBE_MAX, "%s %s%s%s", describe_kind(event, kind),
				describe_how(event, how), has_reason(event) ? ", " : "",
				has_reason(event) ? describe_reason(event, reason) : "");
	for (unsigned i = 0; fields && i < 5 && used < DESCRIBE_MAX; i++) {
		if (!event->word[i])
			continue;
		field_text(fields[i].format, event->word[i], value, sizeof(value));
		used += (size_t)snprintf(text + used, DESCRIBE_MAX - used, "%s%s %s", separator,
					 fields[i].name, value);
		separator = ", ";
	}
	return text;
}

void describe_json(json_t *object, const struct vts_event *event)
{
	const struct vts_field *fields = vts_fields(event->kind);
	char number[12], value[40];

	json_put_text(object, "kind", describe_kind(event, number));
	json_put_text(object, "how", describe_how(event, number));
	if (has_reason(event))
		json_put_text(object, "reason", describe_reason(event, number));
	for (unsigned i = 0; fields && i < 5; i++) {
		if (!event->word[i])
			continue;
		if (fields[i].format == VTS_FORMAT_HEX) {
			json_put_hex(object, fields[i].name, event->word[i]);
		} else if (fields[i].format == VTS_FORMAT_TEXT) {
			field_text(VTS_FORMAT_TEXT, event->word[i], value, sizeof(value));
			json_put_text(object, fields[i].name, value);
		} else {
			json_put_count(object, fields[i].name, event->word[i]);
		}
	}
}
