/* SPDX-License-Identifier: GPL-2.0-only */
/* What compilers call by themselves, and two more. As in C11, 7.24. */
#ifndef WORKLOADS_LIB_STRING_H
#define WORKLOADS_LIB_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
size_t strlen(const char *text);

#endif
