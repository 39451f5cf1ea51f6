/* SPDX-License-Identifier: GPL-2.0-only */
/* The bare platform's own pieces, in the order in which start.c brings them up. */
#ifndef CORE_VMM_PLATFORM_BARE_BARE_H
#define CORE_VMM_PLATFORM_BARE_BARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core-vmm/loader/guest_image.h"
#include "core-vmm/vm.h"
#include "trace/boot.h"

#define HOST_CODE_SELECTOR 0x08
#define HOST_DATA_SELECTOR 0x10
#define HOST_TSS_SELECTOR  0x18

/** A file that the boot loader put into memory. */
struct bare_module {
	const void *data;
	size_t bytes;
};

/** What the boot loader handed over. Strings lie in its memory, which is never reused. */
struct bare_boot {
	uint64_t memory_end; /* memory from 1 MiB to here is ours */
	uint64_t used_end;   /* image and modules lie below */
	char *cmdline;
	struct bare_module guest, stdin;
	struct guest_module initrd[VTS_BOOT_INITRDS];
	unsigned initrds;
};

/** Parse the Multiboot information; NULL, or what is wrong. */
const char *multiboot_parse(uint32_t magic, uint64_t info, struct bare_boot *boot);

struct bare_config {
	struct vm_config vm;
	bool native;
	bool has_disk, disk_read_only;
	bool has_hop;
	uint64_t nonce;
};

/** Parse the command line (trace/boot.h); NULL, or what is wrong. Cuts @cmdline into words. */
const char *config_parse(char *cmdline, struct bare_config *config);

/** GDT, TSS, IDT: every fault of the VMM prints a full dump and stops. */
void trap_init(void);
/** Base addresses, for the VMCS host state. */
uint64_t trap_gdt_base(void);
uint64_t trap_idt_base(void);
uint64_t trap_tss_base(void);

/** The page allocator's range. */
void pages_init(uint64_t start, uint64_t end);
/** What is free now. */
struct pages_mark {
	uint64_t bottom, top;
	void **free;
};
struct pages_mark pages_mark(void);
/** All that was allocated since @mark, and is not free again yet, is free; marks nest. */
void pages_release(struct pages_mark mark);

/** Map all memory below @memory_end at its physical address: text execute-only, read-only data
 *  read-only, all else no-execute; guard pages below the stacks. */
void map_init(uint64_t memory_end);

/** COM1, and the log. */
void serial_init(void);
/** Typed bytes are to come no faster than they are looked for. */
void serial_pace(void);
void serial_write(char c);
/** Wait until the last byte has left. */
void serial_drain(void);
/** A typed byte, or -1. */
int serial_read(void);

struct vts_hop;
/** Messages go to this log ring from now on, instead of COM1. */
void log_to(struct vts_hop *hop);

/** Set up the shared memory, or plain memory of the same shape where there is no hop; NULL: no
 *  memory. */
struct vts_hop *hop_create(const struct bare_config *config);
/** Greet vtrun, which finds the memory and holds us until it has. */
void hop_greet(struct vts_hop *hop);
/** Take the stamps off: the rings are empty and ready. */
void hop_reset(struct vts_hop *hop);
/** Write one byte to port 0xE9. */
void hop_wake(uint8_t byte);
/** The last byte, and power off. */
_Noreturn void hop_end(bool has_hop);

/** Run the guest with no VMM under it. */
_Noreturn void native_run(const struct bare_boot *boot, const struct bare_config *config);

#endif
