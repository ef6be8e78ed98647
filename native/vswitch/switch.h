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

#define SWITCH_BURST 64u

enum switch_counter {
	SWITCH_RX,
	SWITCH_TX,
	SWITCH_DROP_TX_DOWN,  /* the link went down with packets waiting to be sent */
	SWITCH_DROP_PORT_DOWN, /* an NF's port went down with packets waiting for it */
	SWITCH_IN_FLIGHT,     /* packets the switch itself holds */
	SWITCH_GAPS,
	SWITCH_GAP_CYCLES,
	SWITCH_CYCLES_BUSY,
	SWITCH_CYCLES_TOTAL,
	SWITCH_ROUNDS,
	SWITCH_COUNTERS,
};
extern const char *const switch_counter_names[SWITCH_COUNTERS];

/* Where packets go next: into an NF, or after the last one out of the wire's port. */
struct switch_hop {
	uint16_t port;
	uint32_t held_count;
	struct rte_mbuf *held[SWITCH_BURST]; /* the port did not take these yet */
};

struct vswitch {
	uint16_t wire;
	int core;
	uint32_t nfs;
	struct switch_hop hops[NETVM_MAX_NFS + 1]; /* hop nfs is the wire */
	struct telemetry telemetry;
	uint64_t ticks_per_us;
	uint64_t last;
};

/* One round over all ports. Returns the number of packets that moved. */
uint32_t switch_round(struct vswitch *s);

#endif
