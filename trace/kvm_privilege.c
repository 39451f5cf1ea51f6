/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel asks for before it lets a process read KVM's tracepoints, and which of it is
 * missing. */
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kvm_private.h"

#define TRACEFS "/sys/kernel/tracing"
#define DEBUGFS "/sys/kernel/debug/tracing"

/* The bits of linux/capability.h, and what each is for (docs/kvm.md). */
static const struct privilege {
	unsigned bit;
	const char *name;
} privileges[] = {
    {39, "cap_bpf"},		/* maps and programs */
    {38, "cap_perfmon"},	/* programs that trace, and attaching them */
    {2, "cap_dac_read_search"}, /* /sys/kernel/tracing is root's: the tracepoints' numbers */
};

#define CAP_SYS_PTRACE 19 /* descriptors of other users' processes, in /proc */
#define CAP_SYS_ADMIN  21 /* stands for both cap_bpf and cap_perfmon */

static uint64_t effective(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[256];
	uint64_t set = 0;

	while (status && fgets(line, sizeof(line), status))
		if (!strncmp(line, "CapEff:", 7))
			set = strtoull(line + 7, NULL, 16);
	if (status)
		fclose(status);
	return set;
}

static bool can_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void say(char *text, size_t size, const char *lacking, const char *all)
{
	char self[PATH_MAX] = "PROGRAM";
	ssize_t got = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (got > 0)
		self[got] = '\0';
	snprintf(text, size, "lacks %s: run it as root, or grant it once: sudo setcap %s=ep %s",
		 lacking, all, self);
}

bool vts_kvm_privileges(char *text, size_t size)
{
	uint64_t set = effective();
	char lacking[128] = "";

	for (size_t i = 0; i < sizeof(privileges) / sizeof(*privileges); i++) {
		const struct privilege *p = &privileges[i];
		bool has = set >> p->bit & 1;

		if (p->bit == 2) /* what it opens may be open */
			has = has || can_open(TRACEFS "/events") || can_open(DEBUGFS "/events");
		else
			has = has || set >> CAP_SYS_ADMIN & 1;
		if (!has)
			snprintf(lacking + strlen(lacking), sizeof(lacking) - strlen(lacking),
				 "%s%s", *lacking ? "," : "", p->name);
	}
	if (!*lacking)
		return false;
	say(text, size, lacking, "cap_bpf,cap_perfmon,cap_dac_read_search");
	return true;
}

bool kvm_sees_processes(char *text, size_t size)
{
	if (effective() >> CAP_SYS_PTRACE & 1)
		return true;
	say(text, size, "cap_sys_ptrace", "cap_bpf,cap_perfmon,cap_dac_read_search,cap_sys_ptrace");
	return false;
}
