/*
 * Region: what netvmd shares with the network functions (NFs) of one trust domain.
 *
 *   header | NF slots | services | links | lanes | rings (two per slot, one per link) | packet buffers
 *
 * A *link* is a ring from one NF to another. A *lane* is a way through the domain: of each NF on it, the link that leads on. Which NF is on
 * which lane netvmd says; a packet's descriptor says which lane it is on.
 *
 * Offsets only, never a pointer: netvmd, an NF at another address and a guest that sees the region as a PCI BAR all
 * read the same bytes. netvmd treats everything here as hostile: it keeps sizes, ways and buffer ownership in memory of
 * its own, and copies a value before it checks and uses it.
 */
#ifndef NETVM_ABI_REGION_H
#define NETVM_ABI_REGION_H

#include <stddef.h>
#include <stdint.h>

#include "nf.h"

#define NETVM_REGION_MAGIC 0x4e47524d56544e31ull
#define NETVM_REGION_ABI 4u
#define NETVM_CACHE_LINE 64u
#define NETVM_MAX_NFS 32u
#define NETVM_LINKS 64u
#define NETVM_LANES 256u
#define NETVM_SERVICES 32u
#define NETVM_SERVICE_NAME_BYTES 32u
#define NETVM_TO_HOST 0xffu /* "link" of the last NF of a lane: back to netvmd */
#define NETVM_NF_GAPS 64u   /* gaps an NF remembers until netvmd has read them */

/* A packet, handed on without its bytes. */
struct netvm_desc {
	uint32_t buffer; /* index of the packet buffer */
	uint16_t offset; /* of the first byte of the frame, from the start of the buffer */
	uint16_t length; /* of the frame, without CRC */
	uint8_t action;  /* enum netvm_action */
	uint8_t target;  /* as in struct netvm_packet */
	uint16_t lane;   /* the low byte is its number; the high one tells it from those that had the number before */
	uint32_t flow_hash;
};
_Static_assert(sizeof(struct netvm_desc) == 16, "four descriptors fit a cache line");

/* One producer, one consumer. Indices run freely; the slots follow in memory. See ring.h. */
struct netvm_ring {
	_Alignas(64) uint32_t head; /* written by the producer */
	_Alignas(64) uint32_t tail; /* written by the consumer */
	_Alignas(64) struct netvm_desc slots[];
};
_Static_assert(sizeof(struct netvm_ring) == 128, "head and tail on cache lines of their own");

enum netvm_nf_state {
	NETVM_NF_FREE = 0,
	NETVM_NF_ATTACHING = 1,
	NETVM_NF_READY = 2,
	NETVM_NF_GONE = 3,
};

struct netvm_nf_gap {
	uint64_t start_tsc;
	uint64_t end_tsc;
};

struct netvm_nf_slot {
	/* Identity: written by the NF once, before it says READY. It takes the slot and says who it is in one step: wherever it dies, the slot has its pid. */
	union {
		struct {
			uint32_t state; /* enum netvm_nf_state */
			uint32_t pid;
		};
		uint64_t state_and_pid;
	};
	char name[32];
	uint64_t ready_tsc; /* when it said READY, by the clock of the core that it runs on: a guest's may be another than netvmd's */

	/* Orders: written by netvmd. */
	_Alignas(64) uint32_t stop; /* not 0: leave */
	uint32_t order;             /* grows whenever links, lanes or services have changed; read after a packet of the new way came */
	uint64_t links_in;          /* one bit for each link that leads into it */

	/* Futex word: 1 while the NF sleeps; whoever has work for it sets 0 and wakes it. */
	_Alignas(64) uint32_t sleeping;

	/* Accounts: written by the NF. Informative, never trusted. */
	_Alignas(64) uint64_t received;
	uint64_t dropped;
	uint64_t wakeups;
	uint64_t woke_tsc;  /* when it last got the core */
	uint64_t slept_tsc; /* when it last gave the core away */
	uint64_t gaps_written;
	uint32_t followed; /* the last order since which it has handed on all that was in its hands, or on the way into them */
	_Alignas(64) struct netvm_nf_gap gaps[NETVM_NF_GAPS];
};
_Static_assert(offsetof(struct netvm_nf_slot, name) == sizeof(uint64_t), "state and pid are one word");
_Static_assert(sizeof(struct netvm_nf_slot) == 256 + NETVM_NF_GAPS * 16, "slot layout");

/* A service's name by its number; empty where there is none. Only those of this region's own domain. */
struct netvm_service {
	char name[NETVM_SERVICE_NAME_BYTES];
};

/* Whom a link connects: slots. */
struct netvm_link {
	uint8_t from;
	uint8_t to;
};

/* By an NF's slot: the link that leads on from it, or NETVM_TO_HOST. */
struct netvm_lane {
	uint8_t link[NETVM_MAX_NFS];
};

struct netvm_region_header {
	uint64_t magic;
	uint32_t abi_version;
	uint32_t nf_slots;
	uint64_t total_bytes;
	uint64_t slots_offset;
	uint64_t services_offset;
	uint64_t links_offset;
	uint64_t lanes_offset;
	uint64_t rings_offset; /* see netvm_ring_in, _out and _link */
	uint64_t ring_stride;
	uint64_t buffers_offset;
	uint64_t buffer_stride; /* an odd number of cache lines, so that packet headers spread over all cache sets */
	uint32_t ring_entries;  /* a power of two */
	uint32_t buffers;
	uint64_t tsc_hz;
	_Alignas(64) uint32_t host_sleeping; /* futex word of netvmd, as in a slot */
};
_Static_assert(sizeof(struct netvm_region_header) == 192, "region header layout");

/* What lies before the rings, in this order and without gaps. netvmd lays regions out so; an NF goes by the header. */
#define NETVM_SLOTS_OFFSET sizeof(struct netvm_region_header)
#define NETVM_SERVICES_OFFSET (NETVM_SLOTS_OFFSET + NETVM_MAX_NFS * sizeof(struct netvm_nf_slot))
#define NETVM_LINKS_OFFSET (NETVM_SERVICES_OFFSET + NETVM_SERVICES * sizeof(struct netvm_service))
#define NETVM_LANES_OFFSET (NETVM_LINKS_OFFSET + NETVM_LINKS * sizeof(struct netvm_link))
#define NETVM_RINGS_OFFSET (NETVM_LANES_OFFSET + NETVM_LANES * sizeof(struct netvm_lane))
#define NETVM_RINGS (2 * NETVM_MAX_NFS + NETVM_LINKS)
_Static_assert(NETVM_RINGS_OFFSET % 64 == 0, "rings begin on a cache line");

/* Which ring leads from netvmd into an NF, which one back, and which one is a link. */
static inline uint32_t netvm_ring_in(uint32_t slot)
{
	return 2 * slot;
}

static inline uint32_t netvm_ring_out(uint32_t slot)
{
	return 2 * slot + 1;
}

static inline uint32_t netvm_ring_link(uint32_t link)
{
	return 2 * NETVM_MAX_NFS + link;
}

static inline struct netvm_nf_slot *netvm_slot(void *region, uint32_t slot)
{
	struct netvm_region_header *h = region;
	return (struct netvm_nf_slot *)((char *)region + h->slots_offset) + slot;
}

#endif
