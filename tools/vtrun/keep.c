// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int file_copy(int from, int to)
{
	char data[65536];
	off_t offset = 0;
	ssize_t got;

	while ((got = pread(from, data, sizeof(data), offset)) > 0) {
		if (write_all(to, data, (size_t)got) < 0)
			return -1;
		offset += got;
	}
	return (int)got;
}

void keep_files(const char *directory, const struct bochs_process *process, int disk_fd)
{
	const struct {
		const char *name;
		int fd;
	} files[] = {
	    {"bochsrc", process->config_fd}, {"commands", process->commands_fd},
	    {"log", process->log_fd},	     {"messages", process->messages_fd},
	    {"disk.img", disk_fd},
	};

	mkdir(directory, 0777);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[4096];
		int to;

		snprintf(path, sizeof(path), "%s/%s", directory, files[i].name);
		to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (to < 0 || file_copy(files[i].fd, to) < 0)
			fprintf(stderr, "vtrun: %s: cannot keep it: %s\n", path, strerror(errno));
		if (to >= 0)
			close(to);
	}
}
