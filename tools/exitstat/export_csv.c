// SPDX-License-Identifier: GPL-2.0-only
/* exitstat export --format csv: a line an exit (RFC 4180, but for line ends of '\n' alone). */
#include <inttypes.h>
#include <stdlib.h>

#include "describe.h"
#include "dimension.h"
#include "export.h"

struct csv {
	const struct view *view;
	FILE *file;
};

static void *csv_open(const struct export_to *to)
{
	struct csv *csv = malloc(sizeof(*csv));

	if (!csv)
		die_of_memory();
	*csv = (struct csv){to->view, to->file};
	fputs("vm,vcpu,exit_tsc,entry_tsc,latency,unit,reason,how,resolution,rip,function,cr3,"
	      "process,phase,user,qualification,gpa,gla\n",
	      csv->file);
	return csv;
}

/** A comma and a text, quoted where it must be; NULL is an empty cell. */
static void put_text(const struct csv *csv, const char *text)
{
	fputc(',', csv->file);
	if (!text)
		return;
	fputc('"', csv->file);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', csv->file);
		fputc(*text, csv->file);
	}
	fputc('"', csv->file);
}

static void put_address(const struct csv *csv, bool valid, uint64_t address)
{
	if (valid)
		fprintf(csv->file, ",0x%" PRIx64, address);
	else
		fputc(',', csv->file);
}

static void csv_take(void *context, const struct exit_group *group)
{
	const struct csv *csv = context;
	const struct vts_event *exit = group->exit;
	char text[DIMENSION_LABEL_MAX], number[12];

	if (!exit)
		return;
	fprintf(csv->file, "%u,%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64, exit->vm, exit->vcpu,
		exit->exit_tsc, exit->tsc, exit_latency(exit));
	put_text(csv, vts_source_unit(csv->view->reader));
	put_text(csv, describe_reason(exit, number));
	put_text(csv, describe_how(exit, number));
	put_text(csv, export_resolution(csv->view, group, text));
	put_address(csv, true, exit->exit.rip);
	put_text(csv, export_function(csv->view, exit, text));
	put_address(csv, true, exit->exit.cr3);
	put_text(csv, export_process(csv->view, exit, text));
	put_text(csv, export_phase(csv->view, text));
	fprintf(csv->file, ",%d", !!(exit->flags & VTS_FLAG_USER));
	put_address(csv, true, exit->exit.qualification);
	put_address(csv, exit->flags & VTS_FLAG_GPA_VALID, exit->exit.gpa);
	put_address(csv, exit->flags & VTS_FLAG_GLA_VALID, exit->exit.gla);
	fputc('\n', csv->file);
}

static bool csv_finish(void *context)
{
	free(context);
	return true;
}

const struct export_format export_csv = {
    .name = "csv",
    .open = csv_open,
    .take = csv_take,
    .finish = csv_finish,
};
