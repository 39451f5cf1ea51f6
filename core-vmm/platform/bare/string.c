// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a compiler may call without being asked, freestanding or not: large structures are cleared
 * with memset and copied with memcpy (gcc's manual, "Standards"; clang does it for smaller ones
 * than gcc does). The string instructions keep the compiler from making a call of a loop, and each
 * iteration counts as one instruction.
 */
#include <stddef.h>

void *memset(void *to, int value, size_t bytes);
void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);

void *memset(void *to, int value, size_t bytes)
{
	void *at = to;

	__asm__ volatile("rep stosb" : "+D"(at), "+c"(bytes) : "a"(value) : "memory");
	return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	void *at = to;

	__asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(bytes) : : "memory");
	return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
	char *at = to;
	const char *source = from;

	if (at <= source || at >= source + bytes)
		return memcpy(to, from, bytes);
	while (bytes--) {
		at[bytes] = source[bytes];
		__asm__ volatile("" : : : "memory"); /* or this loop becomes a call of memmove */
	}
	return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
	const unsigned char *left = a, *right = b;

	for (size_t i = 0; i < bytes; i++)
		if (left[i] != right[i])
			return left[i] < right[i] ? -1 : 1;
	return 0;
}
