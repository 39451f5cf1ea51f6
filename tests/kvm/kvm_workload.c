// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run a workload of vtscope (workloads/NAME.elf) as a guest of KVM, in the state that the guest ABI promises
 * (core-vmm/abi/guest.h, native), so that the very same program can be compared under both.
 *
 *   kvm-workload [--wait] FILE [ARGUMENTS]    --wait: print "ready", and start at a line of standard input
 *
 * Its console is standard output; when its phase ends, a line `ops N` follows. Exit status: the guest's.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core-vmm/abi/guest.h"
#include "trace/event.h"

#define MEMORY	 (64ul << 20)
#define GDT	 0x1000
#define TSS	 0x2000
#define INFO	 0x3000
#define ARGS	 0x3100
#define PML4	 0x10000
#define STACK	 0x9000
#define TSC_KHZ	 1000000ul /* what the guest is told; nothing here measures by it */
#define UART_LSR (VTG_PORT_UART + 5)
#define UART_SCR (VTG_PORT_UART + 7)
#define LSR_IDLE 0x60 /* nothing is left to be sent */

static uint8_t *memory;
static uint8_t scratch, record[sizeof(struct vts_event)];
static size_t record_bytes;
static int status = 125;

static void die(const char *what)
{
	fprintf(stderr, "kvm-workload: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* Place the segments; the entry. */
static uint64_t load(const char *path, uint64_t *end)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Elf64_Ehdr elf;
	Elf64_Phdr segment;

	*end = VTG_MEMORY_START;
	if (fd < 0 || pread(fd, &elf, sizeof(elf), 0) != sizeof(elf) ||
	    memcmp(elf.e_ident, ELFMAG, SELFMAG))
		die(path);
	for (unsigned i = 0; i < elf.e_phnum; i++) {
		off_t at = (off_t)(elf.e_phoff + i * sizeof(segment));

		if (pread(fd, &segment, sizeof(segment), at) != sizeof(segment))
			die(path);
		if (segment.p_type != PT_LOAD)
			continue;
		if (segment.p_paddr + segment.p_memsz > MEMORY ||
		    pread(fd, memory + segment.p_paddr, segment.p_filesz,
			  (off_t)segment.p_offset) != (ssize_t)segment.p_filesz)
			die(path);
		if (segment.p_paddr + segment.p_memsz > *end)
			*end = segment.p_paddr + segment.p_memsz;
	}
	close(fd);
	return elf.e_entry;
}

/* The first GiB one to one by 2 MiB pages, and the descriptors. */
static void make_tables(void)
{
	uint64_t *pml4 = (uint64_t *)(memory + PML4), *gdt = (uint64_t *)(memory + GDT);

	pml4[0] = (PML4 + 0x1000) | 3;
	pml4[512] = (PML4 + 0x2000) | 3;
	for (uint64_t i = 0; i < 512; i++)
		pml4[1024 + i] = i << 21 | 0x83;
	gdt[1] = 0x00af9b000000ffff;
	gdt[2] = 0x00cf93000000ffff;
	gdt[3] = 0x0000890000000067 | (uint64_t)TSS << 16;
}

static void make_info(uint64_t free_start, char **words)
{
	struct vtg_boot_info *info = (struct vtg_boot_info *)(memory + INFO);
	char *args = (char *)(memory + ARGS);

	*info = (struct vtg_boot_info){.magic = VTG_BOOT_MAGIC,
				       .version = VTG_ABI_VERSION,
				       .flags = VTG_BOOT_NATIVE,
				       .memory_bytes = MEMORY,
				       .free_start = (free_start + 4095) & ~4095ul,
				       .tsc_hz = TSC_KHZ * 1000,
				       .args = ARGS,
				       .seed = 1};
	for (; *words && strlen(args) + strlen(*words) < 1000; words++) {
		strcat(args, *words);
		strcat(args, words[1] ? " " : "");
	}
}

/* The processor's own, with no sign of a hypervisor: then the guest speaks by ports. */
static void set_cpuid(int kvm, int vcpu)
{
	struct kvm_cpuid2 *cpuid = calloc(1, sizeof(*cpuid) + 256 * sizeof(cpuid->entries[0]));
	unsigned kept = 0;

	if (!cpuid)
		die("memory");
	cpuid->nent = 256;
	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid) < 0)
		die("KVM_GET_SUPPORTED_CPUID");
	for (unsigned i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 entry = cpuid->entries[i];

		if (entry.function >> 8 == VTG_CPUID_SIGNATURE >> 8)
			continue;
		if (entry.function == 1)
			entry.ecx &= ~(1u << 31);
		cpuid->entries[kept++] = entry;
	}
	cpuid->nent = kept;
	if (ioctl(vcpu, KVM_SET_CPUID2, cpuid) < 0)
		die("KVM_SET_CPUID2");
	free(cpuid);
}

