// SPDX-License-Identifier: GPL-2.0-only
/* The slowest exits: showing them. */
#include <inttypes.h>

#include "describe.h"
#include "dimension.h"
#include "slowest.h"
#include "text.h"
#include "trace/names.h"

static uint64_t since(const struct slowest_view *view, uint64_t tsc)
{
	return tsc > view->first ? tsc - view->first : 0;
}

/** A key of a dimension, in words. */
static const char *key_text(const struct slowest_view *view, enum dimension dimension, uint64_t key,
			    char *text)
{
	dimensions[dimension].label(key, view->guest, text, DIMENSION_LABEL_MAX);
	return text;
}

/** Where in the code: "function+0x1f", or the address alone. */
static const char *code_text(const struct slowest_view *view, const struct vts_event *exit,
			     char *text)
{
	symbols_text(view->guest->symbols, exit->exit.rip, text, DIMENSION_LABEL_MAX);
	return text_clean(text);
}

static void table_row(struct table *table, const struct slowest_view *view,
		      const struct slow_exit *slow)
{
	char text[DIMENSION_LABEL_MAX], number[12];

	table_cell(table, "%s", describe_reason(&slow->exit, number));
	table_count(table, slow->exit.vm);
	table_count(table, slow->exit.vcpu);
	table_count(table, since(view, slow->exit.exit_tsc));
	table_count(table, slow->latency);
	if (view->slowest->host) {
		table_count(table, vts_host_rest(slow->latency, slow->part));
		for (unsigned i = 0; i < VTS_HOST_PARTS; i++)
			table_count(table, slow->part[i]);
		table_cell(table, "%s", vts_host_why(slow->latency, slow->part));
	}
	table_cell(table, "%s", code_text(view, &slow->exit, text));
	table_cell(table, "%s", key_text(view, BY_PROCESS, slow->process, text));
	table_cell(table, "%s", key_text(view, BY_PHASE, slow->phase, text));
}

void slowest_table(const struct slowest_view *view)
{
	static const char *const plain[] = {"<reason", ">vm",	   ">vcpu",  ">at", ">latency",
					    "<code",   "<process", "<phase", NULL};
	static const char *const host[] = {"<reason",	">vm",	       ">vcpu",	   ">at",
					   ">latency",	">hypervisor", ">off CPU", ">hard irq",
					   ">soft irq", ">user space", "<why",	   "<code",
					   "<process",	"<phase",      NULL};
	struct table *table = table_new(view->slowest->host ? host : plain);

	printf("\nThe slowest exits, in %s; at: since the first event\n", view->unit);
	for (size_t i = 0; i < view->slowest->count; i++)
		table_row(table, view, view->slowest->list[i]);
	table_print(table, stdout);
}

/** The exits before, each with how long the guest ran after it. */
static void print_before(const struct slowest_view *view, const struct slow_exit *slow)
{
	static const char *const columns[] = {"<  before:", ">latency", ">then guest",
					      "<code",	    "<",	NULL};
	struct table *table = table_new(columns);
	char text[DIMENSION_LABEL_MAX], reason[12], how[12];

	for (size_t i = 0; i < slow->befores; i++) {
		const struct vts_event *exit = &slow->before[i];
		uint64_t next =
		    i + 1 < slow->befores ? slow->before[i + 1].exit_tsc : slow->exit.exit_tsc;

		table_cell(table, "  %s", describe_reason(exit, reason));
		table_count(table, exit_latency(exit));
		if (view->guest->partial)
			table_cell(table, "-");
		else
			table_count(table, next > exit->tsc ? next - exit->tsc : 0);
		table_cell(table, "%s", code_text(view, exit, text));
		table_cell(table, "%s", describe_how(exit, how));
	}
	table_print(table, stdout);
}

static void print_within(const struct slow_exit *slow)
{
	char text[DESCRIBE_MAX], number[TEXT_NUMBER_MAX];

	if (slow->kept)
		puts("  within:");
	for (size_t i = 0; i < slow->kept; i++) {
		const struct vts_event *detail = &slow->details[i];
		uint64_t at = detail->tsc > detail->exit_tsc ? detail->tsc - detail->exit_tsc : 0;

		printf("    +%s %s\n", text_count(number, at), describe_detail(detail, text));
	}
	if (slow->details_all > slow->kept)
		printf("    and %zu more\n", slow->details_all - slow->kept);
}

