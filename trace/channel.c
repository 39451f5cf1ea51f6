/* SPDX-License-Identifier: GPL-2.0-only */
#include "channel.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* In /proc/net/unix: a socket that listens (net/unix/af_unix.c: __SO_ACCEPTCON), and its type. */
#define LISTENING 0x10000u

bool channel_name_valid(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	size_t length = strlen(name);

	return length >= 1 && length <= CHANNEL_NAME_MAX && strspn(name, allowed) == length;
}

socklen_t channel_address(struct sockaddr_un *address, uid_t uid, const char *name)
{
	int length;

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	/* Abstract: the first byte is NUL, and the length counts. */
	length = snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1,
			  CHANNEL_PREFIX "%u/%.*s", (unsigned)uid, CHANNEL_NAME_MAX, name);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
}

static bool peer(int fd, struct ucred *credentials)
{
	socklen_t length = sizeof(*credentials);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, &length);
}

int channel_connect(uid_t uid, const char *name)
{
	struct sockaddr_un address;
	socklen_t length = channel_address(&address, uid, name);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct ucred credentials;
	int error;

	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, length)) {
		error = errno;
	} else if (peer(fd, &credentials) && (credentials.uid == uid || !credentials.uid)) {
		return fd;
	} else {
		/* Anyone may listen at any abstract address. */
		error = EACCES;
	}
	close(fd);
	errno = error;
	return -1;
}

pid_t channel_peer_pid(int fd)
{
	struct ucred credentials;

	return peer(fd, &credentials) ? credentials.pid : 0;
}

/* "Num RefCount Protocol Flags Type St Inode Path", where an abstract path starts with @. */
static bool parse(const char *line, struct channel_entry *entry)
{
	unsigned flags, type, uid;
	char path[128], canonical[128];

	if (sscanf(line, "%*s %*x %*x %x %x %*x %*u @%127s", &flags, &type, path) != 3)
		return false;
	if (!(flags & LISTENING) || type != SOCK_SEQPACKET)
		return false;
	if (sscanf(path, CHANNEL_PREFIX "%u/%63s", &uid, entry->name) != 2)
		return false;
	snprintf(canonical, sizeof(canonical), CHANNEL_PREFIX "%u/%s", uid, entry->name);
	if (strcmp(canonical, path) || !channel_name_valid(entry->name))
		return false;
	entry->uid = uid;
	return geteuid() == 0 || geteuid() == uid;
}

bool channel_next(FILE *proc_net_unix, struct channel_entry *entry)
{
	char line[512];

	while (fgets(line, sizeof(line), proc_net_unix)) {
		if (parse(line, entry))
			return true;
	}
	return false;
}
