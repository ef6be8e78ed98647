/* An NF's flat image, and the guest's memory as its start finds it. */
#ifndef NETVM_MICROVM_IMAGE_H
#define NETVM_MICROVM_IMAGE_H

#include "guest.h"
#include "vm.h"

struct image {
	uint64_t entry;
	struct microvm_boot *boot; /* in the guest's memory */
};

/* Gives the guest its image, read-only, and `memory_bytes` (whole huge pages) of memory. Returns 0, or -1 with a sentence in `error`. */
int image_load(struct image *image, struct vm *vm, const char *file, uint64_t memory_bytes, char *error, uint32_t error_bytes);

/* Gives the NF its options. Returns 0, or -1 with a sentence in `error`. */
int image_arguments(struct image *image, int argc, char *const *argv, char *error, uint32_t error_bytes);

#endif
