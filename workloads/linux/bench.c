// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench NAME [ops=N]: the workloads of a Linux guest, by the system calls that they are made of. Each marks its phase with
 * the hypercalls of core-vmm/abi/guest.h, which any privilege may use, and ends with one line: "NAME: ops N digest HEX",
 * over what was read back. bench end=N ends the machine as isa-debug-exit does.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "core-vmm/abi/guest.h"
#include "trace/event.h"

#define PAGE	    4096u
#define DIGEST_BASE 0xcbf29ce484222325ull
#define PHASE	    1u

struct workload {
	const char *name;
	uint64_t ops;
	void (*prepare)(void);	       /* or NULL */
	uint64_t (*run)(uint64_t ops); /* the digest of what it read */
};

static _Noreturn void fail(const char *what)
{
	printf("bench: %s: %s\n", what, strerror(errno));
	exit(2);
}

/** FNV-1a. */
static uint64_t digest_add(uint64_t digest, const void *data, size_t bytes)
{
	const unsigned char *byte = data;

	while (bytes--)
		digest = (digest ^ *byte++) * 0x100000001b3ull;
	return digest;
}

static uint64_t digest_number(uint64_t digest, uint64_t number)
{
	return digest_add(digest, &number, sizeof(number));
}

static bool vmm; /* there is one */

static bool vmm_detect(void)
{
	unsigned eax, ebx, ecx, edx, signature[3];

	__cpuid(1, eax, ebx, ecx, edx);
	if (!(ecx & 1u << 31))
		return false;
	__cpuid(VTG_CPUID_SIGNATURE, eax, signature[0], signature[1], signature[2]);
	return !memcmp(signature, VTG_SIGNATURE, sizeof(signature));
}

/** Ports are for root. */
static void port_write(uint16_t port, const void *from, size_t bytes)
{
	if (iopl(3))
		fail("iopl: only root may");
	__asm__ volatile("rep outsb" : "+S"(from), "+c"(bytes) : "d"(port) : "memory");
}

/** Natively the mark itself goes to a port, as that of a small guest does: workloads/lib/mark.c. */
static void mark_native(uint64_t how, uint16_t id, uint64_t ops, const uint64_t name[2],
			uint64_t tsc)
{
	struct vts_event event = {
	    .tsc = tsc, .exit_tsc = tsc, .kind = VTS_KIND_MARK, .how = (uint8_t)how, .reason = id};

	event.mark.ops = ops;
	memcpy(event.mark.name, name, sizeof(event.mark.name));
	port_write(VTG_NATIVE_PORT, &event, sizeof(event));
}

static void mark(uint64_t how, uint16_t id, uint64_t ops, const char *name)
{
	uint64_t text[2] = {0};
	long number = VTG_MARK;

	memcpy(text, name, strnlen(name, sizeof(text)));
	if (!vmm) {
		mark_native(how, id, ops, text, __rdtsc());
		return;
	}
	__asm__ volatile("xor %%r8d, %%r8d\n\t"
			 "vmcall"
			 : "+a"(number)
			 : "D"(how | (uint64_t)id << 8), "S"(ops), "d"(text[0]), "c"(text[1])
			 : "r8", "memory");
	if (number)
		fail("no mark: is this vtscope?");
}

/** Exits of this process have that name, until it gives it up: its CR3 will be another's. */
static void process_name(const char *name)
{
	if (vmm)
		mark(VTG_MARK_PROCESS, 0, 0, name);
}

static void process_unname(void)
{
	process_name("");
}

/* ---- what a kernel does for a process ---- */

static uint64_t run_syscall(uint64_t ops)
{
	uint64_t digest = DIGEST_BASE;

	for (; ops; ops--)
		digest += (uint64_t)syscall(SYS_getppid);
	return digest;
}

static int there[2], back[2];

static void prepare_pipes(void)
{
	if (pipe(there) || pipe(back))
		fail("pipe");
}

/** A byte to another process, and back: two switches. */
static uint64_t run_ctxswitch(uint64_t ops)
{
	uint64_t digest = DIGEST_BASE;
	pid_t child = fork();
	unsigned char byte = 0;

	if (child < 0)
		fail("fork");
	if (!child) {
		process_name("ctxswitch-peer");
		for (; ops && read(there[0], &byte, 1) == 1; ops--) {
			byte = (unsigned char)(byte * 5 + 1);
			if (write(back[1], &byte, 1) != 1)
				break;
		}
		process_unname();
		_exit(ops != 0);
	}
	for (; ops; ops--) {
		if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
			fail("the other process");
		digest = digest_add(digest, &byte, 1);
	}
	waitpid(child, NULL, 0);
	return digest;
}

