/* netvmd's side of a trust domain's region: the file, its layout, and DPDK's packet pool over its buffers. */
#ifndef NETVM_NETVMD_REGION_H
#define NETVM_NETVMD_REGION_H

#include <string.h>

#include <rte_mbuf.h>

#include "../abi/ring.h"

/* 33 cache lines: odd, so that the first lines of the buffers spread over all cache sets. Headroom 128 bytes. */
#define BUFFER_STRIDE (33u * NETVM_CACHE_LINE)

struct region {
	char *base;
	uint64_t bytes;
	uint64_t page_bytes; /* of the mount that the file is on */
	int fd;
	int node;      /* of the topology: where its memory was to be, or -1 */
	int real_node; /* of the machine, on which all of its pages are; -1: on several, or the kernel does not say */
	uint32_t buffers;
	uint32_t ring_entries;
	uint64_t ring_stride, buffers_offset;
	struct rte_mempool *pool;
	struct rte_mbuf **mbufs; /* by buffer index */
	uint32_t *holder;        /* by buffer index: what is known of a packet with NFs, or 0; see path.h. Out of their sight and reach */
	uint8_t *parked;         /* by buffer index: 0, or the number and 1 of the lot that it is parked in; see reclaim.c */
	uint32_t *flow;          /* by buffer index: the place of a packet's flow in the table, where it has one */
	uint32_t in_flight;      /* packets with the NFs here */
	uint32_t fruitless;      /* how often in a row the core was given to them, and nothing came back */
};

/* Where a region's memory is to be: a node of the topology, and the machine's node behind it. Both -1: anywhere. */
struct region_place {
	int node;
	int real;
};

/*
 * Creates the region file (on a hugetlbfs of any page size, or on a tmpfs; mode 0600) and the pool whose mbuf headers live in memory of
 * netvmd's own and whose data lives in the region. Where it has a port, that reaches its buffers. Every page is there when it returns, and on the node of `place`, or it fails. The headers are
 * on the machine's node `headers_real` (-1: any). Returns 0, or -1 with a sentence on stderr.
 */
int region_create(struct region *r, const char *file, uint32_t buffers, uint32_t ring_entries, int has_port, struct region_place place,
		  int headers_real);

/* Removes the file. */
void region_remove(const char *file);

static inline struct netvm_region_header *region_header(const struct region *r)
{
	return (struct netvm_region_header *)r->base;
}

static inline struct netvm_ring *region_ring(const struct region *r, uint32_t index)
{
	return (struct netvm_ring *)(r->base + NETVM_RINGS_OFFSET + index * r->ring_stride);
}

/* How many descriptors are in a ring, as its indices have it: no more than fit. */
static inline uint32_t region_ring_depth(const struct region *r, uint32_t index)
{
	const struct netvm_ring *ring = region_ring(r, index);
	uint32_t depth = __atomic_load_n(&ring->head, __ATOMIC_RELAXED) - __atomic_load_n(&ring->tail, __ATOMIC_RELAXED);
	return depth < r->ring_entries ? depth : r->ring_entries;
}

/* An NF's slot, and what else the header tells NFs of. Where it is netvmd knows by itself: what the header says of it is the NFs' to write. */
static inline struct netvm_nf_slot *region_slot(const struct region *r, uint32_t slot)
{
	return (struct netvm_nf_slot *)(r->base + NETVM_SLOTS_OFFSET) + slot;
}

static inline struct netvm_service *region_services(const struct region *r)
{
	return (struct netvm_service *)(r->base + NETVM_SERVICES_OFFSET);
}

static inline struct netvm_link *region_links(const struct region *r)
{
	return (struct netvm_link *)(r->base + NETVM_LINKS_OFFSET);
}

static inline struct netvm_lane *region_lanes(const struct region *r)
{
	return (struct netvm_lane *)(r->base + NETVM_LANES_OFFSET);
}

/* What NFs find in the region, whose layout is known: the magic last, so that whoever sees it sees all. */
static inline void region_write_header(struct region *r, uint64_t tsc_hz)
{
	struct netvm_region_header *h = region_header(r);
	*h = (struct netvm_region_header){
		.abi_version = NETVM_REGION_ABI,
		.nf_slots = NETVM_MAX_NFS,
		.total_bytes = r->bytes,
		.slots_offset = NETVM_SLOTS_OFFSET,
		.services_offset = NETVM_SERVICES_OFFSET,
		.links_offset = NETVM_LINKS_OFFSET,
		.lanes_offset = NETVM_LANES_OFFSET,
		.rings_offset = NETVM_RINGS_OFFSET,
		.ring_stride = r->ring_stride,
		.buffers_offset = r->buffers_offset,
		.buffer_stride = BUFFER_STRIDE,
		.ring_entries = r->ring_entries,
		.buffers = r->buffers,
		.tsc_hz = tsc_hz,
	};
	memset(region_links(r), NETVM_TO_HOST, NETVM_LINKS * sizeof(struct netvm_link)); /* of nobody */
	memset(region_lanes(r), NETVM_TO_HOST, NETVM_LANES * sizeof(struct netvm_lane));
	__atomic_store_n(&h->magic, NETVM_REGION_MAGIC, __ATOMIC_RELEASE);
}

/* Index of the buffer an mbuf's data lives in. */
static inline uint32_t region_buffer_of(const struct region *r, const struct rte_mbuf *m)
{
	return (uint32_t)((uint64_t)((char *)m->buf_addr - (r->base + r->buffers_offset)) / BUFFER_STRIDE);
}

#endif
