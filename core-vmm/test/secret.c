/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A secret lies in all that is not the guest's: in the VMM's own memory, in every free page, and in
 * the memory and the registers of a VM that was taken apart. Then the named guest
 * (tests/guest/secret.c) runs, once for each place outside its memory at which it is to look, and
 * at last as it would have without all this; its words "found" and its exit status say whether it
 * saw the secret.
 */
#include "core-vmm/abi/guest.h"
#include "core-vmm/platform/bare/bare.h"
#include "core-vmm/record.h"
#include "core-vmm/test/vm_life.h"
#include "core-vmm/test/wrap.h"

#define SECRET	     0x00005ec12e7ab1e5ull /* canonical, so that an MSR for an address can hold it */
#define KEPT_PAGES   64u
#define PROBES	     48u
#define VICTIM_CODE  0x1000ul
#define VICTIM_ROOT  0x2000ul
#define VICTIM_BYTES (32ul << 20)

static uint64_t kept[512]; /* in the VMM's image */
static uint8_t code[PAGE_SIZE];
static unsigned code_bytes;

static void secret_fill(void *memory, uint64_t bytes)
{
	uint64_t count = bytes / 8;

	__asm__ volatile("rep stosq" : "+D"(memory), "+c"(count) : "a"(SECRET) : "memory");
}

/** Every page that is free, and those that stay the VMM's. */
static void memory_fill(void)
{
	struct pages_mark mark;
	void *pages;

	secret_fill(kept, sizeof(kept));
	pages = platform_pages_alloc(KEPT_PAGES);
	if (!pages)
		platform_panic("no memory for a secret");
	secret_fill(pages, KEPT_PAGES * PAGE_SIZE);
	mark = pages_mark();
	while ((pages = platform_pages_alloc(1)))
		secret_fill(pages, PAGE_SIZE);
	pages_release(mark);
}

/* ---- the VM before: its memory and its registers are full of the secret ---------------------- */

static void emit(const char *bytes, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		code[code_bytes++] = (uint8_t)bytes[i];
}
#define EMIT(bytes) emit(bytes, sizeof(bytes) - 1)

static void emit_word(uint64_t word, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		code[code_bytes++] = (uint8_t)(word >> 8 * i);
}

/** movabs $SECRET to RBX and the debug registers, the vector registers, the MSRs; then the
 * hypercall for the end. */
static void victim_code(void)
{
	static const uint32_t msrs[] = {0xc0000081, 0xc0000082, 0xc0000083, 0xc0000102, 0xc0000103};

	code_bytes = 0;
	EMIT("\x48\xbb"), emit_word(SECRET, 8);
	EMIT("\x0f\x23\xc3\x0f\x23\xcb\x0f\x23\xd3\x0f\x23\xdb\x0f\x22\xd3"); /* DR0 to 3, CR2 */
	for (unsigned i = 0; i < 16; i++) {
		/* MOVQ RBX, XMMi; PUNPCKLQDQ XMMi, XMMi */
		EMIT("\x66"), emit_word(i < 8 ? 0x48 : 0x4c, 1), EMIT("\x0f\x6e");
		emit_word(0xc3 | (i & 7) << 3, 1);
		EMIT("\x66"), emit_word(i < 8 ? 0x40 : 0x45, 1), EMIT("\x0f\x6c");
		emit_word(0xc0 | (i & 7) << 3 | (i & 7), 1);
	}
	for (unsigned i = 0; i < sizeof(msrs) / sizeof(*msrs); i++) {
		EMIT("\xb9"), emit_word(msrs[i], 4);
		EMIT("\xb8"), emit_word(SECRET & 0xffffffff, 4);
		EMIT("\xba"), emit_word(i == 4 ? 0 : SECRET >> 32, 4);
		EMIT("\x0f\x30");
	}
	EMIT("\x31\xc0\x31\xff\x0f\x01\xc1"); /* xor %eax, %eax; xor %edi, %edi; vmcall */
}

/** The guest's variables must begin as zeros, also where pages come as they are (TEST_UNCLEAN). */
static void image_clear(struct guest_memory *memory)
{
	for (uint64_t offset = 0; offset < LARGE_SIZE; offset += PAGE_SIZE) {
		uint64_t hpa = guest_memory_back(memory, VTG_MEMORY_START + offset);

		if (hpa)
			platform_clear(platform_virt(hpa), PAGE_SIZE);
	}
}