static uint64_t run_forkexec(uint64_t ops)
{
	uint64_t digest = DIGEST_BASE;

	for (uint64_t i = 0; i < ops; i++) {
		char status_text[16];
		int status;
		pid_t child = fork();

		snprintf(status_text, sizeof(status_text), "status=%u", (unsigned)(i & 63));
		if (!child) {
			execl("/bin/bench", "forkexec-child", status_text, NULL);
			_exit(127);
		}
		if (child < 0 || waitpid(child, &status, 0) != child)
			fail("fork");
		digest = digest_number(digest, (uint64_t)WEXITSTATUS(status));
	}
	return digest;
}

#define MAP_PAGES 16u

static uint64_t run_mmap(uint64_t ops)
{
	uint64_t digest = DIGEST_BASE;

	for (uint64_t i = 0; i < ops; i++) {
		volatile uint64_t *memory = mmap(NULL, MAP_PAGES * PAGE, PROT_READ | PROT_WRITE,
						 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED)
			fail("mmap");
		for (unsigned page = 0; page < MAP_PAGES; page++) {
			digest += memory[page * PAGE / 8];
			memory[page * PAGE / 8] = i + page;
			digest = digest_number(digest, memory[page * PAGE / 8]);
		}
		munmap((void *)memory, MAP_PAGES * PAGE);
	}
	return digest;
}

/** Pages that were there, and are given back: each touch is a fault. */
static uint64_t run_fault(uint64_t ops)
{
	uint64_t digest = DIGEST_BASE;
	size_t bytes = 64 * PAGE;
	volatile uint64_t *memory =
	    mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		fail("mmap");
	for (uint64_t i = 0; i < ops; i++) {
		volatile uint64_t *word = memory + (i % 64) * PAGE / 8;

		if (i % 64 == 0)
			madvise((void *)memory, bytes, MADV_DONTNEED);
		digest += *word;
		*word = i;
		digest = digest_number(digest, *word);
	}
	return digest;
}

static uint64_t run_pipe(uint64_t ops)
{
	static uint64_t from[8192], to[8192];
	uint64_t digest = DIGEST_BASE;

	for (uint64_t i = 0; i < ops; i++) {
		for (unsigned word = 0; word < 8192; word += 512)
			from[word] = i * 8192 + word;
		if (write(there[1], from, sizeof(from)) != sizeof(from) ||
		    read(there[0], to, sizeof(to)) != sizeof(to))
			fail("pipe");
		for (unsigned word = 0; word < 8192; word += 512)
			digest = digest_number(digest, to[word]);
	}
	return digest;
}

/* ---- a script over a tree of files ---- */

#define TREE "/tmp/tree"

static const char script[] =
    "cd " TREE " && find . -type f | sort | xargs grep -h 'line 1[0-9]*5$' | sort -r | "
    "tee ../matches | gzip -n -9 | md5sum; wc -l < ../matches";

static void prepare_tree(void)
{
	char path[64];

	for (unsigned directory = 0; directory < 8; directory++) {
		snprintf(path, sizeof(path), "mkdir -p " TREE "/%u", directory);
		if (system(path))
			fail("mkdir");
		for (unsigned number = 0; number < 16; number++) {
			FILE *file;

			snprintf(path, sizeof(path), TREE "/%u/%u", directory, number);
			file = fopen(path, "w");
			for (unsigned line = 0; file && line < 200; line++)
				fprintf(file, "%u of %u: line %u\n",
					directory * 7919 + number * line, number, line);
			if (!file || fclose(file))
				fail(path);
		}
	}
}

static uint64_t run_script(uint64_t ops)
{
	uint64_t digest = DIGEST_BASE;
	char line[256];

	for (; ops; ops--) {
		FILE *output = popen(script, "r");

		if (!output)
			fail("sh");
		while (fgets(line, sizeof(line), output))
			digest = digest_add(digest, line, strlen(line));
		if (pclose(output))
			fail("the script");
	}
	return digest;
}

/* ---- the disk ---- */

#define BLOCK_BYTES (16u << 10)
#define BLOCKS	    256u

static int direct = -1, cached = -1;

static int disk_open(int flags)
{
	/* natively the first is what the machine was started from */
	static const char *const names[] = {"/dev/vda", "/dev/sdb", "/dev/sda"};
	int fd = -1;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && fd < 0; i++)
		fd = open(names[i], O_RDWR | flags);
	return fd;
}

static void prepare_disk(void)
{
	direct = disk_open(O_DIRECT);
	cached = disk_open(0);
	if (direct < 0 || cached < 0)
		fail("no disk: give --disk");
}

