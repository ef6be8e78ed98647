/* A client's shared memory: mapping it, and living on where the client takes it away. */
#ifndef NETVM_GEN_MEMIF_REGION_H
#define NETVM_GEN_MEMIF_REGION_H

#include "memif_server.h"

/* Maps a region of `bytes` from a memory file. Returns NULL, or what is wrong. */
const char *memif_map(struct memif_region *region, uint64_t bytes, int file);

void memif_unmap_all(struct memif_link *link);

/*
 * A client can make a shared file shorter after it was checked (only a memfd can be sealed, and huge pages of a file system are
 * none); touching what is no longer there raises SIGBUS. From here on such a fault within the server's regions gets memory of our own
 * put in their place and takes the link down; any other is what it was. Both are called by one thread. Returns 0, or -1 with errno.
 */
int memif_guard(struct memif_server *s);
void memif_unguard(struct memif_server *s);

#endif
