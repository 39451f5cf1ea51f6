/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test VMM's part: it is linked from the product's own objects, and steps in where the linker
 * lets it (wrap.h). Before the named guest's VM is made, hostile VMs are made, run, judged and
 * taken apart; after each batch the named guest runs, in a VM of its own; and at last as it would
 * have without all this.
 *
 * The named guest's arguments may begin with words for this: seeds=N (default 64; the first is
 * vtrun's --seed), batch=N (default 256), exits=N (default 2000) and time=N: what each VM is given.
 *
 * It is a failure when the VMM faults (that ends it all, and says the seed), when a VM entry fails,
 * when the VM's memory runs out though there is enough, when exits are resolved without the guest
 * getting anywhere, when an exit has no record, and when the check of the shadow's tables finds
 * something.
 */
#include "core-vmm/test/hostile.h"

#include <stdbool.h>

#include "core-vmm/memory/shadow.h"
#include "core-vmm/platform/bare/bare.h"
#include "core-vmm/record.h"
#include "core-vmm/test/vm_life.h"
#include "core-vmm/test/wrap.h"
#include "core-vmm/vmx/vmcs.h"
#include "trace/hop.h"

#define TICK 20000u /* time units between exits, at most */

/* Time that a VM is given: the VMM's work is part of it, so clearing large pages, and in the test
 * build the checks. */
#ifdef VTS_TEST
#define TIME_SMALL 20000000u
#define TIME_LARGE 20000000u
#else
#define TIME_SMALL 600000u
#define TIME_LARGE 5000000u
#endif

/* Exits in a row that are resolved and change nothing. Shadow paging gives up, and ends the VM,
 * after 4096 turns of a few exits each (shadow_unprotect). */
#define IDENTICAL_MAX 40000u

/** The guest's state after an exit; the same again and again is no progress. */
struct progress {
	uint64_t gpr[16], rip, rsp, rflags, cr3, reason;
};

/* The one run of this test. */
static struct {
	uint64_t seed, seeds, batch, exits_max, time_max;
	bool active; /* a hostile VM is being made or runs */
	uint64_t failures;
	const char *failure; /* of this VM */
	struct progress last;
	unsigned identical;
	uint64_t
	    stuck; /* identical exits of this VM in all: they are not counted against its limit */
	struct vts_hop *hop,
	    *scratch; /* where the log goes, and where it goes when nobody wants it */
	struct tally tally;
} hostile = {.seeds = 64, .batch = 256, .exits_max = 2000};

/* ---- the log: hostile guests make the VMM say a lot ------------------------------------------ */

void __wrap_log_to(struct vts_hop *hop)
{
	hostile.hop = hop;
	__real_log_to(hop);
}

static void log_hide(void)
{
	if (hostile.seeds == 1)
		return;
	hostile.scratch->log_head = 0;
	__real_log_to(hostile.scratch);
}

static void log_show(void)
{
	__real_log_to(hostile.hop);
}

/** What was said meanwhile, as far as it is kept. */
static void log_replay(void)
{
	const char *ring = (const char *)hostile.scratch + VTS_HOP_LOG_OFFSET;
	uint64_t head = hostile.scratch->log_head, at = head > 4096 ? head - 4096 : 0;
	char line[256];

	while (at < head) {
		unsigned length = 0;

		for (; at < head && length < sizeof(line) - 1; at++) {
			char c = ring[at % VTS_HOP_LOG_BYTES];

			if (c == '\n')
				break;
			line[length++] = c;
		}
		line[length] = 0;
		platform_log("| %s", line);
		at++;
	}
	hostile.scratch->log_head = 0;
}

_Noreturn void __wrap_platform_panic(const char *format, uint64_t a, uint64_t b, uint64_t c)
{
	if (hostile.active) {
		log_show();
		log_replay();
		platform_log("hostile: seed %llu brought the VMM down",
			     (unsigned long long)hostile.seed);
	}
	__real_platform_panic(format, a, b, c);
}

/* ---- one VM ---------------------------------------------------------------------------------- */

const char *__wrap_guest_image_load(struct guest_memory *memory, const struct guest_image *image,
				    struct guest_entry *entry)
{
	if (image)
		return __real_guest_image_load(memory, image, entry);
	return hostile_fill(memory, hostile.seed, entry) ? "no memory for a hostile guest" : NULL;
}

/** The record of the exit just handled; NULL: it filled its packet, which is taken already. */
static const struct vts_event *exit_last(const struct vcpu *vcpu)
{
	return vts_ring_packet_empty(&vcpu->ring) ? NULL : vcpu->ring.next - 1;
}

static bool progress_same(const struct progress *a, const struct progress *b)
{
	const uint64_t *x = (const uint64_t *)a, *y = (const uint64_t *)b;

	for (unsigned i = 0; i < sizeof(*a) / sizeof(*x); i++)
		if (x[i] != y[i])
			return false;
	return true;
}

/** An exit that the VMM resolves and the guest comes back with at once, as often as it likes, is
 * the VMM's error. An exception that the guest gets, or the timer, is not. */
