// SPDX-License-Identifier: GPL-2.0-only
/* vtrun: start a guest on an engine, publish its events, and return its status. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core-vmm/abi/guest.h"
#include "tools/vtrun/guest_file.h"
#include "tools/vtrun/run.h"
#include "trace/boot.h"
#include "trace/ctf.h"

#define ARGS_MAX 4000 /* bytes of the guest's arguments */

/** Everything that a run is made of, in the order of its making. */
struct vtrun {
	struct options options;
	const struct engine_ops *ops;
	char engine_version[64];
	struct guest_file guest;
	struct elf_image vmm;
	struct disk_file disk;
	struct blob boot, input;
	char args[ARGS_MAX];
	bool interactive, warp;
	struct config config;
	struct sink *sink;
	struct console *console;
};

/** The memfds of the engine must not become our standard streams. */
static void standard_fds_open(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	close(fd);
}

/** Directory of this executable, with @relative after it. */
static void beside(char path[PATH_MAX], const char *relative)
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	path[length > 0 ? length : 0] = 0;
	slash = strrchr(path, '/');
	if (!slash || strlen(relative) >= (size_t)(path + PATH_MAX - slash - 1)) {
		*path = 0;
		return;
	}
	strcpy(slash + 1, relative);
}

/** @name of the library directory beside this program, in a build (../) or an installed tree (../lib/vtscope/), or where
 *  this one was to be installed. False if it is in none; @path is then the last. */
static bool library_find(char path[PATH_MAX], const char *build, const char *name)
{
	char relative[PATH_MAX];

	snprintf(relative, sizeof(relative), "../%s%.256s", build, name);
	beside(path, relative);
	if (access(path, F_OK) == 0)
		return true;
	snprintf(relative, sizeof(relative), "../lib/vtscope/%.256s", name);
	beside(path, relative);
	if (access(path, F_OK) == 0)
		return true;
	snprintf(path, PATH_MAX, "%s/%.256s", VTS_LIBDIR, name);
	return access(path, F_OK) == 0;
}

/** Where @name of the library directory lies: $VTSCOPE_LIBDIR, beside this program, or installed. */
static void library_path(char path[PATH_MAX], const char *name)
{
	const char *directory = getenv("VTSCOPE_LIBDIR");

	if (directory && *directory)
		snprintf(path, PATH_MAX, "%s/%s", directory, name);
	else
		library_find(path, "lib/", name);
}

/** A guest given by a bare name that is not in the working directory may be one of the workloads. */
static void guest_path(char path[PATH_MAX], const char *guest)
{
	char name[PATH_MAX];

	snprintf(path, PATH_MAX, "%s", guest);
	if (strchr(guest, '/') || access(guest, F_OK) == 0)
		return;
	for (int i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "workloads/%.240s%s", guest, i ? ".elf" : "");
		if (library_find(path, "", name))
			return;
	}
	snprintf(path, PATH_MAX, "%s", guest);
}

static int guest_read(struct vtrun *vtrun, struct vts_error *error)
{
	char path[PATH_MAX];

	guest_path(path, vtrun->options.guest);
	return guest_file_read(&vtrun->guest, path, &vtrun->options, error);
}

static int vmm_read(struct vtrun *vtrun, struct vts_error *error)
{
	char path[PATH_MAX];

	library_path(path, "boot.bin");
	if (blob_read(&vtrun->boot, path, "boot sector", error) < 0)
		return -1;
	if (strchr(vtrun->options.vmm, '/'))
		snprintf(path, sizeof(path), "%s", vtrun->options.vmm);
	else
		library_path(path, vtrun->options.vmm);
	return elf_image_read(&vtrun->vmm, path, "VMM", VTS_BOOT_ADDRESS,
			      VTS_BOOT_ADDRESS + VTS_BOOT_OVERHEAD_BYTES, error);
}

/** A program's arguments, or a kernel's command line: a Multiboot image's begins with its name, as with other loaders. */
static int args_join(struct vtrun *vtrun, struct vts_error *error)
{
	const struct options *options = &vtrun->options;
	const char *slash = strrchr(options->guest, '/');
	char *name = (char *)(slash ? slash + 1 : options->guest),
	     *append = (char *)options->append;
	char *const linux_line[] = {append, NULL}, *const multiboot_line[] = {name, append, NULL};
	char *const *const lines[] = {[GUEST_PROGRAM] = options->args,
				      [GUEST_LINUX] = linux_line,
				      [GUEST_MULTIBOOT] = multiboot_line};
	size_t length = 0;

	for (char *const *arg = lines[vtrun->guest.kind]; *arg; arg++) {
		int added = snprintf(vtrun->args + length, ARGS_MAX - length, "%s%s",
				     length ? " " : "", *arg);

		if ((size_t)added >= ARGS_MAX - length)
			return error_set(error, "arguments: too long: at most %d bytes",
					 ARGS_MAX - 1);
		length += (size_t)added;
	}
	for (const char *c = vtrun->args; *c; c++) {
		if (*c < ' ' || *c > '~')
			return error_set(error, "arguments: not plain text: use printable ASCII");
	}
	return 0;
}

static int input_read(struct vtrun *vtrun, struct vts_error *error)
{
	int typed = console_input(&vtrun->input, error);

	if (typed < 0)
		return -1;
	vtrun->interactive = typed;
	vtrun->warp =
	    vtrun->options.idle == IDLE_DEFAULT ? !typed : vtrun->options.idle == IDLE_WARP;
	return 0;
}

