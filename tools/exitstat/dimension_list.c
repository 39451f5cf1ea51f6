// SPDX-License-Identifier: GPL-2.0-only
/* A list of dimensions, as an option names them. */
#include <string.h>

#include "dimension.h"
#include "exitstat.h"

/** The names, ended by NULL. */
static const char *const *dimension_names(void)
{
	static const char *names[DIMENSIONS + 1];

	for (size_t i = 0; i < DIMENSIONS; i++)
		names[i] = dimensions[i].name;
	return names;
}

int dimension_list(const struct options *options, const char *list, enum dimension *chosen,
		   size_t *count)
{
	char word[32];

	*count = 0;
	while (*list) {
		size_t length = strcspn(list, ",");
		unsigned i = 0;
		const char *near;

		snprintf(word, sizeof(word), "%.*s", (int)length, list);
		while (i < DIMENSIONS && strcmp(word, dimensions[i].name))
			i++;
		if (i == DIMENSIONS) {
			near = nearest_name(word, dimension_names());
			usage_error(options, "--by %s: nothing to break down by%s%s%s", word,
				    near ? "; did you mean " : "", near ? near : "",
				    near ? "?" : "");
			return -1;
		}
		if (*count == DIMENSIONS) {
			usage_error(options, "--by %s: more than there are", list);
			return -1;
		}
		chosen[(*count)++] = i;
		list += length + (list[length] == ',');
	}
	return 0;
}
