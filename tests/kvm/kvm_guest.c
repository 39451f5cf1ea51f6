// SPDX-License-Identifier: GPL-2.0-only
/*
 * A small guest of KVM for the tests and the benchmark of the source `kvm`: it provokes a known
 * number of known exits. Each argument OP=N is a phase, and runs one instruction N times; each
 * phase ends with a write to a port, which is one exit more.
 *
 *   kvm-guest [--wait] [--user] [--vcpus N] [--sleep-us N] OP=N...
 *
 * It prints one line a phase, `OP exits-to-user-space nanoseconds ticks`, processor time and TSC,
 * summed over the vCPUs.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define MEMORY	  (4u << 20)
#define CODE	  0x1000
#define GDT	  0x2000
#define PML4	  0x10000
#define PDPT	  0x11000
#define PD	  0x12000
#define FRESH	  0x200000 /* pages that the operation `touch` writes to first */
#define MMIO	  0x40000000
#define DONE_PORT 0xf4
#define VCPUS	  8
#define SKIP	  77 /* exit status: no KVM here */

/* Each runs RSI times. RBX and RDI are the guest's own. */
#define LOOP(name, body)                                                                           \
	"op_" name ":\n" body "\n\tdec %rsi\n\tjnz op_" name "\n\tout %al, $0xf4\n\tud2\n"
__asm__(".pushsection .rodata\n.globl guest_start, guest_end\nguest_start:\n" /* */
	LOOP("out", "\tout %al, $0x10") LOOP("in", "\tin $0x10, %al")
	    LOOP("mmio_write", "\tmov %eax, 0x40000000") LOOP("mmio_read", "\tmov 0x40000000, %eax")
		LOOP("cpuid", "\txor %eax, %eax\n\tcpuid")
		    LOOP("rdmsr", "\tmov $0x1b, %ecx\n\trdmsr") LOOP("vmcall",
								     "\tmov $99, %eax\n\tvmcall")
			LOOP("touch",
			     "\tmov %eax, (%rdi)\n\tadd $4096, %rdi") "guest_end:\n.popsection\n");

extern const uint8_t guest_start[], guest_end[], op_out[], op_in[], op_mmio_write[], op_mmio_read[],
    op_cpuid[], op_rdmsr[], op_vmcall[], op_touch[];

static const struct {
	const char *name;
	const uint8_t *code;
} operations[] = {{"out", op_out},
		  {"in", op_in},
		  {"mmio_write", op_mmio_write},
		  {"mmio_read", op_mmio_read},
		  {"cpuid", op_cpuid},
		  {"rdmsr", op_rdmsr},
		  {"vmcall", op_vmcall},
		  {"touch", op_touch}};

#define OPERATIONS (sizeof(operations) / sizeof(*operations))

static struct {
	bool wait, user;
	unsigned vcpus, sleep_us;
	int kvm, vm;
	uint8_t *memory;
	pthread_barrier_t barrier;
} guest = {.vcpus = 1};

static struct phase {
	unsigned operation;
	uint64_t count;
} phases[32];
static unsigned phase_count;
static uint64_t returns[VCPUS][32], nanoseconds[VCPUS][32], ticks[VCPUS][32];

