/* The region as the launcher sees it: who sleeps, and how the slot of its guest is. */
#ifndef NETVM_VM_REGION_H
#define NETVM_VM_REGION_H

#include <stdint.h>

#include "../abi/region.h"

struct vm_region {
	void *base;
	uint64_t file_bytes;
	uint64_t used_bytes; /* that had pages when it was opened; what lies behind is a hole: a guest's memory is a power of two */
	int fd;
};

/* Returns 0, or -1 with a sentence on stderr. */
int vm_region_open(struct vm_region *r, const char *file);

/* The word that a bell is about: of netvmd or of a slot. Nothing of the region's header is trusted for it after vm_region_open. */
uint32_t *vm_region_word(const struct vm_region *r, uint32_t bell);

/* Gives back the pages that guests have touched in the hole since it was opened. */
void vm_region_clear_hole(const struct vm_region *r);

#endif
