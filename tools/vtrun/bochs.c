// SPDX-License-Identifier: GPL-2.0-only
/* The engine `bochs`: Debian's Bochs emulates an Intel processor with VT-x. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "tools/vtrun/bochs_config.h"
#include "tools/vtrun/bochs_process.h"
#include "tools/vtrun/com1.h"
#include "tools/vtrun/engine.h"
#include "tools/vtrun/hop.h"
#include "tools/vtrun/image.h"
#include "tools/vtrun/keep.h"
#include "tools/vtrun/names.h"
#include "tools/vtrun/native.h"
#include "trace/boot.h"
#include "trace/hop.h"

#define GREETING_SECONDS  60 /* a fifth of a second is usual */
#define POWER_OFF_SECONDS 5  /* a native guest that has ended still empties its serial port */
#define TRIPLE_FAULT	  "): 3rd ("	   /* in what Bochs says then, */
#define POWERED_OFF	  "soft power off" /* and when the guest uses its ACPI */
#define HELLO_BYTES	  4
#define MODULE_NAME	  256 /* bytes of a module's string */
#define BOCHS_MEMORY_MAX                                                                           \
	(2048ull << 20) /* more is swapped to a file, where the hop cannot follow */

enum phase { PHASE_BOOT, PHASE_VMM, PHASE_NATIVE };

struct engine {
	struct engine_start start;
	struct bochs_process process;
	struct image image;
	struct com1 com1;
	int journal_fd;
	struct hop *hop;
	struct native native;
	size_t input_sent;
	uint64_t nonce;
	enum phase phase;
	char window[HELLO_BYTES + 1]; /* the last bytes before the greeting */
	bool vm_ended;		      /* the VMM said so */
	double deadline;	      /* of the greeting, or of a native guest's power-off */
};

/** Digits only: reading them takes the VMM the same path in every run. */
static int nonce_make(uint64_t *nonce, struct vts_error *error)
{
	unsigned char random[16];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return error_set(error, "random numbers: %s: is this an old kernel?",
				 strerror(errno));
	*nonce = 0;
	for (size_t i = 0; i < sizeof(random); i++)
		*nonce = *nonce << 4 | random[i] % 10;
	return 0;
}

/** " KEY=NUMBERS" of a list of names; nothing of an empty one. False: out of memory. */
static bool list_print(FILE *line, const char *key, enum names names, const char *list)
{
	char *numbers = names_numbers(names, list);

	if (numbers && *numbers)
		fprintf(line, " %s=%s", key, numbers);
	free(numbers);
	return numbers;
}

static char *cmdline_make(const struct engine_start *start, uint64_t nonce)
{
	const struct options *options = start->options;
	char *text = NULL;
	size_t bytes;
	FILE *line = open_memstream(&text, &bytes);
	bool made;

	if (!line)
		return NULL;
	fprintf(line,
		"paging=%s io=%s vpid=%d ept_ad=%d apicv=%d ept_pages=%s mem=%" PRIu64
		" hz=%llu seed=%" PRIu64 " tick=%" PRIu64
		" count_flush=%d interactive=%d idle=%s track=%s hash=%016" PRIx64
		" nonce=%016" PRIx64,
		paging_names[options->paging], options->pv ? "pv" : "trapped", options->vpid,
		options->ept_ad, options->apicv, options->ept_pages, options->memory, ENGINE_HZ,
		options->seed, options->tick, options->count_flushes, start->interactive,
		start->warp ? "warp" : "realtime", options->track, start->config->hash, nonce);
	if (*options->intercept)
		fprintf(line, " intercept=%s", options->intercept);
	made = list_print(line, "stacks", NAMES_REASONS, options->stacks) &&
	       list_print(line, "reasons", NAMES_REASONS, options->reasons) &&
	       list_print(line, "kinds", NAMES_KINDS, options->kinds);
	if (start->disk->fd >= 0)
		fprintf(line, " disk=%s", start->disk->read_only ? "ro" : "rw");
	fprintf(line, " args=%s", start->args);
	if (fclose(line) == 0 && made)
		return text;
	free(text);
	return NULL;
}

