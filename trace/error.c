/* SPDX-License-Identifier: GPL-2.0-only */
#include "error.h"

#include <stdarg.h>

void error_set(struct vts_error *error, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return;
	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
}