static int config_read(struct vtrun *vtrun, struct vts_error *error)
{
	struct config_facts facts = {
	    .engine = vtrun->ops->name,
	    .engine_version = vtrun->engine_version,
	    .unit = vtrun->ops->unit,
	    .compiler = vtrun->vmm.compiler,
	    .guest = &vtrun->guest,
	    .vmm = &vtrun->vmm.file,
	    .boot = &vtrun->boot,
	    .input = &vtrun->input,
	    .disk = &vtrun->disk,
	    .repeatable =
		!vtrun->interactive && !(vtrun->options.paging == PAGING_NATIVE &&
					 (vtrun->input.bytes || vtrun->guest.kind == GUEST_LINUX)),
	    .warp = vtrun->warp,
	    .args = vtrun->args,
	};

	return config_make(&vtrun->config, &vtrun->options, &facts, error);
}

static int sink_open(struct vtrun *vtrun, struct vts_error *error)
{
	struct config *config = &vtrun->config;
	char *metadata = vts_ctf_metadata(config->env, config->count, config->uuid, ENGINE_HZ);
	const char *slash = strrchr(vtrun->options.guest, '/');
	char name[64];

	if (!metadata)
		return error_set(error, "trace: out of memory: free some");
	if (vtrun->options.name)
		snprintf(name, sizeof(name), "%s", vtrun->options.name);
	else
		snprintf(name, sizeof(name), "%.40s-%d", slash ? slash + 1 : vtrun->options.guest,
			 (int)getpid());
	vtrun->sink = sink_create(name, vtrun->options.ring, vtrun->options.record,
				  vtrun->options.zstd, metadata, error);
	free(metadata);
	return vtrun->sink ? 0 : -1;
}

/** There is one engine yet; whoever asks for the best that is present, or looks on, is told. */
static int engine_choose(struct vtrun *vtrun, struct vts_error *error)
{
	const char *asked = vtrun->options.engine;

	vtrun->ops = &bochs_engine;
	if (vtrun->ops->probe(vtrun->engine_version, error) < 0)
		return -1;
	if (asked ? !strcmp(asked, "auto") : isatty(STDERR_FILENO))
		fprintf(stderr, "vtrun: engine: %s %s\n", vtrun->ops->name, vtrun->engine_version);
	return 0;
}

/** Everything that can be wrong is found before the engine is started. */
static int vtrun_prepare(struct vtrun *vtrun, struct vts_error *error)
{
	vtrun->console = console_create(error);
	if (!vtrun->console || disk_file_open(&vtrun->disk, vtrun->options.disk, error) < 0 ||
	    guest_read(vtrun, error) < 0 || vmm_read(vtrun, error) < 0 ||
	    args_join(vtrun, error) < 0 || engine_choose(vtrun, error) < 0 ||
	    input_read(vtrun, error) < 0 || config_read(vtrun, error) < 0)
		return -1;
	return sink_open(vtrun, error);
}

static int vtrun_run(struct vtrun *vtrun, struct vts_error *error)
{
	struct engine_start start = {
	    .options = &vtrun->options,
	    .config = &vtrun->config,
	    .guest = &vtrun->guest,
	    .vmm = &vtrun->vmm,
	    .boot = &vtrun->boot,
	    .input = &vtrun->input,
	    .disk = &vtrun->disk,
	    .args = vtrun->args,
	    .interactive = vtrun->interactive,
	    .warp = vtrun->warp,
	    .sink = vtrun->sink,
	    .console = vtrun->console,
	};
	struct run run = {
	    .ops = vtrun->ops,
	    .sink = vtrun->sink,
	    .console = vtrun->console,
	    .options = &vtrun->options,
	    .disk = &vtrun->disk,
	    .interactive = vtrun->interactive,
	};
	int status;

	if (vtrun->disk.fd >= 0)
		sink_watch(vtrun->sink, disk_file_note, &vtrun->disk);

	run.signals = run_signals(error);
	if (run.signals < 0)
		return -1;
	run.engine = vtrun->ops->start(&start, error);
	if (!run.engine)
		return -1;
	if (run.interactive)
		console_raw(run.console);
	status = run_vm(&run);
	vtrun->ops->destroy(run.engine);
	return status;
}

static int vtrun_release(struct vtrun *vtrun)
{
	int result = vtrun->sink ? sink_destroy(vtrun->sink) : 0;

	if (disk_file_close(&vtrun->disk) < 0)
		result = -1;
	if (vtrun->console)
		console_destroy(vtrun->console);
	config_free(&vtrun->config);
	guest_file_free(&vtrun->guest);
	elf_image_free(&vtrun->vmm);
	blob_free(&vtrun->boot);
	blob_free(&vtrun->input);
	return result;
}

int main(int argc, char **argv)
{
	struct vtrun vtrun = {.disk.fd = -1};
	struct vts_error error;
	int status;

	standard_fds_open();
	status = options_parse(&vtrun.options, argc, argv, &error);
	if (status > 0)
		return fflush(stdout) ? STATUS_FAILED : 0;
	if (status == 0)
		status = vtrun_prepare(&vtrun, &error);
	if (status == 0)
		status = vtrun_run(&vtrun, &error);
	if (status < 0) {
		fprintf(stderr, "vtrun: %s\n", error.text);
		status = STATUS_FAILED;
	}
	if (vtrun_release(&vtrun) < 0 && status == 0)
		status = STATUS_FAILED;
	return status;
}
