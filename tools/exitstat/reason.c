// SPDX-License-Identifier: GPL-2.0-only
/* An exit reason, as an option names it. */
#include <stdlib.h>
#include <string.h>

#include "exitstat.h"
#include "trace/names.h"

int option_reason(const struct options *options, const char *word, uint64_t *reason)
{
	size_t count;
	const struct vts_name *names = vts_exit_reasons(&count);
	const char **candidates = calloc(count + 1, sizeof(*candidates)), *near;

	if (!candidates)
		die_of_memory();
	for (size_t i = 0; i < count; i++) {
		*reason = names[i].number;
		if (!strcmp(word, names[i].name)) {
			free(candidates);
			return 0;
		}
		candidates[i] = names[i].name;
	}
	near = nearest_name(word, candidates);
	free(candidates);
	if (parse_number(word, 0, UINT16_MAX, reason))
		return 0;
	if (near)
		usage_error(options, "--reason %s: no such exit reason; did you mean %s?", word,
			    near);
	else
		usage_error(options, "--reason %s: no such exit reason", word);
	return -1;
}