/** What the VMM is given (trace/boot.h); how many. Names of modules are written to @names. */
static size_t modules_list(const struct engine_start *start, struct image_module *modules,
			   char names[][MODULE_NAME])
{
	const struct guest_file *guest = start->guest;

	modules[0] = (struct image_module){"guest", &guest->file};
	modules[1] = (struct image_module){"stdin", start->input};
	for (size_t i = 0; i < guest->modules; i++) {
		snprintf(names[i], MODULE_NAME, "initrd %s", guest->module[i].text);
		modules[2 + i] = (struct image_module){names[i], &guest->module[i].file};
	}
	return 2 + guest->modules;
}

static int image_build(struct engine *engine, struct vts_error *error)
{
	const struct engine_start *start = &engine->start;
	struct image_module modules[IMAGE_MODULES_MAX];
	char names[VTS_BOOT_INITRDS][MODULE_NAME];
	size_t count = modules_list(start, modules, names);
	char *cmdline = cmdline_make(start, engine->nonce);
	int result;

	if (!cmdline)
		return error_set(error, "disk image: out of memory: free some");
	result = image_make(&engine->image, start->boot, start->vmm, cmdline, modules, count,
			    start->options->memory, BOCHS_MEMORY_MAX, error);
	free(cmdline);
	return result;
}

static bool is_native(const struct engine *engine)
{
	return engine->start.options->paging == PAGING_NATIVE;
}

/** The serial port is a native guest's console; of the VMM it is the way to say that it cannot
 *  start. */
static void port_drain(struct engine *engine)
{
	com1_drain(&engine->com1, engine->start.console,
		   is_native(engine) ? console_write : console_log);
}

static int port_open(struct engine *engine, struct vts_error *error)
{
	bool input = is_native(engine) && engine->start.input->bytes;

	return com1_open(&engine->com1, engine->start.interactive || input, error);
}

/** Bochs makes a file there and removes its name at once, so that it is gone however Bochs ends. */
static int journal_open(struct engine *engine, struct vts_error *error)
{
	const struct disk_file *disk = engine->start.disk;
	const char *directory = getenv("TMPDIR");

	if (disk->fd < 0 || (!disk->snapshot && !disk->read_only))
		return 0;
	if (!directory || !*directory)
		directory = "/tmp";
	engine->journal_fd = open(directory, O_PATH | O_DIRECTORY);
	if (engine->journal_fd < 0 || faccessat(engine->journal_fd, ".", W_OK, 0) < 0)
		return error_set(
		    error,
		    "%s: no file can be made there for what is written to the disk: %s; set "
		    "TMPDIR to a directory",
		    directory, strerror(errno));
	return 0;
}

static int process_start(struct engine *engine, struct vts_error *error)
{
	struct bochs_config config = {
	    .cpu = engine->start.options->cpu,
	    .machine_bytes = engine->image.machine_bytes,
	    .image_fd = engine->image.fd,
	    .disk = engine->start.disk,
	    .journal_fd = engine->journal_fd,
	    .log_fd = engine->process.log_fd,
	    .com1_terminal = *engine->com1.terminal ? engine->com1.terminal : NULL,
	    .com1_fd = engine->com1.theirs,
	    .warp = engine->start.warp,
	};
	char *text = bochs_config_text(&config);
	int result;

	if (!text)
		return error_set(error, "bochs: out of memory: free some");
	result = bochs_start(&engine->process, text, error);
	free(text);
	if (result == 0 && !*engine->com1.terminal)
		com1_hang_up(&engine->com1);
	return result;
}

static void bochs_destroy(struct engine *engine)
{
	if (engine->hop)
		hop_destroy(engine->hop);
	bochs_release(&engine->process);
	com1_close(&engine->com1);
	if (engine->image.fd >= 0)
		close(engine->image.fd);
	if (engine->journal_fd >= 0)
		close(engine->journal_fd);
	free(engine);
}

static struct engine *bochs_begin(const struct engine_start *start, struct vts_error *error)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine) {
		error_set(error, "bochs: out of memory: free some");
		return NULL;
	}
	engine->start = *start;
	engine->image.fd = -1;
	engine->journal_fd = -1;
	com1_none(&engine->com1);
	if (bochs_prepare(&engine->process, error) == 0 && nonce_make(&engine->nonce, error) == 0 &&
	    image_build(engine, error) == 0 && journal_open(engine, error) == 0 &&
	    port_open(engine, error) == 0 && process_start(engine, error) == 0) {
		engine->deadline = clock_now() + GREETING_SECONDS;
		engine->hop = hop_create(engine->process.pid, start->sink, start->console, error);
		if (engine->hop)
			return engine;
	}
	bochs_destroy(engine);
	return NULL;
}

