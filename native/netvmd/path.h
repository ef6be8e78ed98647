/*
 * The data path: one thread, run to completion. A packet goes port -> admit -> first NF's ring -> NFs -> take back -> port;
 * see admit.c for the way in and take_back.c for the way out.
 */
#ifndef NETVM_NETVMD_PATH_H
#define NETVM_NETVMD_PATH_H

#include <stdint.h>

#include <rte_mbuf.h>

#include "../abi/nf.h"
#include "../abi/wait.h"
#include "../base/telemetry.h"
#include "../base/wire.h"
#include "counters.h"
#include "region.h"

#define BURST 64u
#define DOMAINS_MAX 8u

/* What netvmd knows of an NF in the chain. Private: the slot in the region is only what the NF says. */
struct hop {
	uint32_t domain;
	uint32_t slot;
	uint32_t number; /* place in the chain, from 0 */
	struct netvm_nf_slot *shared;
	struct netvm_consumer out; /* what the NF hands back */
	uint64_t gaps_seen;
	uint64_t refused;
};

enum chain_state {
	CHAIN_UP,
	CHAIN_DOWN, /* an NF died or was quarantined: packets are dropped and counted, never let past it */
};

/* A chain as it is ordered: of NFs in processes, or of NFs that run inline, never of both. Both 0 long: port to port. */
struct chain_plan {
	uint32_t length;
	uint32_t domains[NETVM_MAX_NFS]; /* of each NF */
	uint32_t slots[NETVM_MAX_NFS];   /* in its domain; all READY */
	int shared_core;               /* an NF runs on netvmd's core */
	uint32_t inline_length;
	const struct netvm_nf *inline_nfs[NETVM_MAX_NFS];
};

/* A stretch of the chain within one trust domain. Its NFs pass packets on among themselves, and the last one hands them back. */
struct segment {
	struct region *region;
	uint32_t first, length;   /* of the chain's hops */
	struct netvm_producer in; /* into the first NF */
	uint32_t in_flight;       /* packets in it; only an NF that lies of its own domain's can make this wrong */
	uint32_t fed;             /* packets since its first NF was last woken */
};

struct chain {
	enum chain_state state;
	uint32_t length; /* 0: port to port, perhaps by way of NFs that run inline */
	uint32_t inline_length;
	const struct netvm_nf *inline_nfs[NETVM_MAX_NFS];
	int shared_core; /* an NF runs on netvmd's core: sleep so that it can */
	uint32_t segments;
	struct segment segment[NETVM_MAX_NFS];
	struct hop hops[NETVM_MAX_NFS];
};

/* Packets for a transmit queue that its port did not take yet. */
struct unsent {
	uint32_t count;
	struct rte_mbuf *m[BURST];
};

struct path {
	uint16_t port;
	uint16_t queues;     /* of the port, in each direction; what came in on one leaves on the same */
	uint16_t turn;       /* the receive queue whose turn it is */
	uint16_t turn_left;  /* packets left of its turn */
	int core;
	uint32_t domains;
	struct region region; /* the port's buffers are in it; of one domain all packets ever are, and its NFs join it */
	struct region domain[DOMAINS_MAX]; /* of several each has a region of its own, and the port's is nobody's (see path_region) */
	struct telemetry telemetry;
	struct chain chain;
	uint32_t in_flight;     /* packets in the chain */
	uint32_t in_flight_max; /* credits: no more than a ring holds, so that no ring between NFs can overflow */
	uint64_t ticks_per_us;
	uint64_t handover_ticks; /* from one process to the next on a core, longer than which it was a gap */
	uint64_t last;          /* clock at the last look; gaps show between two looks */
	uint64_t copied_bytes;  /* over borders, since the last look */
	uint64_t slept_tsc;     /* when the core was last given away */
	uint32_t unsent_count; /* of all queues */
	struct unsent unsent[WIRE_QUEUES_MAX];
	uint32_t quarantined[DOMAINS_MAX]; /* slots of NFs whose conduct took their chain down, one bit each; for the service to read */
};

/* The region that the NFs of a domain join. */
static inline struct region *path_region(struct path *p, uint32_t domain)
{
	return p->domains > 1 ? &p->domain[domain] : &p->region;
}

/* One round. Returns the number of packets that moved. */
uint32_t path_round(struct path *p);

/* Drains the chain and makes it the planned one. What would not drain is taken back and counted under `reason`. */
void path_set_chain(struct path *p, const struct chain_plan *plan, enum counter reason);

/* Takes the chain down after an NF's death: every buffer it held comes back. Returns how many. */
uint32_t path_nf_died(struct path *p);

/* So many refused descriptors from one NF, and its chain is taken down. */
#define REFUSED_MAX 64u

/* Receives and admits up to the credits, queue by queue in turn. Returns the number of packets. */
uint32_t path_admit(struct path *p);

/* Hands packets in a segment's region to its first NF; `holder` says what queue they came in on. */
void path_hand_to(struct path *p, struct segment *s, uint8_t holder, struct rte_mbuf **m, uint32_t n);

/*
 * Copies packets (1 to BURST) from one region into buffers of another, puts those in their places and frees the old ones. What finds no buffer
 * is dropped and counted; returns how many are left at m.
 */
uint32_t path_cross(struct path *p, struct region *from, struct region *to, struct rte_mbuf **m, uint32_t n);

/* Takes back what the NFs of one segment handed back, and passes it on. Returns the number of packets. */
uint32_t path_take_back_from(struct path *p, struct segment *s);

/* Takes back and sends what the NFs handed back. Returns the number of packets. */
uint32_t path_take_back(struct path *p);

/* Runs a burst (1 to BURST packets) through the chain's inline NFs. What they drop is counted and freed; returns how many are left at m. */
uint32_t path_run_inline(struct path *p, struct rte_mbuf **m, uint32_t n);

/* The NIC's where it has one. 0 says that nobody has looked: an NF that needs it computes it (flow.h). */
static inline uint32_t path_flow_hash(const struct rte_mbuf *m)
{
	return m->ol_flags & RTE_MBUF_F_RX_RSS_HASH ? m->hash.rss : 0;
}

/* Sends packets on a queue, behind those that are kept for it, and keeps what the port does not take (at most BURST) for the next round. */
void path_send(struct path *p, uint16_t queue, struct rte_mbuf **m, uint32_t n);

/* Sends what was kept. Returns 0 where something still is. */
int path_send_kept(struct path *p);

void path_note_gap(struct path *p, uint64_t start, uint64_t end);

/* After so many packets were handled. */
static inline void path_look_at_clock(struct path *p, uint64_t now, uint32_t packets)
{
	uint64_t expected = netvm_gap_ticks(p->ticks_per_us, packets) + wire_copy_ticks(p->copied_bytes, p->ticks_per_us);
	if (now - p->last > expected)
		path_note_gap(p, p->last, now);
	p->last = now;
	p->copied_bytes = 0;
}

#endif
