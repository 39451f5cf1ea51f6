// SPDX-License-Identifier: GPL-2.0-only
#include "bench/command.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The directory of this executable; "." if it cannot be told. */
static void own_directory(char *path, size_t bytes)
{
	ssize_t length = readlink("/proc/self/exe", path, bytes - 1);

	if (length <= 0) {
		snprintf(path, bytes, ".");
		return;
	}
	path[length] = '\0';
	*strrchr(path, '/') = '\0';
}

void vtb_vtrun_path(char *path, size_t bytes)
{
	char own[PATH_MAX];

	own_directory(own, sizeof(own));
	if (snprintf(path, bytes, "%s/vtrun", own) >= (int)bytes || access(path, X_OK))
		snprintf(path, bytes, "vtrun");
}

int vtb_linux_find(char *path, size_t bytes, struct vts_error *error)
{
	char own[PATH_MAX], kernel[PATH_MAX + 32];

	own_directory(own, sizeof(own));
	snprintf(path, bytes, "%s/../linux", own);
	snprintf(kernel, sizeof(kernel), "%s/vmlinuz-cloud-amd64", path);
	if (!access(kernel, R_OK))
		return 0;
	snprintf(error->text, sizeof(error->text),
		 "%.300s: no Linux guest there: make linux makes it of Debian's packages", kernel);
	return -1;
}

struct builder {
	struct vtb_command *command;
	size_t count;
	bool failed;
};

__attribute__((format(printf, 2, 3))) static void add(struct builder *builder, const char *format,
						      ...)
{
	char *text;
	va_list args;

	va_start(args, format);
	if (builder->count == VTB_ARGS_MAX || vasprintf(&text, format, args) < 0)
		builder->failed = true;
	else
		builder->command->argv[builder->count++] = text;
	va_end(args);
}

/* A Linux guest: the kernel boots, the first process does what run= says, and switches the machine off. */
static void add_linux(struct builder *builder, const struct vtb_cell *cell, const char *dir)
{
	char ops[32] = "";

	if (cell->ops)
		snprintf(ops, sizeof(ops), " ops=%" PRIu64, cell->ops);
	add(builder, "--initrd");
	add(builder, "%s/initrd-cloud-amd64.gz", dir);
	add(builder, "--append");
	add(builder,
	    "console=ttyS0 quiet cryptomgr.notests tsc_early_khz=50000 run=\"%sbench %s%s\"",
	    cell->workload->args, cell->workload->guest, ops);
	add(builder, "%s/vmlinuz-cloud-amd64", dir);
}

static void add_guest(struct builder *builder, const struct vtb_cell *cell)
{
	add(builder, "%s", cell->workload->guest);
	if (!cell->ops && !*cell->workload->args)
		return;
	add(builder, "--");
	if (cell->ops)
		add(builder, "ops=%" PRIu64, cell->ops);
	if (*cell->workload->args)
		add(builder, "%s", cell->workload->args);
}

int vtb_command_make(struct vtb_command *command, const struct vtb_cell *cell, const char *vtrun,
		     const char *record, const char *name, const char *disk, const char *linux_dir,
		     unsigned timeout)
{
	struct builder builder = {.command = command};

	memset(command, 0, sizeof(*command));
	add(&builder, "%s", vtrun);
	add(&builder, "--paging");
	add(&builder, "%s", vtb_paging_names[cell->paging]);
	if (cell->paging != VTB_NATIVE) {
		add(&builder, "--io");
		add(&builder, "%s", vtb_io_names[cell->io]);
		if (!cell->vpid)
			add(&builder, "--no-vpid");
		if (cell->no_apicv)
			add(&builder, "--no-apicv");
		add(&builder, "--ept-pages");
		add(&builder, "%s", vtb_pages_names[cell->pages]);
	}
	if (cell->vmm) {
		add(&builder, "--vmm");
		add(&builder, "vmm-%s.elf", vtb_vmm_names[cell->vmm]);
	}
	add(&builder, "--mem");
	add(&builder, "%s", VTB_MEMORY);
	add(&builder, "--record");
	add(&builder, "%s", record);
	add(&builder, "--name");
	add(&builder, "%s", name);
	add(&builder, "--timeout");
	add(&builder, "%u", timeout);
	if (disk) {
		add(&builder, "--disk");
		add(&builder, "%s,snapshot", disk);
	}
	add(&builder, "--seed");
	add(&builder, "%" PRIu64, cell->seed);
	if (cell->workload->linux)
		add_linux(&builder, cell, linux_dir);
	else
		add_guest(&builder, cell);
	if (!builder.failed)
		return 0;
	vtb_command_free(command);
	return -1;
}

void vtb_command_free(struct vtb_command *command)
{
	for (char **arg = command->argv; *arg; arg++)
		free(*arg);
	memset(command, 0, sizeof(*command));
}

static void put_shell_word(FILE *file, const char *word)
{
	if (*word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"0123456789-_./=,:+")]) {
		fputs(word, file);
		return;
	}
	fputc('\'', file);
	for (; *word; word++)
		fputs(*word == '\'' ? "'\\''" : (char[]){*word, '\0'}, file);
	fputc('\'', file);
}

char *vtb_command_text(const struct vtb_command *command)
{
	char *text = NULL;
	size_t bytes;
	FILE *memory = open_memstream(&text, &bytes);

	if (!memory)
		return NULL;
	for (char *const *arg = command->argv; *arg; arg++) {
		if (arg != command->argv)
			fputc(' ', memory);
		put_shell_word(memory, *arg);
	}
	fclose(memory);
	return text;
}
