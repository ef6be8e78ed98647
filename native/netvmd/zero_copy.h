/* Lets the memif port's zero-copy mode reach the region. */
#ifndef NETVM_NETVMD_ZERO_COPY_H
#define NETVM_NETVMD_ZERO_COPY_H

#include <stdint.h>

/* From now on a zero-copy port shares this memory, and nothing else, with its peer. fd stays the caller's. */
void zero_copy_offer(void *base, uint64_t bytes, int fd);

#endif
