/* netvmd's counters. What begins with "drop." is a place where packets are lost; there is no other. */
#ifndef NETVM_NETVMD_COUNTERS_H
#define NETVM_NETVMD_COUNTERS_H

#include "../abi/region.h"
#include "../base/wire.h"
#include "plan.h"

enum counter {
	COUNT_RX,
	COUNT_TX,
	COUNT_DROP_CHAIN_DOWN,  /* a packet came while a hop of its chain had no NF */
	COUNT_DROP_RING_FULL,   /* the first NF's ring took less than the credits allow: an NF wrote over its index */
	COUNT_DROP_TX_DOWN,     /* the link went down with packets waiting to be sent */
	COUNT_DROP_NF_DIED,     /* taken back from an NF that died, or lost with it */
	COUNT_DROP_CHANGED,     /* still on a way that is none any more, and would not come back */
	COUNT_DROP_DOMAIN_FULL, /* the pool of the domain that it was to be copied into had no buffer */
	COUNT_COPIED,           /* from one region into another: packets times borders */
	COUNT_REFUSED,          /* descriptors refused: a buffer not held, or bounds that make no sense */
	COUNT_IN_FLIGHT,        /* packets that netvmd or its NFs have now */
	COUNT_GAPS,
	COUNT_GAP_CYCLES,
	COUNT_CYCLES_BUSY,      /* of rounds in which packets moved, NFs on the same core included */
	COUNT_CYCLES_TOTAL,
	COUNT_DROP_MALFORMED,   /* what the wire's other end says of a frame cannot be */
	COUNT_ROUNDS,           /* in which packets moved */
	COUNT_DROP_BACKPRESSURE, /* came in for a route that was at its limit */
	COUNT_DROP_DETOURS,     /* NFs sent it from service to service too often */
	COUNT_LATE,             /* descriptors for buffers whose packets had been given up */
	COUNT_WASTED_HOPS,      /* NFs that had worked on packets before those were lost to no NF's verdict */
	COUNT_CROSS_NODE,       /* ways of packets from one NUMA node to another */
	COUNT_FLOW_HITS,        /* packets whose flow was in the table */
	COUNT_FLOW_MISSES,
	COUNT_FLOW_FULL,        /* flows for which the table had no place */
	COUNT_STEER_REFUSED,    /* packets that NFs sent where they cannot go: on along their chain */
	COUNT_NF_DROP_FIRST,    /* one for each place in the chain: packets the NF there dropped by its verdict */
	COUNT_CHAIN_FIRST = COUNT_NF_DROP_FIRST + NETVM_MAX_NFS, /* three for each chain: in, out, dropped after it was in */
	COUNT_QUEUE_FIRST = COUNT_CHAIN_FIRST + 3 * CHAINS_MAX, /* two for each queue, as far as there are queues: in, out */
	COUNTERS_MAX = COUNT_QUEUE_FIRST + 2 * WIRE_QUEUES_MAX,
};

static inline uint32_t count_chain_entered(uint32_t chain)
{
	return COUNT_CHAIN_FIRST + 3 * chain;
}

static inline uint32_t count_chain_left(uint32_t chain)
{
	return COUNT_CHAIN_FIRST + 3 * chain + 1;
}

static inline uint32_t count_chain_dropped(uint32_t chain)
{
	return COUNT_CHAIN_FIRST + 3 * chain + 2;
}

/* Packets received on a queue, and sent on it; all queues' are COUNT_RX and COUNT_TX. */
static inline uint32_t count_queue_rx(uint16_t queue)
{
	return COUNT_QUEUE_FIRST + 2u * queue;
}

static inline uint32_t count_queue_tx(uint16_t queue)
{
	return COUNT_QUEUE_FIRST + 2u * queue + 1;
}

/* How many there are with so many queues. */
static inline uint32_t counters(uint16_t queues)
{
	return COUNT_QUEUE_FIRST + 2u * queues;
}

/* COUNTERS_MAX names in the order above. */
const char *const *counter_names(void);

#endif
