// SPDX-License-Identifier: GPL-2.0-only
/* JSON trees that cannot fail half-way. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exitstat.h"
#include "json.h"
#include "text.h"

static json_t *made(json_t *value)
{
	if (!value)
		die_of_memory();
	return value;
}

json_t *json_new_object(void)
{
	return made(json_object());
}

json_t *json_new_array(void)
{
	return made(json_array());
}

void json_add(json_t *array, json_t *value)
{
	if (json_array_append_new(array, made(value)))
		die_of_memory();
}

void json_put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, made(value)))
		die_of_memory();
}

void json_put_count(json_t *object, const char *key, uint64_t number)
{
	json_put(object, key,
		 number <= INT64_MAX ? json_integer((json_int_t)number)
				     : json_real((double)number));
}

void json_put_real(json_t *object, const char *key, double number)
{
	json_put(object, key, json_real(number));
}

void json_put_bool(json_t *object, const char *key, int value)
{
	json_put(object, key, json_boolean(value));
}

void json_put_hex(json_t *object, const char *key, uint64_t number)
{
	char text[TEXT_NUMBER_MAX];

	snprintf(text, sizeof(text), "0x%" PRIx64, number);
	json_put(object, key, json_string(text));
}

void json_put_text(json_t *object, const char *key, const char *text)
{
	json_t *value = text ? json_string(text) : json_null();
	char *copy;

	if (value) {
		json_put(object, key, value);
		return;
	}
	copy = strdup(text); /* not UTF-8 */
	if (!copy)
		die_of_memory();
	json_put(object, key, json_string(text_clean(copy)));
	free(copy);
}

void json_put_hist(json_t *object, const struct vts_hist *hist)
{
	json_put_count(object, "count", hist->count);
	json_put_count(object, "sum", hist->sum);
	json_put_count(object, "min", hist->count ? hist->min : 0);
	json_put_real(object, "mean", vts_hist_mean(hist));
	json_put_count(object, "p50", vts_hist_percentile(hist, 500));
	json_put_count(object, "p90", vts_hist_percentile(hist, 900));
	json_put_count(object, "p99", vts_hist_percentile(hist, 990));
	json_put_count(object, "p999", vts_hist_percentile(hist, 999));
	json_put_count(object, "max", hist->max);
}

json_t *json_env(const struct vts_source *source)
{
	json_t *object = json_new_object();
	size_t count;
	const struct vts_env *env = vts_source_env_all(source, &count);

	for (size_t i = 0; i < count; i++) {
		char key[64];

		snprintf(key, sizeof(key), "%s", env[i].key);
		json_put_text(object, text_clean(key), env[i].value);
	}
	return object;
}

void json_print(json_t *root)
{
	if (json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) == 0)
		putchar('\n');
	json_decref(root);
}
