// SPDX-License-Identifier: GPL-2.0-only
/*
 * results.csv, after RFC 4180 with line feeds: the fields of results.jsonl in their order. A
 * COUNTS field is one column: "name=count name=count".
 */
#include "bench/command.h"
#include "bench/result.h"

#include <inttypes.h>
#include <string.h>

static void put_text(FILE *file, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, file);
		return;
	}
	fputc('"', file);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', file);
		fputc(*text, file);
	}
	fputc('"', file);
}

static void put_number(FILE *file, uint64_t number)
{
	if (number != VTB_UNKNOWN)
		fprintf(file, "%" PRIu64, number);
}

static void put_counts(FILE *file, json_t *counts)
{
	const char *separator = "";
	const char *name;
	json_t *value;

	json_object_foreach(counts, name, value)
	{
		fprintf(file, "%s%s=%" JSON_INTEGER_FORMAT, separator, name,
			json_integer_value(value));
		separator = " ";
	}
}

void vtb_csv_header(FILE *file)
{
	fputs("workload,paging,io,vpid,apicv,ept_pages,rep,vmm_build,ops_asked,seed,mem,ops", file);
#define TEXT(name, bytes) fputs("," #name, file);
#define NUMBER(name)	  fputs("," #name, file);
#define COUNTS(name)	  fputs("," #name, file);
#include "bench/fields.def"
	fputs(",ok,error,vtscope,compiler,engine_version,command,host_seconds\n", file);
}

void vtb_csv_line(FILE *file, const struct vtb_result *result)
{
	const struct vtb_cell *cell = &result->cell;

	fprintf(file, "%s,%s,%s,%s,%s,%s,%u,%s,", cell->workload->name,
		vtb_paging_names[cell->paging], vtb_io_names[cell->io],
		cell->paging == VTB_NATIVE ? "" : (cell->vpid ? "on" : "off"),
		cell->paging == VTB_NATIVE ? "" : (cell->no_apicv ? "off" : "on"),
		cell->paging != VTB_NATIVE ? vtb_pages_names[cell->pages] : "", cell->rep,
		vtb_vmm_names[cell->vmm]);
	put_number(file, cell->ops ? cell->ops : VTB_UNKNOWN);
	fprintf(file, ",%" PRIu64 ",%s,", cell->seed, VTB_MEMORY);
	put_number(file, result->ops);
#define TEXT(name, bytes)                                                                          \
	fputc(',', file);                                                                          \
	put_text(file, result->name);
#define NUMBER(name)                                                                               \
	fputc(',', file);                                                                          \
	put_number(file, result->name);
#define COUNTS(name)                                                                               \
	fputc(',', file);                                                                          \
	put_counts(file, result->name);
#include "bench/fields.def"
	fprintf(file, ",%s,", result->ok ? "true" : "false");
	put_text(file, result->error);
	fputc(',', file);
	put_text(file, result->vtscope_version);
	fputc(',', file);
	put_text(file, result->compiler);
	fputc(',', file);
	put_text(file, result->engine_version);
	fputc(',', file);
	put_text(file, result->command ? result->command : "");
	fprintf(file, ",%.3f\n", result->host_seconds);
}
