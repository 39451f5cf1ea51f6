// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/string.h"

/* String instructions: a loop would be turned into a call to the very function that it is in. */

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	void *end = to;

	__asm__ volatile("rep movsb" : "+D"(end), "+S"(from), "+c"(bytes)::"memory");
	return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
	char *last = (char *)to + bytes - 1;

	if (to <= from)
		return memcpy(to, from, bytes);
	from = (const char *)from + bytes - 1;
	__asm__ volatile("std; rep movsb; cld" : "+D"(last), "+S"(from), "+c"(bytes)::"memory");
	return to;
}

void *memset(void *to, int value, size_t bytes)
{
	void *end = to;

	__asm__ volatile("rep stosb" : "+D"(end), "+c"(bytes) : "a"(value) : "memory");
	return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
	const unsigned char *p = a, *q = b;

	for (size_t i = 0; i < bytes; i++)
		if (p[i] != q[i])
			return p[i] < q[i] ? -1 : 1;
	return 0;
}

size_t strlen(const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	return length;
}
