// SPDX-License-Identifier: GPL-2.0-only
#include "bench/result.h"
#include "bench/command.h"
#include "bench/table.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void vtb_result_init(struct vtb_result *result, const struct vtb_cell *cell)
{
	memset(result, 0, sizeof(*result));
	result->cell = *cell;
	result->ops = VTB_UNKNOWN;
#define NUMBER(name) result->name = VTB_UNKNOWN;
#include "bench/fields.def"
}

void vtb_result_free(struct vtb_result *result)
{
#define COUNTS(name) json_decref(result->name);
#include "bench/fields.def"
	free(result->command);
}

void vtb_result_fail(struct vtb_result *result, const char *format, ...)
{
	va_list args;

	result->ok = false;
	if (*result->error)
		return;
	va_start(args, format);
	vsnprintf(result->error, sizeof(result->error), format, args);
	va_end(args);
	vtb_text_clean(result->error);
}

uint64_t vtb_count(const json_t *counts, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(counts, name));
}

static json_t *number_to_json(uint64_t number)
{
	return number == VTB_UNKNOWN ? json_null() : json_integer((json_int_t)number);
}

/* Bytes that a child printed may be anything: what is not UTF-8 becomes '?'. */
static json_t *text_to_json(const char *text)
{
	json_t *json = json_string(text);
	char *copy;

	if (json || !(copy = strdup(text)))
		return json;
	for (char *c = copy; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	json = json_string(copy);
	free(copy);
	return json;
}

static json_t *pages_to_json(const struct vtb_cell *cell)
{
	return cell->paging != VTB_NATIVE ? json_string(vtb_pages_names[cell->pages]) : json_null();
}

json_t *vtb_cell_to_json(const struct vtb_cell *cell)
{
	return json_pack(
	    "{s:s, s:s, s:s, s:o, s:o, s:o, s:i, s:s, s:o, s:I, s:s}", "workload",
	    cell->workload->name, "paging", vtb_paging_names[cell->paging], "io",
	    vtb_io_names[cell->io], "vpid",
	    cell->paging == VTB_NATIVE ? json_null() : json_boolean(cell->vpid), "apicv",
	    cell->paging == VTB_NATIVE ? json_null() : json_boolean(!cell->no_apicv), "ept_pages",
	    pages_to_json(cell), "rep", (int)cell->rep, "vmm_build", vtb_vmm_names[cell->vmm],
	    "ops_asked", cell->ops ? json_integer((json_int_t)cell->ops) : json_null(), "seed",
	    (json_int_t)cell->seed, "mem", VTB_MEMORY);
}

json_t *vtb_result_to_json(const struct vtb_result *result)
{
	json_t *json = vtb_cell_to_json(&result->cell);
	int failed = 0;

	if (!json)
		return NULL;
	failed |= json_object_set_new(json, "ops", number_to_json(result->ops));
#define TEXT(name, bytes) failed |= json_object_set_new(json, #name, text_to_json(result->name));
#define NUMBER(name)	  failed |= json_object_set_new(json, #name, number_to_json(result->name));
#define COUNTS(name)                                                                               \
	failed |= json_object_set(json, #name, result->name ? result->name : json_null());
#include "bench/fields.def"
	failed |= json_object_set_new(json, "ok", json_boolean(result->ok));
	failed |= json_object_set_new(json, "error",
				      *result->error ? text_to_json(result->error) : json_null());
	failed |= json_object_set_new(
	    json, "versions",
	    json_pack("{s:s, s:s, s:s}", "vtscope", result->vtscope_version, "compiler",
		      result->compiler, "engine", result->engine_version));
	failed |= json_object_set_new(
	    json, "command", result->command ? text_to_json(result->command) : json_null());
	failed |= json_object_set_new(json, "host_seconds", json_real(result->host_seconds));
	if (!failed)
		return json;
	json_decref(json);
	return NULL;
}

const char *vtb_result_difference(const struct vtb_result *a, const struct vtb_result *b)
{
	if (a->ops != b->ops)
		return "ops";
#define TEXT(name, bytes)                                                                          \
	if (strcmp(a->name, b->name))                                                              \
		return #name;
#define NUMBER(name)                                                                               \
	if (a->name != b->name)                                                                    \
		return #name;
#define COUNTS(name)                                                                               \
	if (a->name != b->name && !json_equal(a->name, b->name))                                   \
		return #name;
#include "bench/fields.def"
	return NULL;
}

void vtb_results_free(struct vtb_result *results, size_t count)
{
	for (size_t i = 0; i < count; i++)
		vtb_result_free(&results[i]);
	free(results);
}