static size_t bochs_fds(const struct engine *engine, struct pollfd fds[ENGINE_FDS_MAX])
{
	size_t count = 0;

	fds[count++] = (struct pollfd){.fd = engine->process.hop_fd, .events = POLLIN};
	if (engine->com1.ours >= 0 && !engine->com1.ended)
		fds[count++] = (struct pollfd){.fd = engine->com1.ours, .events = POLLIN};
	return count;
}

static enum hop_result greeting_take(struct engine *engine, struct vts_error *error)
{
	bool native = is_native(engine);

	if (!native && !memcmp(engine->window + 1, VTS_HOP_HELLO_VMM, HELLO_BYTES)) {
		engine->phase = PHASE_VMM;
		return hop_find(engine->hop, engine->nonce, error);
	}
	if (native && !memcmp(engine->window + 1, VTS_HOP_HELLO_NATIVE, HELLO_BYTES)) {
		engine->phase = PHASE_NATIVE;
		native_start(&engine->native, engine->start.sink, engine->start.options,
			     engine->start.config, engine->start.warp);
	}
	if (!memcmp(engine->window, VTS_BOOT_FAILED, HELLO_BYTES)) {
		error_set(error, "boot sector: it cannot %s: is this Bochs's own BIOS?",
			  engine->window[HELLO_BYTES] == 'A' ? "reach memory above 1 MiB"
							     : "read the disk image");
		return HOP_BAD;
	}
	return HOP_OK;
}

static enum hop_result vmm_take(struct engine *engine, char byte, struct vts_error *error)
{
	if (byte == VTS_HOP_PACKET)
		return hop_packet_closed(engine->hop, error);
	if (byte == VTS_HOP_END)
		engine->vm_ended = true;
	return HOP_OK;
}

static enum hop_result boot_take(struct engine *engine, const char *bytes, size_t count,
				 struct vts_error *error)
{
	enum hop_result result = HOP_OK;

	for (size_t i = 0; i < count && result == HOP_OK; i++) {
		memmove(engine->window, engine->window + 1, HELLO_BYTES);
		engine->window[HELLO_BYTES] = bytes[i];
		result = greeting_take(engine, error);
	}
	return result;
}

/**
 * What one write(2) put on Bochs's standard output. A machine that runs writes single bytes; more
 * is Bochs's own talk, which it cannot be kept from (the disassembly at a triple fault).
 */
static enum hop_result bytes_take(struct engine *engine, const char *bytes, size_t count,
				  struct vts_error *error)
{
	if (engine->phase == PHASE_BOOT)
		return boot_take(engine, bytes, count, error);
	if (count != 1)
		return HOP_OK;
	if (engine->phase == PHASE_VMM)
		return vmm_take(engine, *bytes, error);
	native_take(&engine->native, bytes, 1);
	return HOP_OK;
}

/** Read what was in the pipe when @pending was asked; all that it announces has been taken. */
static enum hop_result pipe_take(struct engine *engine, int pending, struct vts_error *error)
{
	char packet[4096]; /* a read that is shorter than the packet would lose the rest */
	enum hop_result result = HOP_OK;

	while (pending > 0 && result == HOP_OK && !engine->vm_ended) {
		ssize_t got = read(engine->process.hop_fd, packet, sizeof(packet));

		if (got <= 0)
			break;
		result = bytes_take(engine, packet, (size_t)got, error);
		pending -= (int)got;
	}
	return result;
}

static bool pipe_ended(const struct engine *engine)
{
	struct pollfd pipe = {.fd = engine->process.hop_fd, .events = POLLIN};

	return poll(&pipe, 1, 0) > 0 && (pipe.revents & POLLHUP) && !(pipe.revents & POLLIN);
}

/** Bochs has ended, or has nothing more to say. */
static enum engine_state engine_over(struct engine *engine, struct vts_error *error)
{
	char words[256];

