// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/linux_file.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "trace/linux_image.h"

bool linux_file_is(const char *path)
{
	unsigned char start[VTS_LINUX_HEADER_NEEDED];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t bytes = fd < 0 ? -1 : read(fd, start, sizeof(start));

	if (fd >= 0)
		close(fd);
	return bytes >= 0 && vts_linux_is(start, (size_t)bytes);
}

int linux_file_check(const struct blob *file, const char *path, const struct blob *initrd,
		     const char *cmdline, uint64_t memory, struct vts_error *error)
{
	struct vts_linux_layout layout;
	const char *wrong = vts_linux_layout(file->data, file->bytes, memory, initrd->bytes,
					     strlen(cmdline), &layout);

	if (wrong && layout.needed > memory)
		return error_set(error, "%s: %s (%llu MiB or more)", path, wrong,
				 (unsigned long long)((layout.needed + (1u << 20) - 1) >> 20));
	return wrong ? error_set(error, "%s: %s", path, wrong) : 0;
}
