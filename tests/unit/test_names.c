/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <ctype.h>
#include <string.h>

#include "trace/names.h"

static void check_table(const struct vts_name *table, size_t count, const char *what)
{
	for (size_t i = 0; i < count; i++) {
		cr_assert(*table[i].name && *table[i].text, "%s %zu", what, i);
		for (const char *c = table[i].name; *c; c++)
			cr_assert(islower(*c) || isdigit(*c) || *c == '_', "%s %s", what,
				  table[i].name);
		cr_assert(!i || table[i].number > table[i - 1].number, "%s %s is out of order",
			  what, table[i].name);
	}
}

Test(names, tables_are_in_order_and_of_identifiers)
{
	size_t count;
	const struct vts_name *table = vts_kinds(&count);

	check_table(table, count, "kind");
	cr_assert_eq(count, VTS_KIND_COUNT - 1);
	table = vts_exit_reasons(&count);
	check_table(table, count, "reason");
	cr_assert_gt(count, 70);
	table = vts_flush_causes(&count);
	check_table(table, count, "cause");
	table = vts_devices(&count);
	check_table(table, count, "device");
	table = vts_hypercalls(&count);
	check_table(table, count, "hypercall");
	table = vts_flags(&count);
	check_table(table, count, "flag");
	for (unsigned kind = 0; kind < VTS_KIND_COUNT; kind++) {
		table = vts_hows(kind, &count);
		check_table(table, count, "how");
	}
}

Test(names, hows_of_one_kind_stand_side_by_side)
{
	size_t all = 0, count;

	for (unsigned kind = 0; kind < 256; kind++) {
		vts_hows(kind, &count);
		all += count;
	}
#define HOW(KIND, NAME, number, name, text) all--;
#include "trace/events.def"
	cr_assert_eq(all, 0);
}

Test(names, every_word_of_every_kind_has_a_name)
{
	size_t count;
	const struct vts_name *kinds = vts_kinds(&count);

	for (size_t i = 0; i < count; i++) {
		const struct vts_field *fields = vts_fields(kinds[i].number);

		cr_assert(fields, "%s", kinds[i].name);
		for (unsigned word = 0; word < 5; word++)
			cr_assert(fields[word].name && fields[word].text, "%s %u", kinds[i].name,
				  word);
	}
	cr_assert(!vts_fields(0));
	cr_assert(!vts_fields(VTS_KIND_COUNT));
	cr_assert(!vts_fields(255));
}

Test(names, known_numbers)
{
	cr_assert_str_eq(vts_kind_name(VTS_KIND_EPT_VIOLATION), "ept_violation");
	cr_assert_str_eq(vts_how_name(VTS_KIND_VM_STOP, 18), "engine_died");
	cr_assert_str_eq(vts_how_name(VTS_KIND_INJECTION, 0), "external");
	cr_assert_str_eq(vts_exit_reason_name(VTS_REASON_EXCEPTION_NMI), "exception_nmi");
	cr_assert_str_eq(vts_exit_reason_name(VTS_REASON_TDCALL), "tdcall");
	cr_assert_str_eq(vts_flush_cause_name(VTS_CAUSE_SHADOW_ZAP), "shadow_zap");
	cr_assert_str_eq(vts_device_name(VTS_DEVICE_UART), "uart");
	cr_assert_str_eq(vts_hypercall_name(VTS_HYPERCALL_MARK), "mark");
	cr_assert_str_eq(vts_reason_name(VTS_KIND_EXIT, 10), "cpuid");
	cr_assert_str_eq(vts_reason_name(VTS_KIND_IO_REQUEST, 3), "console");
}

Test(names, unknown_numbers_stay_numbers)
{
	char buffer[12];

	cr_assert(!vts_kind_name(0));
	cr_assert(!vts_kind_name(200));
	cr_assert(!vts_how_name(VTS_KIND_VM_STOP, 200));
	cr_assert(!vts_how_name(200, 1));
	cr_assert(!vts_exit_reason_name(35));
	cr_assert(!vts_exit_reason_name(65535));
	cr_assert(!vts_reason_name(VTS_KIND_MARK, 1));
	cr_assert(!vts_reason_name(200, 1));
	cr_assert_str_eq(vts_name_or_number(NULL, 4294967295u, buffer), "4294967295");
	cr_assert_str_eq(vts_name_or_number("cpuid", 10, buffer), "cpuid");
}
