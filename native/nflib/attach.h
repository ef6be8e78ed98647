/* Joining a region as an NF, and following netvmd's orders there. */
#ifndef NETVM_NFLIB_ATTACH_H
#define NETVM_NFLIB_ATTACH_H

#include "../abi/nf.h"
#include "../abi/ring.h"

/* A ring that packets come in by: netvmd's, or a link. */
struct netvm_inlet {
	struct netvm_consumer ring;
	uint32_t link; /* NETVM_TO_HOST: netvmd's */
};

/* A link that leads on. */
struct netvm_outlet {
	struct netvm_producer ring;
	struct netvm_nf_slot *to; /* NULL: not open */
};

struct netvm_attachment {
	void *region;
	struct netvm_nf_slot *slot;
	uint8_t *buffers;
	uint64_t buffer_stride;
	uint32_t buffers_count;
	uint32_t slot_index;
	uint32_t *host_sleeping;
	uint32_t order;    /* the last one followed */
	uint64_t links_in; /* of the open inlets */
	uint32_t inlets;
	struct netvm_inlet inlet[1 + NETVM_LINKS]; /* the first is netvmd's */
	struct netvm_producer to_host;
	struct netvm_outlet outlet[NETVM_LINKS];
	uint8_t link_of_lane[NETVM_LANES]; /* where packets go from here, or NETVM_TO_HOST */
};

/*
 * Takes the slot in a region that is mapped already, for the process `pid`: netvmd watches that one's life. Returns NULL, or what is wrong
 * with the region, to follow its name in a sentence. Freestanding, as the loop is.
 */
const char *netvm_join(struct netvm_attachment *a, void *region, uint64_t bytes, uint32_t slot, uint32_t pid, const char *name);

/* Maps the region file and joins as this process (nflib/map.c). Returns 0, or -1 with a sentence in `error`. */
int netvm_attach(struct netvm_attachment *a, const char *region_file, uint32_t slot, const char *name, char *error,
		 uint32_t error_bytes);

/* Says READY: from now on netvmd may put the NF into a chain. */
void netvm_ready(struct netvm_attachment *a);

/*
 * Follows netvmd's orders where there are new ones: opens the links that lead into the NF and on from it, and tells it of services. Called after packets were taken and
 * before they are handed on: then those of a new lane never go an old way. A link that is no link any more is kept open until nothing is in it.
 */
void netvm_follow_orders(struct netvm_attachment *a, const struct netvm_nf *nf);

#endif
