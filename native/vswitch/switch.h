/*
 * The baseline: a switch in front of NFs on vhost-user ports, as one runs them without NetVM. Each NF costs a copy in and a
 * copy out. Everything else is as NetVM has it: the same wire, the same cores, the same NF source, the same rule that nothing is
 * dropped inside a chain (a full ring holds its predecessor back, so that loss happens at the wire and is counted there).
 */
#ifndef NETVM_VSWITCH_SWITCH_H
#define NETVM_VSWITCH_SWITCH_H

#include <rte_mbuf.h>

#include "../abi/region.h"
#include "../base/telemetry.h"
#include "../base/wire.h"
#include "tap_port.h"

#define SWITCH_BURST 64u

/* A virtio_user port of DPDK 22.11 has no more pairs of queues. */
#define SWITCH_QUEUES_MAX 8u

enum switch_counter {
	SWITCH_RX,
	SWITCH_TX,
	SWITCH_DROP_TX_DOWN,  /* the link went down with packets waiting to be sent */
	SWITCH_DROP_PORT_DOWN, /* an NF's port went down with packets waiting for it */
	SWITCH_DROP_TAP_FULL, /* a tap had more for the switch than its ring takes */
	SWITCH_DROP_TAP_REFUSED, /* not sent into a tap by the kernel, for its length */
	SWITCH_IN_FLIGHT,     /* packets the switch itself holds */
	SWITCH_GAPS,
	SWITCH_GAP_CYCLES,
	SWITCH_CYCLES_BUSY,
	SWITCH_CYCLES_TOTAL,
	SWITCH_ROUNDS,
	SWITCH_QUEUE_FIRST, /* two for each queue of the wire, as far as there are queues: in, out */
	SWITCH_COUNTERS_MAX = SWITCH_QUEUE_FIRST + 2 * SWITCH_QUEUES_MAX,
};

/* Packets received from the wire on a queue, and sent on it; all queues' are SWITCH_RX and SWITCH_TX. */
static inline uint32_t switch_count_rx(uint16_t queue)
{
	return SWITCH_QUEUE_FIRST + 2u * queue;
}

static inline uint32_t switch_count_tx(uint16_t queue)
{
	return SWITCH_QUEUE_FIRST + 2u * queue + 1;
}

/* SWITCH_COUNTERS_MAX names in the order above. */
const char *const *switch_counter_names(void);

/* Packets that a queue of a port did not take yet. */
struct switch_held {
	uint32_t count;
	struct rte_mbuf *m[SWITCH_BURST];
};

/* Where packets go next: into an NF, or after the last one out of the wire's port. */
struct switch_hop {
	uint16_t port;        /* of DPDK's, or: */
	struct tap_port *tap; /* with one queue */
	struct switch_held held[SWITCH_QUEUES_MAX];
};

struct vswitch {
	int core;
	uint32_t nfs;
	uint16_t queues; /* of every port: a packet goes through all of them on the queue that it came in on */
	uint32_t held;   /* by all queues of all hops */
	struct switch_hop hops[NETVM_MAX_NFS + 1]; /* hop nfs is the wire */
	uint32_t rounds_unseen; /* since the taps' drops were read */
	struct telemetry telemetry;
	uint64_t ticks_per_us;
	uint64_t last;
};

int switch_hop_up(const struct switch_hop *hop);

/* One round over all ports. Returns the number of packets that moved. */
uint32_t switch_round(struct vswitch *s);

#endif