static void die(const char *what)
{
	fprintf(stderr, "kvm-guest: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* Processor time of this thread: what others do meanwhile is none of it. */
static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Long mode with the low 1 GiB and MMIO mapped by large pages, one to one, for user mode too. */
static void make_memory(void)
{
	struct kvm_userspace_memory_region region = {.memory_size = MEMORY};
	uint64_t *pd, *pdpt, *gdt;

	guest.memory =
	    mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (guest.memory == MAP_FAILED)
		die("memory");
	madvise(guest.memory, MEMORY, MADV_NOHUGEPAGE); /* one EPT violation a page */
	memcpy(guest.memory + CODE, guest_start, (size_t)(guest_end - guest_start));
	gdt = (uint64_t *)(guest.memory + GDT);
	gdt[1] = 0x00af9b000000ffff;
	gdt[2] = 0x00cf93000000ffff;
	gdt[3] = 0x00affb000000ffff;
	gdt[4] = 0x00cff3000000ffff;
	pdpt = (uint64_t *)(guest.memory + PDPT);
	pd = (uint64_t *)(guest.memory + PD);
	*(uint64_t *)(guest.memory + PML4) = PDPT | 7;
	pdpt[0] = PD | 7;
	pdpt[1] = (PD + 0x1000) | 7;
	for (uint64_t i = 0; i < 1024; i++)
		pd[i] = i << 21 | 0xe7;
	region.userspace_addr = (uint64_t)(uintptr_t)guest.memory;
	if (ioctl(guest.vm, KVM_SET_USER_MEMORY_REGION, &region) < 0)
		die("KVM_SET_USER_MEMORY_REGION");
}

static void set_registers(int vcpu)
{
	uint8_t dpl = guest.user ? 3 : 0;
	struct kvm_segment segment = {.limit = 0xffffffff,
				      .selector = guest.user ? 0x1b : 8,
				      .type = 11,
				      .present = 1,
				      .dpl = dpl,
				      .s = 1,
				      .l = 1,
				      .g = 1};
	struct kvm_sregs registers;

	if (ioctl(vcpu, KVM_GET_SREGS, &registers) < 0)
		die("KVM_GET_SREGS");
	registers.cr0 = 0x80000033;
	registers.cr3 = PML4;
	registers.cr4 = 0x20;
	registers.efer = 0x500;
	registers.gdt.base = GDT;
	registers.gdt.limit = 39;
	registers.cs = segment;
	segment.selector += 8;
	segment.type = 3;
	segment.l = 0;
	segment.db = 1;
	registers.ds = registers.es = registers.fs = registers.gs = registers.ss = segment;
	if (ioctl(vcpu, KVM_SET_SREGS, &registers) < 0)
		die("KVM_SET_SREGS");
}

static void set_cpuid(int vcpu)
{
	struct kvm_cpuid2 *cpuid = calloc(1, sizeof(*cpuid) + 256 * sizeof(cpuid->entries[0]));

	if (!cpuid)
		die("KVM_SET_CPUID2");
	cpuid->nent = 256;
	if (ioctl(guest.kvm, KVM_GET_SUPPORTED_CPUID, cpuid) < 0 ||
	    ioctl(vcpu, KVM_SET_CPUID2, cpuid) < 0)
		die("KVM_SET_CPUID2");
	free(cpuid);
}

static bool is_done(const struct kvm_run *run)
{
	return run->exit_reason == KVM_EXIT_IO && run->io.port == DONE_PORT;
}

/* Run until the phase's end; how often KVM came back to us. */
static uint64_t run_phase(int vcpu, struct kvm_run *run, const struct phase *phase, unsigned number)
{
	const uint8_t *code = operations[phase->operation].code;
	struct kvm_regs registers = {.rip = CODE + (uint64_t)(code - guest_start),
				     .rsp = 0x8000,
				     .rdi = FRESH + number * 0x20000,
				     .rsi = phase->count,
				     .rflags = guest.user ? 0x3002 : 2}; /* IOPL 3 */
	uint64_t count = 0;

	if (ioctl(vcpu, KVM_SET_REGS, &registers) < 0)
		die("KVM_SET_REGS");
	do {
		if (ioctl(vcpu, KVM_RUN, 0) < 0)
			die("KVM_RUN");
		if (run->exit_reason != KVM_EXIT_IO && run->exit_reason != KVM_EXIT_MMIO) {
			fprintf(stderr, "kvm-guest: %s: KVM_RUN ended with reason %u\n",
				operations[phase->operation].name, run->exit_reason);
			exit(2);
		}
		count++;
		if (guest.sleep_us)
			usleep(guest.sleep_us);
	} while (!is_done(run));
	/* What the exit left to be done is done, without an entry: the next phase sets RIP. */
	run->immediate_exit = 1;
	ioctl(vcpu, KVM_RUN, 0);
	run->immediate_exit = 0;
	return count;
}

static void *vcpu_main(void *argument)
{
	unsigned number = (unsigned)(uintptr_t)argument;
	int vcpu = ioctl(guest.vm, KVM_CREATE_VCPU, number);
	int bytes = ioctl(guest.kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	struct kvm_run *run;

	if (vcpu < 0 || bytes < 0)
		die("KVM_CREATE_VCPU");
	run = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED)
		die("struct kvm_run");
	set_cpuid(vcpu);
	set_registers(vcpu);
	pthread_barrier_wait(&guest.barrier);
	pthread_barrier_wait(&guest.barrier);
	for (unsigned i = 0; i < phase_count; i++) {
		uint64_t begin = now(), tsc = __rdtsc();

		returns[number][i] = run_phase(vcpu, run, &phases[i], number);
		ticks[number][i] = __rdtsc() - tsc;
		nanoseconds[number][i] = now() - begin;
	}
	return NULL;
}

static void run_vcpus(void)
{
	pthread_t threads[VCPUS];

	pthread_barrier_init(&guest.barrier, NULL, guest.vcpus + 1);
	for (unsigned i = 0; i < guest.vcpus; i++)
		if (pthread_create(&threads[i], NULL, vcpu_main, (void *)(uintptr_t)i))
			die("thread");
	pthread_barrier_wait(&guest.barrier);
	if (guest.wait) {
		puts("ready");
		fflush(stdout);
		getchar();
	}
	pthread_barrier_wait(&guest.barrier);
	for (unsigned i = 0; i < guest.vcpus; i++)
		pthread_join(threads[i], NULL);
}

static void print(void)
{
	for (unsigned i = 0; i < phase_count; i++) {
		uint64_t count = 0, time = 0, tsc = 0;

		for (unsigned vcpu = 0; vcpu < guest.vcpus; vcpu++) {
			count += returns[vcpu][i];
			time += nanoseconds[vcpu][i];
			tsc += ticks[vcpu][i];
		}
		printf("%s %llu %llu %llu\n", operations[phases[i].operation].name,
		       (unsigned long long)count, (unsigned long long)time,
		       (unsigned long long)tsc);
	}
}

static bool add_phase(const char *text)
{
	size_t length = strcspn(text, "=");

	for (unsigned i = 0; i < OPERATIONS; i++)
		if (text[length] && strlen(operations[i].name) == length &&
		    !strncmp(text, operations[i].name, length) && phase_count < 32) {
			phases[phase_count++] =
			    (struct phase){i, strtoull(text + length + 1, NULL, 10)};
			return phases[phase_count - 1].count > 0;
		}
	return false;
}

static bool parse(int argc, char **argv)
{
	static const struct option options[] = {{"wait", no_argument, NULL, 'w'},
						{"user", no_argument, NULL, 'u'},
						{"vcpus", required_argument, NULL, 'v'},
						{"sleep-us", required_argument, NULL, 's'},
						{0}};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		guest.wait |= option == 'w';
		guest.user |= option == 'u';
		if (option == 'v')
			guest.vcpus = (unsigned)atoi(optarg);
		if (option == 's')
			guest.sleep_us = (unsigned)atoi(optarg);
		if (option == '?')
			return false;
	}
	for (; optind < argc; optind++)
		if (!add_phase(argv[optind]))
			return false;
	return phase_count && guest.vcpus >= 1 && guest.vcpus <= VCPUS;
}

int main(int argc, char **argv)
{
	if (!parse(argc, argv)) {
		fputs("usage: kvm-guest [--wait] [--user] [--vcpus N] [--sleep-us N] OP=N...\n",
		      stderr);
		return 2;
	}
	guest.kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	guest.vm = guest.kvm < 0 ? -1 : ioctl(guest.kvm, KVM_CREATE_VM, 0);
	if (guest.vm < 0) {
		printf("/dev/kvm: %s\n", strerror(errno));
		return SKIP;
	}
	make_memory();
	run_vcpus();
	print();
	return 0;
}