/** A block: written past the cache and read so, then written through it, flushed, and read from it. */
static uint64_t run_disk(uint64_t ops)
{
	static uint64_t buffer[BLOCK_BYTES / 8] __attribute__((aligned(4096)));
	uint64_t digest = DIGEST_BASE;

	for (uint64_t i = 0; i < ops; i++) {
		for (unsigned way = 0; way < 2; way++) {
			int fd = way ? cached : direct;
			off_t at = (off_t)((i * 2 + way) * 37 % BLOCKS) * BLOCK_BYTES;

			for (unsigned word = 0; word < BLOCK_BYTES / 8; word++)
				buffer[word] = i << 32 | way << 16 | word;
			if (pwrite(fd, buffer, BLOCK_BYTES, at) != BLOCK_BYTES ||
			    (way && fsync(fd)))
				fail("write to the disk");
			memset(buffer, 0, sizeof(buffer));
			if (pread(fd, buffer, BLOCK_BYTES, at) != BLOCK_BYTES)
				fail("read from the disk");
			digest = digest_add(digest, buffer, BLOCK_BYTES / 16);
		}
	}
	return digest;
}

/** An operation is a second. */
static uint64_t run_idle(uint64_t ops)
{
	struct timespec second = {.tv_sec = 1};

	for (uint64_t i = 0; i < ops; i++)
		if (nanosleep(&second, NULL))
			fail("sleep");
	return digest_number(DIGEST_BASE, ops);
}

static const struct workload workloads[] = {
    {"linux-syscall", 100000, NULL, run_syscall},
    {"linux-ctxswitch", 5000, prepare_pipes, run_ctxswitch},
    {"linux-forkexec", 200, NULL, run_forkexec},
    {"linux-mmap", 2000, NULL, run_mmap},
    {"linux-fault", 20000, NULL, run_fault},
    {"linux-pipe", 2000, prepare_pipes, run_pipe},
    {"linux-script", 3, prepare_tree, run_script},
    {"linux-disk", 200, prepare_disk, run_disk},
    {"linux-idle", 10, NULL, run_idle},
};

/** The VMM has marked its begin at the kernel's entry; natively the TSC was 0 there. */
static int boot_end(void)
{
	const uint64_t name[2] = {0x746f6f62}; /* "boot" */

	if (!vmm)
		mark_native(VTG_MARK_BEGIN, VTG_PHASE_BOOT, 0, name, 1);
	mark(VTG_MARK_END, VTG_PHASE_BOOT, 1, "boot");
	printf("linux-boot: ops 1 digest %016" PRIx64 "\n", digest_number(DIGEST_BASE, 1));
	return 0;
}

/** Natively nothing is at isa-debug-exit's port: vtrun is told, as by workloads/lib/machine.c. */
static int machine_end(uint8_t value)
{
	struct vts_event stop = {.kind = VTS_KIND_VM_STOP, .how = VTS_VM_STOP_GUEST_EXIT};

	if (vmm) {
		port_write(VTG_PORT_DEBUG_EXIT, &value, 1);
		return 2;
	}
	stop.vm_stop.status = (uint8_t)(value << 1 | 1);
	stop.tsc = stop.exit_tsc = __rdtsc();
	port_write(VTG_NATIVE_PORT, &stop, sizeof(stop));
	port_write(VTG_NATIVE_POWER_OFF, "Shutdown", 8);
	return 2;
}

int main(int argc, char **argv)
{
	uint64_t ops = 0, digest;

	vmm = vmm_detect();
	process_name(argc == 1 || strchr(argv[1], '=') ? argv[0] : argv[1]);
	atexit(process_unname);
	if (argc == 2 && !strncmp(argv[1], "status=", 7))
		return atoi(argv[1] + 7);
	if (argc == 2 && !strncmp(argv[1], "end=", 4))
		return machine_end((uint8_t)atoi(argv[1] + 4));
	if (argc == 2 && !strcmp(argv[1], "linux-boot"))
		return boot_end();
	if (argc == 3 && !strncmp(argv[2], "ops=", 4))
		ops = strtoull(argv[2] + 4, NULL, 10);
	for (size_t i = 0; argc > 1 && i < sizeof(workloads) / sizeof(*workloads); i++) {
		const struct workload *workload = &workloads[i];

		if (strcmp(argv[1], workload->name))
			continue;
		if (!ops)
			ops = workload->ops;
		if (workload->prepare)
			workload->prepare();
		mark(VTG_MARK_BEGIN, PHASE, ops, workload->name);
		digest = workload->run(ops);
		mark(VTG_MARK_END, PHASE, ops, workload->name);
		printf("%s: ops %" PRIu64 " digest %016" PRIx64 "\n", workload->name, ops, digest);
		return 0;
	}
	puts("bench: NAME [ops=N]: linux-boot, -syscall, -ctxswitch, -forkexec, -mmap, -fault, "
	     "-pipe, -script, -disk, -idle");
	return 2;
}
