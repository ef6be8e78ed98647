/* Tables: taken at an NF's start, zeroed, given back at its stop. */
#ifndef NETVM_NFS_MEMORY_H
#define NETVM_NFS_MEMORY_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/*
 * `*table` where it was taken before (then zeroed again), else `bytes` of it, on huge pages where the kernel has them to
 * give: a look-up costs a TLB miss less. Returns 0, or -1 with a sentence in `error`.
 */
static inline int nf_table(void **table, size_t bytes, const char *what, char *error, uint32_t error_bytes)
{
	size_t page = 2u << 20, rounded = (bytes + 63) / 64 * 64;
	if (!*table) {
		*table = aligned_alloc(rounded >= page ? page : 64, rounded >= page ? (rounded + page - 1) / page * page : rounded);
		if (!*table) {
			snprintf(error, error_bytes, "no memory for %s (%zu bytes)", what, bytes);
			return -1;
		}
		if (rounded >= page)
			madvise(*table, rounded, MADV_HUGEPAGE);
	}
	memset(*table, 0, rounded);
	return 0;
}

/* Where nothing was taken there is nothing to give back. */
static inline void nf_give_back(void **table)
{
	free(*table);
	*table = NULL;
}

#endif
