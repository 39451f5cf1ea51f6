/* SPDX-License-Identifier: GPL-2.0-only */
/* The boot loader's information: Multiboot specification 0.6.96, section 3.3. */
#include "core-vmm/platform/bare/bare.h"
#include "trace/multiboot.h"

extern char image_end[];

/** Whether @string starts with @word, as a whole word. */
static bool word_is(const char *string, const char *word)
{
	while (*word && *string == *word)
		string++, word++;
	return !*word && (!*string || *string == ' ');
}

/** What follows the first word. */
static const char *word_after(const char *string)
{
	while (*string && *string != ' ')
		string++;
	return *string ? string + 1 : string;
}

/** End of the memory that goes on from 1 MiB. */
static uint64_t memory_end(const struct multiboot_info *info)
{
	uint64_t at = info->mmap_addr, end = at + info->mmap_length;

	while (at < end) {
		const struct multiboot_mmap *map = (const void *)at;

		if (map->type == MULTIBOOT_MEMORY_RAM && map->base <= 0x100000 &&
		    map->base + map->length > 0x100000)
			return map->base + map->length;
		at += map->size + sizeof(map->size);
	}
	return 0;
}

static void modules_parse(const struct multiboot_info *info, struct bare_boot *boot)
{
	const struct multiboot_module *module = (const void *)(uint64_t)info->mods_addr;

	for (uint32_t i = 0; i < info->mods_count; i++, module++) {
		const char *string = (const char *)(uint64_t)module->string;
		struct bare_module found = {.data = (const void *)(uint64_t)module->start,
					    .bytes = module->end - module->start};

		if (module->end > boot->used_end)
			boot->used_end = module->end;
		if (word_is(string, "guest"))
			boot->guest = found;
		else if (word_is(string, "stdin"))
			boot->stdin = found;
		else if (word_is(string, "initrd") && boot->initrds < VTS_BOOT_INITRDS)
			boot->initrd[boot->initrds++] =
			    (struct guest_module){found.data, found.bytes, word_after(string)};
	}
}

const char *multiboot_parse(uint32_t magic, uint64_t address, struct bare_boot *boot)
{
	const struct multiboot_info *info = (const void *)address;
	uint32_t needed = MULTIBOOT_INFO_CMDLINE | MULTIBOOT_INFO_MODS | MULTIBOOT_INFO_MMAP;

	*boot = (struct bare_boot){.used_end = (uint64_t)image_end};
	if (magic != MULTIBOOT_LOADER_MAGIC)
		return "not started by a Multiboot loader";
	if ((info->flags & needed) != needed)
		return "the loader gave no command line, modules or memory map";
	boot->memory_end = memory_end(info);
	if (!boot->memory_end)
		return "the loader's memory map has no memory at 1 MiB";
	if (boot->memory_end > 1ull << 32)
		boot->memory_end = 1ull << 32;
	boot->cmdline = (char *)(uint64_t)info->cmdline;
	if (address + sizeof(*info) > boot->used_end)
		boot->used_end = address + sizeof(*info);
	modules_parse(info, boot);
	if (!boot->guest.data)
		return "no module named guest";
	return NULL;
}
