/* SPDX-License-Identifier: GPL-2.0-only */
/* What an exit reason's qualification tells: the port, the CPUID leaf, the MSR, the register ... */
#ifndef VMTOP_WHAT_H
#define VMTOP_WHAT_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/event.h"

/** The key of an exit; false if its reason says no more than itself. */
bool what_key(const struct vts_event *exit, uint64_t *key);
/** The key of an exit of @reason for people. */
void what_label(unsigned reason, uint64_t key, char *text, size_t size);
/** What such keys are called: "port", "leaf", ... */
const char *what_title(unsigned reason);

#endif
