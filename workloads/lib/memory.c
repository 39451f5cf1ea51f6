// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/memory.h"

#include "workloads/lib/console.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/string.h"

static uint64_t data_end, tables_start; /* free memory lies between them */

static void memory_init(void)
{
	if (tables_start)
		return;
	data_end = machine.boot->free_start;
	tables_start = machine.boot->memory_bytes;
}

static _Noreturn void memory_lacking(uint64_t bytes)
{
	printf("guest: %lu KiB more memory needed, of %lu KiB in all: give it more with vtrun "
	       "--mem, or ask for less\n",
	       bytes >> 10, machine.boot->memory_bytes >> 10);
	machine_exit(2);
}

void *memory_take(uint64_t bytes, uint64_t align)
{
	uint64_t start;

	memory_init();
	start = (data_end + align - 1) & -align;
	if (start > tables_start || bytes > tables_start - start)
		memory_lacking(bytes);
	data_end = start + ((bytes + PAGE_SIZE - 1) & -PAGE_SIZE);
	return (void *)start;
}

uint64_t *memory_take_tables(uint64_t count)
{
	memory_init();
	if (count > (tables_start - data_end) / PAGE_SIZE)
		memory_lacking(count * PAGE_SIZE);
	tables_start -= count * PAGE_SIZE;
	return memset((void *)tables_start, 0, count * PAGE_SIZE);
}