static void progress_check(struct vcpu *vcpu)
{
	const struct vts_event *event = exit_last(vcpu);
	struct progress now;

	if (!event || event->how == VTS_EXIT_INJECTED || event->how == VTS_EXIT_RESUMED) {
		hostile.identical = 0;
		return;
	}
	for (unsigned i = 0; i < 16; i++)
		now.gpr[i] = vcpu->gpr[i];
	now.rip = vmcs_read(VMCS_GUEST_RIP);
	now.rsp = vmcs_read(VMCS_GUEST_RSP);
	now.rflags = vmcs_read(VMCS_GUEST_RFLAGS);
	now.cr3 = vmcs_read(VMCS_GUEST_CR3);
	now.reason = event->reason;
	hostile.identical = progress_same(&now, &hostile.last) ? hostile.identical + 1 : 0;
	hostile.last = now;
	hostile.stuck += hostile.identical != 0;
	if (hostile.identical == IDENTICAL_MAX) {
		hostile.failure = "exits are resolved, and the guest gets nowhere";
		vm_stop(vcpu->vm, VTS_VM_STOP_TIMEOUT, 0, 0);
	}
}

int __wrap_vmx_handle_exit(struct vcpu *vcpu)
{
	int ended = __real_vmx_handle_exit(vcpu);

	if (!hostile.active || ended)
		return ended;
	progress_check(vcpu);
	if (vcpu->exits - hostile.stuck >= hostile.exits_max ||
	    (!hostile.identical && platform_tsc() - vcpu->tsc_start >= hostile.time_max))
		vm_stop(vcpu->vm, VTS_VM_STOP_TIMEOUT, 0, 0);
	return vcpu->vm->stop.stopped;
}

static void judge(struct vcpu *vcpu)
{
	enum vts_how cause = vcpu->vm->stop.cause;

	if (cause == VTS_VM_STOP_ENTRY_FAILURE)
		hostile.failure = "a VM entry failed";
	else if (cause == VTS_VM_STOP_NO_MEMORY)
		hostile.failure = "the VM's memory ran out";
	else if (vcpu->vm->shadow && !hostile.failure)
		hostile.failure = shadow_check(vcpu);
}

static void hostile_run(struct vm_life *life)
{
	const char *error;

	hostile.failure = NULL;
	hostile.identical = 0;
	hostile.stuck = 0;
	hostile.active = true;
	log_hide();
	error = vm_life(life);
	log_show();
	hostile.active = false;
	if (error)
		hostile.failure = error;
	if (!hostile.failure && RECORDING && life->records != life->exits)
		hostile.failure = "not every exit has its record";
	if (!hostile.failure)
		return;
	hostile.failures++;
	platform_log("hostile: seed %llu failed: %s", (unsigned long long)hostile.seed,
		     hostile.failure);
	if (hostile.failures == 1)
		log_replay();
}

/* ---- batches --------------------------------------------------------------------------------- */

/** The guest that vtrun named must end well, as if nothing had been. */
static void good_run(const struct vm_life *like, const struct vcpu *vcpu,
		     const struct guest_image *image)
{
	struct vm_life life = {.capability = like->capability,
			       .config = vcpu->vm->config,
			       .console = vcpu->vm->console,
			       .image = image};
	const char *error = vm_life(&life);

	if (!error && life.stop.cause == VTS_VM_STOP_GUEST_EXIT && !life.stop.status)
		return;
	hostile.failures++;
	platform_log("hostile: before seed %llu the good guest failed: %s",
		     (unsigned long long)hostile.seed, error ? error : "it ended otherwise");
}

static bool word_take(const char **text, const char *key, uint64_t *value)
{
	const char *at = *text;

	while (*key && *at == *key)
		at++, key++;
	if (*key || *at < '0' || *at > '9')
		return false;
	for (*value = 0; *at >= '0' && *at <= '9'; at++)
		*value = *value * 10 + (uint64_t)(*at - '0');
	while (*at == ' ')
		at++;
	*text = at;
	return true;
}

/** The words that are this test's; what follows them is the guest's. */
static const char *words_take(const char *args)
{
	while (word_take(&args, "seeds=", &hostile.seeds) ||
	       word_take(&args, "batch=", &hostile.batch) ||
	       word_take(&args, "exits=", &hostile.exits_max) ||
	       word_take(&args, "time=", &hostile.time_max))
		;
	return args;
}

static void batches_run(const struct vcpu *vcpu, const struct guest_image *image)
{
	struct vm_life life = {.capability = vcpu->capability,
			       .config = vcpu->vm->config,
			       .console = &vm_life_silence,
			       .tally = &hostile.tally,
			       .judge = judge};
	uint64_t end;

	life.config.memory = HOSTILE_MEMORY;
	life.config.tick = TICK;
	if (!hostile.time_max)
		hostile.time_max = life.config.backing > PAGE_SHIFT ? TIME_LARGE : TIME_SMALL;
	hostile.seed = vcpu->vm->config.seed;
	end = hostile.seed + hostile.seeds;
	for (uint64_t count = 1; hostile.seed < end; count++) {
		life.config.pv = hostile.seed & 1;
		life.config.count_flush = hostile.seed & 2;
		hostile_run(&life);
		hostile.seed++;
		if (hostile.batch && !(count % hostile.batch) && hostile.seed < end)
			good_run(&life, vcpu, image);
	}
}

const char *__wrap_vm_create(struct vcpu *vcpu, const struct guest_image *image,
			     struct guest_entry *entry, enum vts_how *cause)
{
	struct guest_image good = *image;

	good.args = words_take(image->args);
	hostile.scratch = platform_pages_alloc(VTS_HOP_BLOCK_BYTES / PAGE_SIZE);
	if (!hostile.scratch)
		return "no memory for the test's log";
	batches_run(vcpu, &good);
	tally_print(&hostile.tally);
	platform_log("hostile: seeds %llu failures %llu", (unsigned long long)hostile.seeds,
		     (unsigned long long)hostile.failures);
	*cause = VTS_VM_STOP_VMM_FAULT;
	if (hostile.failures)
		return "a hostile guest was not taken as it should";
	return __real_vm_create(vcpu, &good, entry, cause);
}
