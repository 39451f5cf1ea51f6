/* SPDX-License-Identifier: GPL-2.0-only */
/* The socket of the live channel (publish.h): address, and who is behind it; private to trace/. */
#ifndef TRACE_CHANNEL_H
#define TRACE_CHANNEL_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#define CHANNEL_PREFIX	 "vtscope/"
#define CHANNEL_NAME_MAX 63

/** Letters, digits, '.', '_' and '-', 1 to 63 of them. */
bool channel_name_valid(const char *name);
/** The abstract address "vtscope/<uid>/<name>"; returns its length. */
socklen_t channel_address(struct sockaddr_un *address, uid_t uid, const char *name);
/** Connect to the VM @name of @uid and make sure that it is theirs, or root's. A descriptor, or -1:
 * errno. */
int channel_connect(uid_t uid, const char *name);
/** The process at the other end of a connection: who listens there. */
pid_t channel_peer_pid(int fd);

/** A listening socket of a VM. */
struct channel_entry {
	uid_t uid;
	char name[CHANNEL_NAME_MAX + 1];
};

/** The next one in /proc/net/unix, opened by the caller, of a user whose VMs this one may attach
 * to. */
bool channel_next(FILE *proc_net_unix, struct channel_entry *entry);

#endif
