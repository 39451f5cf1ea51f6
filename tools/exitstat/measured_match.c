// SPDX-License-Identifier: GPL-2.0-only
/* Whether two measurements can be compared, and if not, what is in the way. */
#include <string.h>

#include "measured.h"

static const struct {
	const char *object; /* "": in none */
	const char *key;    /* NULL: all of the object's */
	const char *advice;
} parts[] = {
    {"", "abi", "use the tools that wrote the other, or save a new baseline"},
    {"", "unit", "times of different units cannot be compared"},
    {"workload", NULL, "run the same guest program, or save a baseline for this one"},
    {"configuration", NULL, "run with the same options, or save a baseline for these"},
    {"engine", NULL, "run on the same engine, or save a baseline for this one"},
    {"", "compiler", "build with the same compiler, or save a baseline for this one"},
    {"subject", NULL, "give runs of one build"},
};

static const json_t *part_of(const struct measured *measured, const char *object, const char *key)
{
	const json_t *from = *object ? json_object_get(measured->about, object) : measured->about;

	return json_object_get(from, key);
}

const char *measured_about(const struct measured *measured, const char *object, const char *key)
{
	const char *text = json_string_value(part_of(measured, object, key));

	return text ? text : "";
}

const char *measured_unit(const struct measured *measured)
{
	return measured_about(measured, "", "unit");
}

/** The same, or not said in either. */
static bool same(const json_t *a, const json_t *b)
{
	bool no_a = !a || json_is_null(a), no_b = !b || json_is_null(b);

	return no_a || no_b ? no_a == no_b : json_equal(a, b);
}

static const char *value_text(const json_t *value, char *text, size_t size)
{
	if (json_is_string(value))
		snprintf(text, size, "%s", json_string_value(value));
	else if (json_is_integer(value))
		snprintf(text, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else
		snprintf(text, size, "not said");
	return text;
}

static bool same_key(const struct measured *a, const struct measured *b, size_t part,
		     const char *key, struct vts_error *error)
{
	const char *object = parts[part].object;
	const json_t *x = part_of(a, object, key), *y = part_of(b, object, key);
	char m[128], n[128];

	if (same(x, y))
		return true;
	fail(error, "%s%s%s is %s in %s, %s in %s: %s", object, *object ? ": " : "", key,
	     value_text(x, m, sizeof(m)), a->title, value_text(y, n, sizeof(n)), b->title,
	     parts[part].advice);
	return false;
}

/** All keys of @a's object are the same in @b. */
static bool same_object(const struct measured *a, const struct measured *b, size_t part,
			struct vts_error *error)
{
	json_t *object = json_object_get(a->about, parts[part].object), *value;
	const char *key;

	json_object_foreach(object, key, value)
	{
		if (!same_key(a, b, part, key, error))
			return false;
	}
	return true;
}

bool measured_match(const struct measured *a, const struct measured *b, bool same_subject,
		    struct vts_error *error)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		bool equal;

		if (!strcmp(parts[i].object, "subject") && !same_subject)
			continue;
		if (parts[i].key)
			equal = same_key(a, b, i, parts[i].key, error);
		else
			equal = same_object(a, b, i, error) && same_object(b, a, i, error);
		if (!equal)
			return false;
	}
	return true;
}
