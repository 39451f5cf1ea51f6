/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line: trace/boot.h. */
#include "core-vmm/platform/bare/bare.h"

#define HZ_MIN 1000000u /* devices count time in it */

static bool text_is(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

/** Cut the next word off @line at @separator; what follows it. */
static char *cut(char *line, char separator)
{
	while (*line && *line != separator)
		line++;
	if (*line)
		*line++ = 0;
	return line;
}

static bool number_parse(const char *text, unsigned base, uint64_t *value)
{
	*value = 0;
	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned digit = *text >= '0' && *text <= '9'	? (unsigned)(*text - '0')
				 : *text >= 'a' && *text <= 'f' ? (unsigned)(*text - 'a' + 10)
								: 16;

		if (digit >= base)
			return false;
		*value = *value * base + digit;
	}
	return true;
}

static bool flag_parse(const char *text, bool *flag)
{
	uint64_t value;

	if (!number_parse(text, 10, &value) || value > 1)
		return false;
	*flag = value;
	return true;
}

static bool paging_parse(const char *value, struct bare_config *config)
{
	config->native = text_is(value, "native");
	if (text_is(value, "shadow"))
		config->vm.paging = VTS_VM_START_SHADOW;
	else if (text_is(value, "ept"))
		config->vm.paging = VTS_VM_START_EPT;
	else
		return config->native;
	return true;
}

static bool choice_parse(const char *value, const char *no, const char *yes, bool *flag)
{
	*flag = text_is(value, yes);
	return *flag || text_is(value, no);
}

static bool backing_parse(const char *value, uint8_t *shift)
{
	*shift = text_is(value, "4k")	? PAGE_SHIFT
		 : text_is(value, "2m") ? LARGE_SHIFT
		 : text_is(value, "1g") ? GIGA_SHIFT
					: 0;
	return *shift;
}

static bool track_parse(const char *value, uint8_t *track)
{
	*track = text_is(value, "writes")     ? VM_TRACK_WRITES
		 : text_is(value, "accesses") ? VM_TRACK_ACCESSES
					      : VM_TRACK_NONE;
	return *track || text_is(value, "none");
}

/** A list of what is to exit though it need not. Cuts @list. */
static bool intercept_parse(char *list, uint32_t *intercept)
{
	static const struct {
		const char *name;
		uint32_t bit;
	} names[] = {
	    {"rdtsc", VM_INTERCEPT_RDTSC},
	    {"pause", VM_INTERCEPT_PAUSE},
	    {"dr", VM_INTERCEPT_DR},
	    {"descriptors", VM_INTERCEPT_DESCRIPTORS},
	};

	while (*list) {
		char *rest = cut(list, ',');
		uint32_t found = 0;

		for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
			if (text_is(list, names[i].name))
				found = names[i].bit;
		if (!found)
			return false;
		*intercept |= found;
		list = rest;
	}
	return true;
}

/** A list of numbers below @limit, each a bit of @bits. Cuts @list. */
static bool bits_parse(char *list, unsigned limit, uint64_t *bits)
{
	while (*list) {
		char *rest = cut(list, ',');
		uint64_t number;

		if (!number_parse(list, 10, &number) || number >= limit)
			return false;
		bits[number / 64] |= 1ull << number % 64;
		list = rest;
	}
	return true;
}

/** One word; whether it is understood. */
static bool word_parse(const char *key, char *value, struct bare_config *config)
{
	struct vm_config *vm = &config->vm;

	if (text_is(key, "paging"))
		return paging_parse(value, config);
	if (text_is(key, "io"))
		return choice_parse(value, "trapped", "pv", &vm->pv);
	if (text_is(key, "ept_pages"))
		return backing_parse(value, &vm->backing);
	if (text_is(key, "track"))
		return track_parse(value, &vm->track);
	if (text_is(key, "vpid"))
		return flag_parse(value, &vm->vpid);
	if (text_is(key, "ept_ad"))
		return flag_parse(value, &vm->ept_ad);
	if (text_is(key, "apicv"))
		return flag_parse(value, &vm->apicv);
	if (text_is(key, "count_flush"))
		return flag_parse(value, &vm->count_flush);
	if (text_is(key, "disk")) {
		config->has_disk = true;
		return choice_parse(value, "rw", "ro", &config->disk_read_only);
	}
	if (text_is(key, "interactive"))
		return flag_parse(value, &vm->interactive);
	if (text_is(key, "idle"))
		return choice_parse(value, "warp", "realtime", &vm->realtime);
	if (text_is(key, "mem"))
		return number_parse(value, 10, &vm->memory);
	if (text_is(key, "hz"))
		return number_parse(value, 10, &vm->hz);
	if (text_is(key, "seed"))
		return number_parse(value, 10, &vm->seed);
	if (text_is(key, "tick"))
		return number_parse(value, 10, &vm->tick);
	if (text_is(key, "intercept"))
		return intercept_parse(value, &vm->intercept);
	if (text_is(key, "stacks"))
		return bits_parse(value, VTS_REASON_COUNT, vm->stacks);
	if (text_is(key, "reasons")) {
		vm->filter.by_reason = true;
		return bits_parse(value, VTS_REASON_COUNT, vm->filter.reasons);
	}
	if (text_is(key, "kinds")) {
		vm->filter.by_kind = true;
		return bits_parse(value, VTS_KIND_COUNT, &vm->filter.kinds);
	}
	if (text_is(key, "hash"))
		return number_parse(value, 16, &vm->hash);
	config->has_hop = vm->emulated = text_is(key, "nonce");
	return config->has_hop && number_parse(value, 16, &config->nonce);
}

const char *config_parse(char *line, struct bare_config *config)
{
	*config = (struct bare_config){.vm = {.paging = VTS_VM_START_EPT,
					      .vpid = true,
					      .ept_ad = true,
					      .apicv = true,
					      .backing = LARGE_SHIFT,
					      .memory = 64ul << 20,
					      .hz = 50000000,
					      .args = ""}};
	while (*line) {
		char *key = line, *value = cut(key, '=');

		if (text_is(key, "args")) {
			config->vm.args = value;
			break;
		}
		line = cut(value, ' ');
		if (!word_parse(key, value, config)) {
			platform_log("command line: %s=%s: not understood", key, value);
			return "a word of the command line is not understood";
		}
	}
	if (config->vm.memory % LARGE_SIZE || config->vm.memory < 32ul << 20 ||
	    config->vm.memory > 3ul << 30)
		return "mem must be a multiple of 2 MiB from 32 MiB to 3 GiB";
	if (config->vm.hz < HZ_MIN)
		return "hz must be at least 1000000";
	return NULL;
}
