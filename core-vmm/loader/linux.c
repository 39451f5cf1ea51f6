/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/loader/linux.h"

#include "core-vmm/loader/acpi_tables.h"
#include "core-vmm/loader/boot_layout.h"
#include "trace/linux_image.h"

#define CODE_SELECTOR 0x10 /* __BOOT_CS; __BOOT_DS is the next */

/* struct boot_params: Documentation/arch/x86/zero-page.rst. */
#define PARAMS_BYTES	    0x1000u
#define PARAMS_RSDP	    0x070
#define PARAMS_MAP_COUNT    0x1e8
#define PARAMS_HEADER	    0x1f1
#define PARAMS_HEADER_END   0x290 /* the setup header has no more room */
#define PARAMS_LOADER	    0x210
#define PARAMS_INITRD	    0x218
#define PARAMS_INITRD_BYTES 0x21c
#define PARAMS_CMDLINE	    0x228
#define PARAMS_SETUP_DATA   0x250
#define PARAMS_MAP	    0x2d0

#define LOADER_UNREGISTERED 0xff

#define AT_RANDOM    0x16200ull
#define SETUP_RANDOM 9 /* SETUP_RNG_SEED */
#define RANDOM_WORDS 4

/** struct setup_data. */
struct random_data {
	uint64_t next;
	uint32_t type, bytes;
	uint64_t word[RANDOM_WORDS];
};

static void field_set(uint8_t *params, unsigned offset, unsigned bytes, uint64_t value)
{
	for (unsigned i = 0; i < bytes; i++)
		params[offset + i] = (uint8_t)(value >> 8 * i);
}

static void map_add(uint8_t *params, const struct boot_range *range)
{
	unsigned at = PARAMS_MAP + 20u * params[PARAMS_MAP_COUNT]++;

	field_set(params, at, 8, range->start);
	field_set(params, at + 8, 8, range->end - range->start);
	field_set(params, at + 16, 4, range->type);
}

/** A number of Vigna's SplitMix64. */
static uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static int random_write(struct guest_memory *memory, uint64_t seed)
{
	struct random_data data = {.type = SETUP_RANDOM, .bytes = sizeof(data.word)};

	for (unsigned i = 0; i < RANDOM_WORDS; i++)
		data.word[i] = random_next(&seed);
	return guest_memory_write(memory, AT_RANDOM, &data, sizeof(data));
}

static struct guest_module initrd_of(const struct guest_image *image)
{
	return image->module_count ? image->modules[0] : (struct guest_module){0};
}

static void params_fill(uint8_t *params, const struct guest_memory *memory,
			const struct guest_image *image, const struct vts_linux_layout *layout)
{
	const uint8_t *file = image->file;
	struct boot_range map[BOOT_MAP];
	unsigned end = VTS_LINUX_MAGIC + file[VTS_LINUX_JUMP_OFFSET];

	for (unsigned i = PARAMS_HEADER; i < end && i < PARAMS_HEADER_END && i < image->bytes; i++)
		params[i] = file[i];
	field_set(params, PARAMS_LOADER, 1, LOADER_UNREGISTERED);
	field_set(params, PARAMS_INITRD, 4, image->module_count ? layout->initrd : 0);
	field_set(params, PARAMS_INITRD_BYTES, 4, initrd_of(image).bytes);
	field_set(params, PARAMS_CMDLINE, 4, AT_ARGS);
	field_set(params, PARAMS_SETUP_DATA, 8, AT_RANDOM);
	/* A native machine's firmware has written its own, and the kernel finds them. */
	field_set(params, PARAMS_RSDP, 8, image->native ? 0 : ACPI_TABLES_START);
	boot_map(memory, map);
	for (unsigned i = 0; i < BOOT_MAP; i++)
		map_add(params, &map[i]);
}

static int params_write(struct guest_memory *memory, const struct guest_image *image,
			const struct vts_linux_layout *layout)
{
	uint64_t hpa = guest_memory_back(memory, AT_BOOT_INFO); /* a page, and clear */

	_Static_assert(PARAMS_BYTES == PAGE_SIZE, "struct boot_params is a page");
	if (!hpa)
		return -1;
	params_fill(platform_virt(hpa), memory, image, layout);
	return 0;
}

const char *linux_load(struct guest_memory *memory, const struct guest_image *image,
		       struct guest_entry *entry)
{
	const struct guest_module initrd = initrd_of(image);
	struct vts_linux_layout layout;
	const char *error;
	uint64_t length = 0;

	while (image->args[length])
		length++;
	error = vts_linux_layout(image->file, image->bytes, memory->bytes, initrd.bytes, length,
				 &layout);
	if (error)
		return error;
	if (boot_pages_write(memory) || boot_segments_write(memory, CODE_SELECTOR, true) ||
	    boot_args_write(memory, image->args) < 0 || random_write(memory, image->seed) ||
	    params_write(memory, image, &layout) ||
	    guest_memory_write(memory, layout.load, (const char *)image->file + layout.code_offset,
			       layout.code_bytes) ||
	    guest_memory_write(memory, layout.initrd, initrd.data, initrd.bytes))
		return "no memory for the guest's kernel";
	entry->kernel = true;
	entry->rip = layout.load + VTS_LINUX_ENTRY_64;
	entry->rsi = AT_BOOT_INFO;
	entry->code_selector = CODE_SELECTOR;
	return image->native ? NULL : acpi_tables_write(memory);
}
