/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the reader of a kernel's unwind tables and what walks by them; private to
 * tools/lib/unwind*. */
#ifndef TOOLS_LIB_UNWIND_PRIVATE_H
#define TOOLS_LIB_UNWIND_PRIVATE_H

#include <stdbool.h>

#include "unwind.h"

/** Registers of an ORC entry, as Linux numbers them; others are not recorded. */
enum {
	ORC_UNDEFINED = 0,
	ORC_PREV_SP = 1,
	ORC_BP = 4,
	ORC_SP = 5,
	ORC_BP_INDIRECT = 8,
	ORC_SP_INDIRECT = 9
};

/** What lies at the frame's base: above a return address; all registers; those of IRET. */
enum orc_type { ORC_CALL, ORC_REGS, ORC_REGS_PARTIAL };

struct orc_row {
	int16_t sp_offset, bp_offset;
	unsigned sp_reg, bp_reg;
	enum orc_type type;
};

/** What the tables say of the code at @ip; false if they do not know it. */
bool unwind_row(const struct unwind *unwind, uint64_t ip, struct orc_row *row);
/** Whether @address is a place that a call of the kernel's returns to. */
bool unwind_is_return(const struct unwind *unwind, uint64_t address);

#endif
