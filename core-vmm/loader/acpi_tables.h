/* SPDX-License-Identifier: GPL-2.0-only */
/* ACPI tables (specification 6.4, chapter 5): what the devices of device/ are and where. */
#ifndef CORE_VMM_LOADER_ACPI_TABLES_H
#define CORE_VMM_LOADER_ACPI_TABLES_H

#include "core-vmm/memory/guest_memory.h"

/* Where a BIOS has them: a guest that is not told searches here (5.2.5.1). The page-aligned rest up to 1 MiB is theirs. */
#define ACPI_TABLES_START 0xe0000ull
#define ACPI_TABLES_END	  0x100000ull

/** Whether this VMM was built with iasl. */
bool acpi_tables_exist(void);
/** Write them; the RSDP is at ACPI_TABLES_START. NULL, or what is wrong. */
const char *acpi_tables_write(struct guest_memory *memory);

#endif
