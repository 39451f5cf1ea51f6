// SPDX-License-Identifier: GPL-2.0-only
/* Folded stacks, as flamegraph.pl and speedscope read them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "exitstat.h"
#include "folded.h"
#include "text.h"

/** A stack: which frames it has, and their keys. */
struct stack {
	uint64_t present; /* bit i: frame i */
	uint64_t key[DIMENSIONS];
};

/** One to be printed. */
struct line {
	char *text;
	const struct stack *stack;
	const struct folded_value *value;
};

void folded_usual(struct folded *folded, bool symbols)
{
	folded->depth = 0;
	folded->by[folded->depth++] = BY_PROCESS;
	if (symbols)
		folded->by[folded->depth++] = BY_STACK;
	folded->by[folded->depth++] = BY_REASON;
	folded->by[folded->depth++] = BY_RESOLUTION;
}

void folded_init(struct folded *folded)
{
	intern_init(&folded->stacks);
	folded->values = NULL;
	folded->room = 0;
}

void folded_free(struct folded *folded)
{
	intern_free(&folded->stacks);
	free(folded->values);
}

/** The value of a stack, which may be new. */
static struct folded_value *value_of(struct folded *folded, const struct stack *stack)
{
	uint32_t number = intern_add(&folded->stacks, stack, sizeof(*stack));

	if (number >= folded->room) {
		size_t room = folded->room ? folded->room * 2 : 64;

		folded->values = realloc(folded->values, room * sizeof(*folded->values));
		if (!folded->values)
			die_of_memory();
		memset(folded->values + folded->room, 0,
		       (room - folded->room) * sizeof(*folded->values));
		folded->room = room;
	}
	return &folded->values[number];
}

void folded_add(struct folded *folded, const struct exit_group *group, const struct guest *guest)
{
	struct stack stack = {0};
	struct folded_value *value;

	for (size_t i = 0; i < folded->depth; i++) {
		if (dimensions[folded->by[i]].key(group, guest, &stack.key[i]))
			stack.present |= 1ull << i;
		else
			stack.key[i] = 0;
	}
	value = value_of(folded, &stack);
	value->count++;
	value->sum += exit_latency(group->exit);
}

/** The text of part @part of a frame: ';' and line ends would tear the stack apart. False: it has
 *  no so many. */
static bool frame_text(const struct folded *folded, const struct stack *stack, size_t frame,
		       size_t part, const struct guest *guest, char *text)
{
	const struct dimension_info *dimension = &dimensions[folded->by[frame]];
	uint64_t key = stack->key[frame];

	if (!(stack->present >> frame & 1))
		return false;
	if (dimension->frame) {
		if (!dimension->frame(key, guest, part, text, DIMENSION_LABEL_MAX))
			return false;
	} else if (part) {
		return false;
	} else {
		dimension->label(key, guest, text, DIMENSION_LABEL_MAX);
	}
	for (char *at = text_clean(text); *at; at++)
		if (*at == ';')
			*at = ',';
	return true;
}

static char *stack_text(const struct folded *folded, const struct stack *stack,
			const struct guest *guest)
{
	char *text, part[DIMENSION_LABEL_MAX];
	FILE *stream;
	size_t bytes;

	stream = open_memstream(&text, &bytes);
	if (!stream)
		die_of_memory();
	for (size_t i = 0; i < folded->depth; i++)
		for (size_t j = 0; frame_text(folded, stack, i, j, guest, part); j++)
			fprintf(stream, "%s%s", ftell(stream) ? ";" : "", part);
	if (fclose(stream))
		die_of_memory();
	return text;
}

static int compare(const void *left, const void *right)
{
	return strcmp(((const struct line *)left)->text, ((const struct line *)right)->text);
}

/** All stacks in order; to be freed with free_lines. */
static struct line *make_lines(const struct folded *folded, const struct guest *guest)
{
	struct line *lines = calloc(folded->stacks.count + 1, sizeof(*lines));

	if (!lines)
		die_of_memory();
	for (uint32_t i = 0; i < folded->stacks.count; i++) {
		lines[i].stack = intern_bytes(&folded->stacks, i);
		lines[i].text = stack_text(folded, lines[i].stack, guest);
		lines[i].value = &folded->values[i];
	}
	qsort(lines, folded->stacks.count, sizeof(*lines), compare);
	return lines;
}

static void free_lines(const struct folded *folded, struct line *lines)
{
	for (uint32_t i = 0; i < folded->stacks.count; i++)
		free(lines[i].text);
	free(lines);
}

void folded_text(const struct folded *folded, const struct guest *guest, FILE *file)
{
	struct line *lines = make_lines(folded, guest);

	for (uint32_t i = 0; i < folded->stacks.count; i++)
		fprintf(file, "%s %" PRIu64 "\n", *lines[i].text ? lines[i].text : "other",
			folded->counts ? lines[i].value->count : lines[i].value->sum);
	free_lines(folded, lines);
}

json_t *folded_json(const struct folded *folded, const struct guest *guest)
{
	struct line *lines = make_lines(folded, guest);
	json_t *array = json_new_array();
	char text[DIMENSION_LABEL_MAX];

	for (uint32_t i = 0; i < folded->stacks.count; i++) {
		json_t *object = json_new_object(), *frames = json_new_array();

		for (size_t frame = 0; frame < folded->depth; frame++)
			for (size_t j = 0;
			     frame_text(folded, lines[i].stack, frame, j, guest, text); j++)
				json_add(frames, json_string(text));
		json_put(object, "frames", frames);
		json_put_count(object, "count", lines[i].value->count);
		json_put_count(object, "sum", lines[i].value->sum);
		json_add(array, object);
	}
	free_lines(folded, lines);
	return array;
}
