/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's arguments: words key=value, as vtrun was given them after "--". */
#ifndef WORKLOADS_LIB_ARGS_H
#define WORKLOADS_LIB_ARGS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Check every word: its key must be in @keys (separated by spaces). A message and false otherwise.
 */
bool args_check(const char *name, const char *keys);

/**
 * The value of @key: a decimal number of at least @least. Without it, @fallback. A message and an
 * end with status 2 when the value is not such a number.
 */
uint64_t args_number(const char *key, uint64_t fallback, uint64_t least);

/** Whether @key has this value. */
bool args_is(const char *key, const char *value);

/** The position in @choices (separated by spaces) of @key's value; 0 without it. Ends likewise. */
unsigned args_choice(const char *key, const char *choices);

#endif
