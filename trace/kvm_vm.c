/* SPDX-License-Identifier: GPL-2.0-only */
/* The VMs of this host: processes that hold a descriptor of a KVM VM, and what they are called. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kvm_source.h"

#define COMMAND_BYTES 65536

/* Read a file of /proc, NUL-terminated; how much it was, 0 on failure. */
static size_t read_proc(pid_t pid, const char *name, char *buffer, size_t size)
{
	char path[64];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, buffer, size - 1);
	if (fd >= 0)
		close(fd);
	if (got < 0)
		got = 0;
	buffer[got] = '\0';
	return (size_t)got;
}

static bool is_vm(pid_t pid)
{
	char path[300], target[64];
	const struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir))) {
		ssize_t got;

		snprintf(path, sizeof(path), "/proc/%d/fd/%s", (int)pid, entry->d_name);
		got = readlink(path, target, sizeof(target) - 1);
		target[got > 0 ? got : 0] = '\0';
		found = !strcmp(target, "anon_inode:kvm-vm");
	}
	if (dir)
		closedir(dir);
	return found;
}

/* The name in the value of an option: QEMU has -name guest=web,debug-threads=on. */
static void take_name(char name[64], const char *value)
{
	const char *guest = strstr(value, "guest=");

	if (guest)
		value = guest + strlen("guest=");
	snprintf(name, 64, "%.*s", (int)strcspn(value, ","), value);
}

/* -name (QEMU), --name (kvmtool, crosvm), --id (Firecracker): the word after it, or after its '='. */
static bool name_in_command(pid_t pid, char name[64])
{
	static const char *const options[] = {"-name", "--name", "--id"};
	char *command = malloc(COMMAND_BYTES);
	size_t bytes = command ? read_proc(pid, "cmdline", command, COMMAND_BYTES) : 0;

	*name = '\0';
	for (const char *word = command; bytes && word < command + bytes; word += strlen(word) + 1)
		for (size_t i = 0; i < sizeof(options) / sizeof(*options) && !*name; i++) {
			size_t length = strlen(options[i]);
			const char *next = word + strlen(word) + 1;

			if (strncmp(word, options[i], length))
				continue;
			if (word[length] == '=')
				take_name(name, word + length + 1);
			else if (!word[length] && next < command + bytes)
				take_name(name, next);
		}
	free(command);
	return *name;
}

static void find_name(pid_t pid, char name[64])
{
	if (!name_in_command(pid, name))
		read_proc(pid, "comm", name, 64);
	name[strcspn(name, "\n")] = '\0';
	for (char *c = name; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = '?';
}

size_t vts_kvm_list(struct vts_kvm_vm *list, size_t max)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	size_t count = 0;

	while (proc && (entry = readdir(proc))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid <= 0 || !is_vm(pid))
			continue;
		if (count < max) {
			list[count].pid = pid;
			find_name(pid, list[count].name);
		}
		count++;
	}
	if (proc)
		closedir(proc);
	return count;
}