	if (!engine->vm_ended) /* then it is held, for us to be done */
		bochs_wait(&engine->process, 1);
	bochs_kill(&engine->process);
	com1_hang_up(&engine->com1);
	port_drain(engine);
	bochs_last_words(&engine->process, words, sizeof(words));
	if (engine->phase == PHASE_NATIVE && !engine->native.stopped && strstr(words, TRIPLE_FAULT))
		native_end(&engine->native, VTS_VM_STOP_TRIPLE_FAULT);
	if (engine->phase == PHASE_NATIVE && !engine->native.stopped && strstr(words, POWERED_OFF))
		native_end(&engine->native, VTS_VM_STOP_GUEST_EXIT);
	if (sink_stop(engine->start.sink))
		return ENGINE_ENDED;
	if (engine->vm_ended) {
		error_set(error, "the VMM stopped for a fault of its own: its messages above say "
				 "where: please report them");
		return ENGINE_FAULT;
	}
	error_set(error, "engine: Bochs ended before its guest did, %s%s", words,
		  engine->native.refused ? " (and the guest wrote records that it may not write)"
					 : "");
	return ENGINE_FAILED;
}

/** A hop that has gone is Bochs that has gone, and Bochs knows better why. */
static enum engine_state hop_failed(struct engine *engine, enum hop_result result,
				    struct vts_error *error)
{
	if (result == HOP_GONE && bochs_wait(&engine->process, 1))
		return engine_over(engine, error);
	return ENGINE_FAILED;
}

static enum engine_state deadline_check(struct engine *engine, struct vts_error *error)
{
	if (engine->native.stopped && !engine->deadline)
		engine->deadline = clock_now() + POWER_OFF_SECONDS;
	if (engine->phase == PHASE_BOOT && clock_now() > engine->deadline) {
		error_set(
		    error,
		    "engine: the VMM did not start within %d s: try --keep DIR and read its log",
		    GREETING_SECONDS);
		return ENGINE_FAILED;
	}
	if (engine->native.stopped && clock_now() > engine->deadline)
		return engine_over(engine, error);
	return ENGINE_RUNNING;
}

static void input_feed(struct engine *engine)
{
	const struct blob *input = engine->start.input;

	if (engine->phase == PHASE_NATIVE)
		engine->input_sent += com1_send(&engine->com1, input->data + engine->input_sent,
						input->bytes - engine->input_sent);
}

static enum engine_state bochs_service(struct engine *engine, struct vts_error *error)
{
	enum phase before = engine->phase;
	enum hop_result result = HOP_OK;
	int pending = 0;

	/* The order is the hop's contract: look at the pipe, take everything, then read the pipe. */
	if (ioctl(engine->process.hop_fd, FIONREAD, &pending) < 0)
		pending = 0;
	if (engine->phase == PHASE_VMM)
		result = hop_drain(engine->hop, error);
	port_drain(engine);
	input_feed(engine);
	if (result == HOP_OK)
		result = pipe_take(engine, pending, error);
	if (result != HOP_OK)
		return hop_failed(engine, result, error);
	if (engine->phase != before)
		engine->deadline = 0;
	if (engine->vm_ended || pipe_ended(engine))
		return engine_over(engine, error);
	/* Bochs tells its guest of a read that fails, but not if it lies under such a file. */
	if (engine->journal_fd >= 0 && disk_file_check(engine->start.disk, error) < 0)
		return ENGINE_FAILED;
	return deadline_check(engine, error);
}

static size_t bochs_input(struct engine *engine, const void *data, size_t bytes)
{
	return com1_send(&engine->com1, data, bytes);
}

static void bochs_stop(struct engine *engine)
{
	struct vts_error ignored; /* we are leaving: what could be taken was */

	bochs_freeze(&engine->process);
	if (engine->process.running && engine->phase == PHASE_VMM)
		hop_drain(engine->hop, &ignored);
	else if (engine->phase == PHASE_NATIVE)
		pipe_take(engine, 1 << 20, &ignored);
	port_drain(engine);
	bochs_kill(&engine->process);
	if (engine->start.options->keep)
		keep_files(engine->start.options->keep, &engine->process, engine->image.fd);
}

const struct engine_ops bochs_engine = {
    .name = "bochs",
    .unit = "instr",
    .probe = bochs_version,
    .start = bochs_begin,
    .fds = bochs_fds,
    .service = bochs_service,
    .input = bochs_input,
    .stop = bochs_stop,
    .destroy = bochs_destroy,
};