static void print_one(const struct slowest_view *view, const struct slow_exit *slow, size_t rank)
{
	char text[DIMENSION_LABEL_MAX], reason[12], how[12], number[TEXT_NUMBER_MAX];
	const struct vts_event *exit = &slow->exit;

	printf("\n%zu. %s, %s: ", rank, describe_reason(exit, reason), describe_how(exit, how));
	printf("%s %s", text_count(number, slow->latency), view->unit);
	printf(", at %s, VM %u, vCPU %u\n", text_count(number, since(view, exit->exit_tsc)),
	       exit->vm, exit->vcpu);
	printf("  in %s", code_text(view, exit, text));
	printf(" (rip 0x%" PRIx64 "), process %s", exit->exit.rip,
	       key_text(view, BY_PROCESS, slow->process, text));
	printf(", phase %s\n", key_text(view, BY_PHASE, slow->phase, text));
	printf("  qualification 0x%" PRIx64, exit->exit.qualification);
	if (exit->flags & VTS_FLAG_GPA_VALID)
		printf(", gpa 0x%" PRIx64, exit->exit.gpa);
	if (exit->flags & VTS_FLAG_GLA_VALID)
		printf(", gla 0x%" PRIx64, exit->exit.gla);
	putchar('\n');
	if (view->slowest->host)
		printf("  on the host: %s\n", vts_host_why(slow->latency, slow->part));
	print_within(slow);
	print_before(view, slow);
}

void slowest_text(const struct slowest_view *view)
{
	for (size_t i = 0; i < view->slowest->count; i++)
		print_one(view, view->slowest->list[i], i + 1);
}

static void put_code(json_t *object, const struct slowest_view *view, const struct vts_event *exit)
{
	uint64_t start;

	json_put_hex(object, "rip", exit->exit.rip);
	json_put_text(object, "function",
		      symbols_find(view->guest->symbols, exit->exit.rip, &start));
	json_put_hex(object, "cr3", exit->exit.cr3);
}

static void put_host(json_t *object, const struct slow_exit *slow)
{
	json_put_count(object, "hypervisor", vts_host_rest(slow->latency, slow->part));
	for (unsigned i = 0; i < VTS_HOST_PARTS; i++)
		json_put_count(object, vts_host_part_names[i], slow->part[i]);
	json_put_text(object, "why", vts_host_why(slow->latency, slow->part));
}

static json_t *within_json(const struct slow_exit *slow)
{
	json_t *array = json_new_array();

	for (size_t i = 0; i < slow->kept; i++) {
		json_t *object = json_new_object();

		json_put_count(object, "tsc", slow->details[i].tsc);
		describe_json(object, &slow->details[i]);
		json_add(array, object);
	}
	return array;
}

static json_t *before_json(const struct slowest_view *view, const struct slow_exit *slow)
{
	json_t *array = json_new_array();
	char number[12];

	for (size_t i = 0; i < slow->befores; i++) {
		json_t *object = json_new_object();

		json_put_text(object, "reason", describe_reason(&slow->before[i], number));
		json_put_text(object, "how", describe_how(&slow->before[i], number));
		json_put_count(object, "exit_tsc", slow->before[i].exit_tsc);
		json_put_count(object, "latency", exit_latency(&slow->before[i]));
		put_code(object, view, &slow->before[i]);
		json_add(array, object);
	}
	return array;
}

json_t *slowest_json(const struct slowest_view *view)
{
	json_t *array = json_new_array();
	char number[12];

	for (size_t i = 0; i < view->slowest->count; i++) {
		const struct slow_exit *slow = view->slowest->list[i];
		json_t *object = json_new_object();

		json_put_text(object, "reason", vts_exit_reason_name(slow->exit.reason));
		json_put_count(object, "number", slow->exit.reason);
		json_put_text(object, "how", describe_how(&slow->exit, number));
		json_put_count(object, "vm", slow->exit.vm);
		json_put_count(object, "vcpu", slow->exit.vcpu);
		json_put_count(object, "exit_tsc", slow->exit.exit_tsc);
		json_put_count(object, "latency", slow->latency);
		put_code(object, view, &slow->exit);
		json_put_hex(object, "qualification", slow->exit.exit.qualification);
		if (slow->exit.flags & VTS_FLAG_GPA_VALID)
			json_put_hex(object, "gpa", slow->exit.exit.gpa);
		if (slow->exit.flags & VTS_FLAG_GLA_VALID)
			json_put_hex(object, "gla", slow->exit.exit.gla);
		dimensions[BY_PROCESS].json(object, slow->process, view->guest);
		dimensions[BY_PHASE].json(object, slow->phase, view->guest);
		put_host(object, slow);
		json_put(object, "within", within_json(slow));
		json_put_count(object, "within_all", slow->details_all);
		json_put(object, "before", before_json(view, slow));
		json_add(array, object);
	}
	return array;
}
