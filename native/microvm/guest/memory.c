/* Memory of an NF: taken from the heap one piece behind the other, and given back with the guest. Tables are taken once, at its start. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "guest.h"

#define ALIGNMENT 16u

static uint64_t used;

void *aligned_alloc(size_t alignment, size_t bytes)
{
	uint64_t end = BOOT->heap_at + BOOT->heap_bytes, at = (BOOT->heap_at + used + alignment - 1) / alignment * alignment;
	if (at > end || bytes > end - at) {
		errno = ENOMEM;
		return NULL;
	}
	used = at + bytes - BOOT->heap_at;
	return (void *)at;
}

/* Its size stands before it, for realloc. */
void *malloc(size_t bytes)
{
	uint8_t *p = bytes < BOOT->heap_bytes ? aligned_alloc(ALIGNMENT, ALIGNMENT + bytes) : NULL;
	if (!p)
		return NULL;
	*(size_t *)p = bytes;
	return p + ALIGNMENT;
}

void *realloc(void *old, size_t bytes)
{
	void *grown = malloc(bytes);
	if (grown && old) {
		size_t before = *(size_t *)((uint8_t *)old - ALIGNMENT);
		memcpy(grown, old, before < bytes ? before : bytes);
	}
	return grown;
}

void free(void *p)
{
	(void)p;
}

/* Whether pages are huge is netvm-microvm's business. */
int madvise(void *at, size_t bytes, int advice)
{
	(void)at, (void)bytes, (void)advice;
	return 0;
}
