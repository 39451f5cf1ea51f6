// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/vtrun.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int error_set(struct vts_error *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	return -1;
}

static int blob_fill(struct blob *blob, int fd)
{
	size_t filled = 0;

	while (filled < blob->bytes) {
		ssize_t got = read(fd, blob->data + filled, blob->bytes - filled);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		filled += (size_t)got;
	}
	blob->bytes = filled;
	return 0;
}

int blob_read(struct blob *blob, const char *path, const char *what, struct vts_error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	int result = -1;

	*blob = (struct blob){0};
	if (fd < 0 || fstat(fd, &status) < 0) {
		error_set(error, "%s: cannot read the %s: %s", path, what, strerror(errno));
	} else if (!S_ISREG(status.st_mode)) {
		error_set(error, "%s: cannot read the %s: not a regular file", path, what);
	} else {
		blob->bytes = (size_t)status.st_size;
		blob->data = malloc(blob->bytes + 1);
		result = blob->data ? blob_fill(blob, fd) : -1;
		if (result < 0)
			error_set(error, "%s: cannot read the %s: %s", path, what, strerror(errno));
	}
	if (fd >= 0)
		close(fd);
	if (result < 0)
		blob_free(blob);
	return result;
}

void blob_free(struct blob *blob)
{
	free(blob->data);
	*blob = (struct blob){0};
}

int write_all(int fd, const void *data, size_t bytes)
{
	const char *next = data;

	while (bytes) {
		ssize_t written = write(fd, next, bytes);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		next += written;
		bytes -= (size_t)written;
	}
	return 0;
}

double clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
