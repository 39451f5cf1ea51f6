/* SPDX-License-Identifier: GPL-2.0-only */
/* A device's ISA line (0 to 15), by the 8259s or by the I/O APIC (Intel 82093AA), to a handler. */
#ifndef WORKLOADS_LIB_LINE_H
#define WORKLOADS_LIB_LINE_H

#include "workloads/lib/trap.h"

enum line_by { LINE_BY_PIC, LINE_BY_IOAPIC };

/** What this processor can be reached by: the I/O APIC where the local APIC has x2APIC mode. */
enum line_by line_best(void);

/** Let @line through, and no other of the 8259s'. By the I/O APIC: edge-triggered, to this processor; apic_init was called. */
void line_open(enum line_by by, unsigned line, trap_handler handler);
void line_close(enum line_by by, unsigned line);
/** The handler is done. */
void line_eoi(enum line_by by, unsigned line);

#endif
