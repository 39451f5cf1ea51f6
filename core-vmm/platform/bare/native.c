/* SPDX-License-Identifier: GPL-2.0-only */
/* The baseline: the same guest, started the same way, with no VMM under it. */
#include "core-vmm/abi/guest.h"
#include "core-vmm/loader/guest_image.h"
#include "core-vmm/memory/tlb.h"
#include "core-vmm/platform/bare/bare.h"
#include "core-vmm/platform/platform.h"
#include "core-vmm/vmx/msr.h"
#include "trace/hop.h"

struct descriptor_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

/** Guest memory that is the machine's own, at its own addresses. */
static struct guest_memory memory_identity(uint64_t bytes)
{
	struct guest_memory memory = {.bytes = bytes, .shift = LARGE_SHIFT};
	uint64_t chunks = bytes >> LARGE_SHIFT;

	memory.chunk = platform_pages_alloc((chunks * 8 + PAGE_SIZE - 1) >> PAGE_SHIFT);
	if (!memory.chunk)
		platform_panic("no memory for the native guest's map");
	for (uint64_t i = 0; i < chunks; i++)
		memory.chunk[i] = i << LARGE_SHIFT | CHUNK_LARGE;
	return memory;
}

/** Never returns: from here on the machine is the guest's. */
_Noreturn static void guest_jump(const struct guest_entry *entry)
{
	struct descriptor_pointer gdt = {entry->gdt_limit, entry->gdt_base};
	struct descriptor_pointer idt = {0, 0};
	uint64_t code = entry->code_selector;

	msr_write(MSR_EFER, GUEST_EFER);
	tlb_host_load_cr4(GUEST_CR4);
	tlb_host_load(entry->cr3);
	msr_write(MSR_TSC, 0);
	__asm__ volatile("lgdt %[gdt]\n\t"
			 "lidt %[idt]\n\t"
			 "mov %[cr0], %%cr0\n\t"
			 "ltr %w[tss]\n\t"
			 "mov %[data], %%ds\n\t"
			 "mov %[data], %%es\n\t"
			 "mov %[null], %%fs\n\t"
			 "mov %[null], %%gs\n\t"
			 "mov %[data], %%ss\n\t"
			 "mov %[rsp], %%rsp\n\t"
			 "push %[code]\n\t"
			 "push %[rip]\n\t"
			 "lretq"
			 :
			 : [gdt] "m"(gdt), [idt] "m"(idt), [cr0] "r"(GUEST_CR0),
			   [tss] "r"(code + 16), [data] "r"(code + 8), [null] "r"(0ull),
			   [rsp] "r"(entry->rsp), [code] "r"(code), [rip] "r"(entry->rip),
			   "D"(entry->rdi), "S"(entry->rsi)
			 : "memory");
	__builtin_unreachable();
}

/** A copy of it where no guest is put: kernels go where their files are. */
static struct guest_module module_raise(const void *data, size_t bytes)
{
	void *copy = platform_pages_alloc((bytes + PAGE_SIZE - 1) >> PAGE_SHIFT);

	if (!copy)
		platform_panic("no memory for the native guest's files");
	__builtin_memcpy(copy, data, bytes);
	return (struct guest_module){.data = copy, .bytes = bytes};
}

_Noreturn void native_run(const struct bare_boot *boot, const struct bare_config *config)
{
	struct guest_memory memory = memory_identity(config->vm.memory);
	struct guest_module file = module_raise(boot->guest.data, boot->guest.bytes), initrd;
	struct guest_image image = {.file = file.data,
				    .bytes = file.bytes,
				    .modules = &initrd,
				    .module_count = boot->initrds ? 1 : 0,
				    .args = config->vm.args,
				    .hz = config->vm.hz,
				    .seed = config->vm.seed,
				    .native = true};
	struct guest_entry entry;
	const char *error;

	if (boot->initrds)
		initrd = module_raise(boot->initrd[0].data, boot->initrd[0].bytes);
	error = guest_image_load(&memory, &image, &entry);
	if (error)
		platform_panic("%s", error);
	if (config->has_hop)
		for (const char *s = VTS_HOP_HELLO_NATIVE; *s; s++)
			hop_wake((uint8_t)*s);
	guest_jump(&entry);
}
