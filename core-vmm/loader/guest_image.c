/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/loader/guest_image.h"

#include "core-vmm/abi/guest.h"
#include "core-vmm/loader/boot_layout.h"
#include "core-vmm/loader/elf64.h"
#include "core-vmm/loader/linux.h"
#include "core-vmm/loader/multiboot.h"
#include "trace/linux_image.h"
#include "trace/multiboot_image.h"

static const char *program_load(struct guest_memory *memory, const struct guest_image *image,
				struct guest_entry *entry)
{
	struct vtg_boot_info info = {.magic = VTG_BOOT_MAGIC,
				     .version = VTG_ABI_VERSION,
				     .flags = image->native ? VTG_BOOT_NATIVE : 0,
				     .memory_bytes = memory->bytes,
				     .tsc_hz = image->hz,
				     .args = AT_ARGS,
				     .seed = image->seed};
	uint64_t end;
	const char *error =
	    elf64_load(memory, image->file, image->bytes, VTG_MEMORY_START, &entry->rip, &end);

	if (error)
		return error;
	info.free_start = (end + PAGE_SIZE - 1) & PAGE_MASK;
	if (boot_pages_write(memory) || boot_segments_write(memory, VTG_CODE_SELECTOR, true) ||
	    boot_args_write(memory, image->args) < 0 ||
	    guest_memory_write(memory, AT_BOOT_INFO, &info, sizeof(info)))
		return "no memory for the guest's boot structures";
	entry->rdi = AT_BOOT_INFO;
	entry->code_selector = VTG_CODE_SELECTOR;
	return NULL;
}

const char *guest_image_load(struct guest_memory *memory, const struct guest_image *image,
			     struct guest_entry *entry)
{
	*entry = (struct guest_entry){.rsp = AT_STACK_TOP,
				      .cr3 = AT_PML4,
				      .gdt_base = AT_GDT,
				      .tss_base = AT_TSS,
				      .tss_limit = TSS_BYTES - 1};
	const char *error =
	    vts_linux_is(image->file, image->bytes)	  ? linux_load(memory, image, entry)
	    : vts_multiboot_is(image->file, image->bytes) ? multiboot_load(memory, image, entry)
							  : program_load(memory, image, entry);

	entry->gdt_limit = (uint16_t)(boot_gdt_bytes(entry->code_selector) - 1);
	return error;
}
