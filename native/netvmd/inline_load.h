/* Loading an NF into netvmd itself. For the service thread: it reads a file, and calls the NF's start. */
#ifndef NETVM_NETVMD_INLINE_LOAD_H
#define NETVM_NETVMD_INLINE_LOAD_H

#include <stdint.h>

#include "../abi/nf.h"

#define INLINE_OPTIONS_MAX 64

/* One instance of an NF that runs in netvmd's thread. */
struct inline_nf {
	const struct netvm_nf *nf; /* NULL: none */
	void *library;
	int fd;                          /* of the copy that was loaded; its name goes by this number, so it stays open */
	char *options[INLINE_OPTIONS_MAX + 1]; /* ours: the NF may keep pointers to them */
};

/*
 * Loads nf-<name>.so (an absolute path) and starts the NF with these options, at most INLINE_OPTIONS_MAX of them. Each instance has variables of its own,
 * also where the file is the same. Returns 0, or -1 with a sentence in `error` and nothing left loaded.
 */
int inline_load(struct inline_nf *instance, const char *file, int options_count, const char *const *options, char *error,
		uint32_t error_bytes);

/* Calls the NF's stop and forgets it. It must be in no chain. */
void inline_unload(struct inline_nf *instance);

#endif
