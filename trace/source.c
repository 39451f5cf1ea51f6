/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of a source that does not depend on where its records come from. */
#include <stdarg.h>
#include <string.h>

#include "source_private.h"

void source_problem(struct vts_source *source, const char *format, ...)
{
	va_list arguments;

	if (source->problems++)
		return;
	va_start(arguments, format);
	vsnprintf(source->first_problem.text, sizeof(source->first_problem.text), format,
		  arguments);
	va_end(arguments);
}

void source_add_lost(struct vts_source *source, uint64_t records)
{
	if (__builtin_add_overflow(source->lost, records, &source->lost))
		source->lost = UINT64_MAX;
}

void source_find_unit(struct vts_source *source)
{
	static const char *const units[] = {"instr", "cycles", "ns"};
	const char *unit = vts_source_env(source, "unit");

	for (size_t i = 0; unit && i < sizeof(units) / sizeof(*units); i++)
		if (!strcmp(unit, units[i]))
			source->unit = units[i];
	if (unit)
		return;
	if ((source->run_left || source->ops->fill(source)) &&
	    source->run->kind == VTS_KIND_VM_START)
		source->unit = source->run->vm_start.config & VTS_CONFIG_CYCLES ? "cycles" : NULL;
}

void vts_source_close(struct vts_source *source)
{
	if (source)
		source->ops->close(source);
}

size_t vts_source_next(struct vts_source *source, const struct vts_event **events)
{
	size_t count;

	if (!source->run_left && !source->ops->fill(source))
		return 0;
	*events = source->run;
	count = source->run_left;
	source->run_left = 0;
	return count;
}

size_t vts_source_read(struct vts_source *source, struct vts_event *events, size_t max)
{
	size_t count = 0;

	while (count < max && (source->run_left || source->ops->fill(source))) {
		size_t some = source->run_left < max - count ? source->run_left : max - count;

		memcpy(events + count, source->run, some * sizeof(*events));
		source->run += some;
		source->run_left -= some;
		count += some;
	}
	return count;
}

bool vts_source_ended(const struct vts_source *source)
{
	return source->ended && !source->run_left;
}

uint64_t vts_source_lost(const struct vts_source *source)
{
	return source->lost;
}

unsigned vts_source_problems(const struct vts_source *source, const char **first)
{
	if (first)
		*first = source->first_problem.text;
	return source->problems;
}

const char *vts_source_env(const struct vts_source *source, const char *key)
{
	for (size_t i = 0; i < source->metadata.env_count; i++) {
		if (!strcmp(source->metadata.env[i].key, key))
			return source->metadata.env[i].value;
	}
	return NULL;
}

const struct vts_env *vts_source_env_all(const struct vts_source *source, size_t *count)
{
	*count = source->metadata.env_count;
	return source->metadata.env;
}

const char *vts_source_metadata(const struct vts_source *source)
{
	return source->metadata.text ? source->metadata.text : "";
}

const char *vts_source_unit(const struct vts_source *source)
{
	return source->unit ? source->unit : "instr";
}

uint64_t vts_source_total(const struct vts_source *source)
{
	return source->total;
}
