// SPDX-License-Identifier: GPL-2.0-only
#include "bench/check.h"

#include <stdbool.h>
#include <string.h>

/* Whose digest this cell's must be: native's, or, where there is none, the first's. */
static const struct vtb_result *find_reference(const struct vtb_result *results, size_t index)
{
	const struct vtb_cell *cell = &results[index].cell;

	for (size_t i = 0; i < index; i++) {
		const struct vtb_cell *other = &results[i].cell;

		if ((other->paging == VTB_NATIVE || cell->workload->linux) &&
		    other->workload == cell->workload && other->ops == cell->ops &&
		    other->seed == cell->seed && results[i].ok)
			return &results[i];
	}
	return NULL;
}

/* Whether it is what others are compared with. */
static bool is_reference(const struct vtb_result *results, size_t index)
{
	const struct vtb_cell *cell = &results[index].cell;

	return cell->paging == VTB_NATIVE ||
	       (cell->workload->linux && !find_reference(results, index));
}

static void check_digest(struct vtb_result *result, const struct vtb_result *reference)
{
	const char *name = reference ? vtb_paging_names[reference->cell.paging] : "";

	if (!reference)
		vtb_result_fail(result, "native did not run to its end: no digest to compare with");
	else if (reference->ops != result->ops)
		vtb_result_fail(result, "%llu operations, where %s did %llu",
				(unsigned long long)result->ops, name,
				(unsigned long long)reference->ops);
	else if (strcmp(reference->digest, result->digest))
		vtb_result_fail(result,
				"digest %s, where %s has %s: the guest computed something else",
				result->digest, name, reference->digest);
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

	if (!*result->error && !is_reference(results, index))
		check_digest(result, find_reference(results, index));
	if (!*result->error && result->cell.rep)
		check_twin(results, index);
	result->ok = !*result->error;
}
