// SPDX-License-Identifier: GPL-2.0-only
/* Dimensions that say where in the guest an exit happened. */
#include "dimension_where.h"

#include <inttypes.h>
#include <string.h>

#include "text.h"

#define STACK_LABEL_MAX 72

/* Guest RIP */

bool rip_key(const struct exit_group *group, const struct guest *guest, uint64_t *key)
{
	(void)guest;
	*key = group->exit->exit.rip;
	return true;
}

void rip_label(uint64_t key, const struct guest *guest, char *text, size_t size)
{
	uint64_t start;
	int used = snprintf(text, size, "0x%" PRIx64, key);

	if (symbols_find(guest->symbols, key, &start)) {
		text[used++] = ' ';
		symbols_text(guest->symbols, key, text + used, size - used);
	}
}

void rip_json(json_t *object, uint64_t key, const struct guest *guest)
{
	uint64_t start = 0;
	const char *name = symbols_find(guest->symbols, key, &start);

	json_put_hex(object, "rip", key);
	json_put_text(object, "symbol", name);
	json_put_count(object, "offset", name ? key - start : 0);
}

/* Guest function: the symbol that the RIP lies in; key: its address, or the RIP itself if unknown
 */

bool function_key(const struct exit_group *group, const struct guest *guest, uint64_t *key)
{
	if (!symbols_find(guest->symbols, group->exit->exit.rip, key))
		*key = group->exit->exit.rip;
	return true;
}

void function_label(uint64_t key, const struct guest *guest, char *text, size_t size)
{
	symbols_text(guest->symbols, key, text, size);
}

void function_json(json_t *object, uint64_t key, const struct guest *guest)
{
	uint64_t start;

	json_put_hex(object, "address", key);
	json_put_text(object, "function", symbols_find(guest->symbols, key, &start));
}

/* Call stack, where it was recorded; else the function alone; key: its number */

bool stack_key(const struct exit_group *group, const struct guest *guest, uint64_t *key)
{
	*key = stacks_number(guest->stacks, group, guest->symbols);
	return true;
}

bool stack_frame(uint64_t key, const struct guest *guest, size_t index, char *text, size_t size)
{
	return stacks_frame(guest->stacks, (uint32_t)key, index, guest->symbols, text, size);
}

/** In a table, as far as there is room. */
void stack_label(uint64_t key, const struct guest *guest, char *text, size_t size)
{
	char frame[DIMENSION_LABEL_MAX];
	size_t frames = 0, used = 0;

	if (size > STACK_LABEL_MAX)
		size = STACK_LABEL_MAX;
	while (stack_frame(key, guest, frames, frame, sizeof(frame)))
		frames++;
	while (frames && stack_frame(key, guest, --frames, frame, sizeof(frame))) {
		if (used && used + strlen(frame) + sizeof(" < ") + sizeof(" < ...") > size) {
			snprintf(text + used, size - used, " < ...");
			break;
		}
		snprintf(text + used, size - used, "%s%s", used ? " < " : "", frame);
		used = strlen(text);
	}
}

void stack_json(json_t *object, uint64_t key, const struct guest *guest)
{
	json_t *frames = json_new_array();
	char frame[DIMENSION_LABEL_MAX];

	for (size_t i = 0; stack_frame(key, guest, i, frame, sizeof(frame)); i++)
		json_add(frames, json_string(frame));
	json_put(object, "frames", frames);
}

/* CR3, as it is */

bool cr3_key(const struct exit_group *group, const struct guest *guest, uint64_t *key)
{
	(void)guest;
	*key = group->exit->exit.cr3;
	return true;
}

void cr3_label(uint64_t key, const struct guest *guest, char *text, size_t size)
{
	(void)guest;
	snprintf(text, size, "0x%" PRIx64, key);
}

void cr3_json(json_t *object, uint64_t key, const struct guest *guest)
{
	(void)guest;
	json_put_hex(object, "cr3", key);
}

/* Process: by the name that it gave itself, else by its page table */

bool process_key(const struct exit_group *group, const struct guest *guest, uint64_t *key)
{
	*key = guest_process(guest, group->exit);
	return true;
}

void process_label(uint64_t key, const struct guest *guest, char *text, size_t size)
{
	if (key & GUEST_NAMED) {
		snprintf(text, size, "%s",
			 (const char *)intern_bytes(&guest->processes, (uint32_t)key));
		text_clean(text);
	} else {
		snprintf(text, size, "cr3 0x%" PRIx64, key);
	}
}

void process_json(json_t *object, uint64_t key, const struct guest *guest)
{
	const char *name = NULL;

	if (key & GUEST_NAMED)
		name = intern_bytes(&guest->processes, (uint32_t)key);
	json_put_text(object, "process", name);
	if (!name)
		json_put_hex(object, "cr3", key);
}

/* Phase: the innermost that is open; a mark's own exit is outside of its phase */

bool phase_key(const struct exit_group *group, const struct guest *guest, uint64_t *key)
{
	(void)group;
	*key = guest_phase(guest);
	return true;
}

void phase_label(uint64_t key, const struct guest *guest, char *text, size_t size)
{
	if (key)
		snprintf(text, size, "%s",
			 (const char *)intern_bytes(&guest->phases, (uint32_t)(key - 1)));
	else
		snprintf(text, size, "(outside)");
	text_clean(text);
}

void phase_json(json_t *object, uint64_t key, const struct guest *guest)
{
	json_put_text(object, "phase",
		      key ? intern_bytes(&guest->phases, (uint32_t)(key - 1)) : NULL);
}
