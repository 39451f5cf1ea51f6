// SPDX-License-Identifier: GPL-2.0-only
#include "bench/check.h"

#include <string.h>

static const struct vtb_result *find_native(const struct vtb_result *results, size_t index)
{
	const struct vtb_cell *cell = &results[index].cell;

	for (size_t i = 0; i < index; i++) {
		const struct vtb_cell *other = &results[i].cell;

		if (other->paging == VTB_NATIVE && other->workload == cell->workload &&
		    other->ops == cell->ops && other->seed == cell->seed && results[i].ok)
			return &results[i];
	}
	return NULL;
}

static void check_digest(struct vtb_result *result, const struct vtb_result *native)
{
	if (!native)
		vtb_result_fail(result, "native did not run to its end: no digest to compare with");
	else if (native->ops != result->ops)
		vtb_result_fail(result, "%llu operations, where native did %llu",
				(unsigned long long)result->ops, (unsigned long long)native->ops);
	else if (strcmp(native->digest, result->digest))
		vtb_result_fail(result,
				"digest %s, where native has %s: the guest computed something else",
				result->digest, native->digest);
}

static void check_twin(struct vtb_result *results, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		const char *field;

		if (!vtb_cell_twins(&results[i].cell, &results[index].cell))
			continue;
		field = vtb_result_difference(&results[i], &results[index]);
		if (field)
			vtb_result_fail(&results[index],
					"not repeatable: %s differs from repetition %u", field,
					results[i].cell.rep + 1);
		return;
	}
}

void vtb_check(struct vtb_result *results, size_t index)
{
	struct vtb_result *result = &results[index];

	if (!*result->error && result->cell.paging != VTB_NATIVE)
		check_digest(result, find_native(results, index));
	if (!*result->error && result->cell.rep)
		check_twin(results, index);
	result->ok = !*result->error;
}
