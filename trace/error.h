/* SPDX-License-Identifier: GPL-2.0-only */
/* Error texts, `what: why, and what to do`; private to trace/. */
#ifndef TRACE_ERROR_H
#define TRACE_ERROR_H

#include "source.h"

/** Format into @error (may be NULL), cut to what fits. */
void error_set(struct vts_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