/** The victim when there is no image; otherwise the guest. */
const char *__wrap_guest_image_load(struct guest_memory *memory, const struct guest_image *image,
				    struct guest_entry *entry)
{
	static uint64_t table[512];
	int error = 0;

	if (image) {
		image_clear(memory);
		return __real_guest_image_load(memory, image, entry);
	}
	for (uint64_t gpa = 0; gpa < memory->bytes; gpa += PAGE_SIZE) {
		uint64_t hpa = guest_memory_back(memory, gpa);

		if (!hpa)
			return "no memory for the VM with the secret";
		secret_fill(platform_virt(hpa), PAGE_SIZE);
	}
	victim_code();
	error |= guest_memory_write(memory, VICTIM_CODE, code, code_bytes);
	for (unsigned i = 0; i < 3; i++) {
		table[0] = i < 2 ? (VICTIM_ROOT + (i + 1) * PAGE_SIZE) | 3 : 0x83;
		error |= guest_memory_write(memory, VICTIM_ROOT + i * PAGE_SIZE, table, PAGE_SIZE);
	}
	*entry = (struct guest_entry){.rip = VICTIM_CODE,
				      .rsp = PAGE_SIZE,
				      .cr3 = VICTIM_ROOT,
				      .tss_limit = 103,
				      .code_selector = VTG_CODE_SELECTOR};
	return error ? "no memory for the VM with the secret" : NULL;
}

static const char *victim_run(const struct vcpu *vcpu)
{
	struct vm_life life = {.capability = vcpu->capability,
			       .config = vcpu->vm->config,
			       .console = &vm_life_silence};
	const char *error;

	life.config.memory = VICTIM_BYTES;
	error = vm_life(&life);
	if (!error && (life.stop.cause != VTS_VM_STOP_GUEST_EXIT || life.stop.status))
		error = "the VM with the secret did not end as it should";
	return error;
}

/* ---- looking outside ------------------------------------------------------------------------- */

/** Where to look: behind the guest's memory, all the machine's memory as if it were the guest's,
 * and far away. */
static uint64_t probe_address(unsigned index, uint64_t memory)
{
	if (index < 32)
		return memory + index * LARGE_SIZE;
	return 1ull << (index - 32 + 24) | (uint64_t)kept;
}

/** "probe=N" before @args. */
static void probe_args(char *text, unsigned room, uint64_t address, const char *args)
{
	static const char word[] = "probe=";
	char digits[20];
	unsigned count = 0, at = 0;

	do
		digits[count++] = (char)('0' + address % 10);
	while (address /= 10);
	while (word[at]) {
		text[at] = word[at];
		at++;
	}
	while (count)
		text[at++] = digits[--count];
	text[at++] = ' ';
	while (*args && at < room - 1)
		text[at++] = *args++;
	text[at] = 0;
}

/** The guest touches one address outside: it must end there, or see nothing. */
static bool probe_run(const struct vcpu *vcpu, struct guest_image image, uint64_t address)
{
	static char args[GUEST_ARGS_BYTES];
	struct vm_life life = {.capability = vcpu->capability,
			       .config = vcpu->vm->config,
			       .console = vcpu->vm->console,
			       .image = &image};
	const char *error;

	if (address < life.config.memory)
		return true;
	probe_args(args, sizeof(args), address, image.args);
	image.args = args;
	error = vm_life(&life);
	if (!error && (life.stop.cause == VTS_VM_STOP_OUTSIDE_MEMORY ||
		       (life.stop.cause == VTS_VM_STOP_GUEST_EXIT && !life.stop.status)))
		return true;
	platform_log("secret: the look at 0x%llx ended badly: %s", (unsigned long long)address,
		     error ? error : "see the guest");
	return false;
}

const char *__wrap_vm_create(struct vcpu *vcpu, const struct guest_image *image,
			     struct guest_entry *entry, enum vts_how *cause)
{
	const char *error;
	unsigned good = 0;

	memory_fill();
	*cause = VTS_VM_STOP_VMM_FAULT;
	error = victim_run(vcpu);
	if (error)
		return error;
	for (unsigned i = 0; i < PROBES; i++)
		good += probe_run(vcpu, *image, probe_address(i, vcpu->vm->config.memory));
	platform_log("secret: looks outside %u good %u", PROBES, good);
	if (good != PROBES)
		return "a guest has seen what is not its own";
	error = victim_run(vcpu);
	return error ? error : __real_vm_create(vcpu, image, entry, cause);
}
