// SPDX-License-Identifier: GPL-2.0-only
/*
 * What tests/guest/ptdiff.c must print: ptdiff-oracle FIRST SEEDS STEPS BLOCK SHOW SMAP, as its
 * arguments seeds, steps, block, show and smap, and its seed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/diff/print.h"

void print_text(const char *text)
{
	fputs(text, stdout);
}

int main(int argc, char **argv)
{
	static struct model model;
	struct print print = {0};
	uint64_t first, seeds, steps;
	bool smap;

	if (argc != 7) {
		fprintf(stderr, "usage: ptdiff-oracle FIRST SEEDS STEPS BLOCK SHOW SMAP\n");
		return 2;
	}
	first = strtoull(argv[1], NULL, 0);
	seeds = strtoull(argv[2], NULL, 0);
	steps = strtoull(argv[3], NULL, 0);
	print.block = strtoull(argv[4], NULL, 0);
	print.show = strtoull(argv[5], NULL, 0);
	smap = strtoull(argv[6], NULL, 0);
	for (uint64_t seed = first; seed < first + seeds; seed++) {
		model_init(&model, seed, smap);
		print_seed(&print, seed);
		for (uint64_t step = 0; step < steps; step++) {
			struct model_op op = model_next(&model);
			struct model_outcome outcome;
			uint64_t words[4];

			model_apply(&model, &op, &outcome);
			if (op.kind == MODEL_ACCESS)
				for (unsigned i = 0; i < outcome.levels; i++)
					words[i] = model.word[outcome.page[i]][outcome.slot[i]];
			print_step(&print, &model, step, &op, &outcome, words);
		}
		for (unsigned page = 0; page < MODEL_PAGES; page++)
			for (unsigned slot = 1; slot < MODEL_SLOTS; slot++)
				print_word(&print, page, slot, model.word[page][slot]);
		print_seed_end(&print, seed);
	}
	print_end(&print);
	return 0;
}
