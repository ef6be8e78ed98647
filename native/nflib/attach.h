/* Joining a region as an NF, and leaving it. */
#ifndef NETVM_NFLIB_ATTACH_H
#define NETVM_NFLIB_ATTACH_H

#include "../abi/nf.h"
#include "../abi/ring.h"

struct netvm_attachment {
	void *region;
	struct netvm_nf_slot *slot;
	uint8_t *buffers;
	uint64_t buffer_stride;
	uint32_t buffers_count;
	uint32_t slot_index;
	uint32_t *host_sleeping;
	struct netvm_consumer in;       /* what comes to us */
	struct netvm_producer to_host;  /* what goes back to netvmd */
	struct netvm_producer to_next;  /* what goes on along the chain */
	struct netvm_nf_slot *next;     /* NULL: the chain ends here */
	uint32_t order;                 /* the last one followed */
};

/* Maps the region file and takes the slot. Returns 0, or -1 with a sentence in `error`. */
int netvm_attach(struct netvm_attachment *a, const char *region_file, uint32_t slot, const char *name, char *error,
		 uint32_t error_bytes);

/* Says READY: from now on netvmd may put the NF into a chain. */
void netvm_ready(struct netvm_attachment *a);

/* Follows `next` in the slot after netvmd has changed it. */
void netvm_follow_next(struct netvm_attachment *a, uint32_t next);

#endif
