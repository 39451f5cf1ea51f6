/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON by way of jansson, for trees that cannot fail half-way: without memory the program ends,
 * with a message. Values are handed over to the array or object that takes them.
 */
#ifndef EXITSTAT_JSON_H
#define EXITSTAT_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "trace/hist.h"
#include "trace/source.h"

json_t *json_new_object(void);
json_t *json_new_array(void);
void json_add(json_t *array, json_t *value);
void json_put(json_t *object, const char *key, json_t *value);
/** jansson's integers are signed: from 2^63 on the number becomes a real. */
void json_put_count(json_t *object, const char *key, uint64_t number);
void json_put_real(json_t *object, const char *key, double number);
void json_put_bool(json_t *object, const char *key, int value);
/** An address, as a string "0x...". */
void json_put_hex(json_t *object, const char *key, uint64_t number);
/** Text; where it is not UTF-8, everything but printable ASCII is replaced by '?'. NULL becomes
 *  null. */
void json_put_text(json_t *object, const char *key, const char *text);
/** count, sum, min, mean, p50, p90, p99, p999, max. */
void json_put_hist(json_t *object, const struct vts_hist *hist);
/** What the metadata says of the run: an object of texts. */
json_t *json_env(const struct vts_source *source);
/** Print to standard output, and free. */
void json_print(json_t *root);

#endif