static void set_registers(int vcpu, uint64_t entry)
{
	struct kvm_segment code = {.limit = 0xffffffff,
				   .selector = VTG_CODE_SELECTOR,
				   .type = 11,
				   .present = 1,
				   .s = 1,
				   .l = 1,
				   .g = 1},
			   data = {.limit = 0xffffffff,
				   .selector = VTG_DATA_SELECTOR,
				   .type = 3,
				   .present = 1,
				   .db = 1,
				   .s = 1,
				   .g = 1},
			   none = {.unusable = 1};
	struct kvm_regs registers = {.rip = entry, .rsp = STACK, .rdi = INFO, .rflags = 2};
	struct kvm_sregs system;

	if (ioctl(vcpu, KVM_GET_SREGS, &system) < 0)
		die("KVM_GET_SREGS");
	system.cs = code;
	system.ss = system.ds = system.es = data;
	system.fs = system.gs = none;
	system.ldt = none;
	system.tr = (struct kvm_segment){
	    .base = TSS, .limit = 0x67, .selector = VTG_TSS_SELECTOR, .type = 11, .present = 1};
	system.gdt.base = GDT;
	system.gdt.limit = 39;
	system.idt.limit = 0;
	system.cr0 = 0x80010033; /* PG, WP, NE, ET, MP, PE */
	system.cr3 = PML4;
	system.cr4 = 0x620;  /* OSXMMEXCPT, OSFXSR, PAE */
	system.efer = 0xd01; /* NXE, LMA, LME, SCE */
	if (ioctl(vcpu, KVM_SET_SREGS, &system) < 0 || ioctl(vcpu, KVM_SET_REGS, &registers) < 0)
		die("the guest's registers");
}

/* A byte of a record; a whole one tells of the phase, or of the end. */
static void take_record(uint8_t byte)
{
	const struct vts_event *event = (const void *)record;

	record[record_bytes++] = byte;
	if (record_bytes < sizeof(record))
		return;
	record_bytes = 0;
	if (event->kind == VTS_KIND_MARK && event->how == VTS_MARK_END)
		printf("ops %llu\n", (unsigned long long)event->mark.ops);
	if (event->kind == VTS_KIND_VM_STOP)
		status = (int)event->vm_stop.status;
}

/* Answer one exit to a port. False: the guest ended. */
static bool serve_port(struct kvm_run *run)
{
	uint8_t *data = (uint8_t *)run + run->io.data_offset;
	bool out = run->io.direction == KVM_EXIT_IO_OUT;

	for (uint32_t i = 0; i < run->io.count * run->io.size; i++) {
		if (!out)
			data[i] = run->io.port == UART_LSR   ? LSR_IDLE
				  : run->io.port == UART_SCR ? scratch
							     : 0xff;
		else if (run->io.port == VTG_NATIVE_PORT)
			take_record(data[i]);
		else if (run->io.port == VTG_PORT_UART)
			putchar(data[i]);
		else if (run->io.port == UART_SCR)
			scratch = data[i];
		else if (run->io.port == VTG_NATIVE_POWER_OFF)
			return false;
	}
	return true;
}

static void run_guest(int vcpu, struct kvm_run *run)
{
	for (;;) {
		if (ioctl(vcpu, KVM_RUN, 0) < 0)
			die("KVM_RUN");
		if (run->exit_reason != KVM_EXIT_IO) {
			fprintf(stderr, "kvm-workload: KVM_RUN ended with reason %u\n",
				run->exit_reason);
			exit(2);
		}
		if (!serve_port(run))
			return;
	}
}

int main(int argc, char **argv)
{
	bool wait = argc > 1 && !strcmp(argv[1], "--wait");
	struct kvm_userspace_memory_region region = {.memory_size = MEMORY};
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm, vcpu;
	struct kvm_run *run;
	uint64_t entry, end;

	argv += 1 + wait;
	vm = kvm < 0 || !*argv ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0)
		die("usage: kvm-workload [--wait] FILE [ARGUMENTS]; /dev/kvm");
	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		die("memory");
	entry = load(*argv, &end);
	make_tables();
	make_info(end, argv + 1);
	region.userspace_addr = (uint64_t)(uintptr_t)memory;
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) < 0)
		die("KVM_SET_USER_MEMORY_REGION");
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	run = vcpu < 0 ? MAP_FAILED
		       : mmap(NULL, (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0),
			      PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED)
		die("KVM_CREATE_VCPU");
	set_cpuid(kvm, vcpu);
	set_registers(vcpu, entry);
	if (wait) {
		puts("ready");
		fflush(stdout);
		getchar();
	}
	run_guest(vcpu, run);
	fflush(stdout);
	return status;
}
