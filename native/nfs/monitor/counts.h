/*
 * Packets and bytes of the heaviest flows, after HashPipe (Sivaraman et al., SOSR 2017): a new flow always gets the first
 * stage's place; whoever had it moves on to the next stage, where the heavier of two stays. What falls out behind the last
 * stage was light. A flow may be counted in several stages; the report adds them up.
 */
#ifndef NETVM_MONITOR_COUNTS_H
#define NETVM_MONITOR_COUNTS_H

#include "../../abi/flow.h"

#define COUNTS_STAGES 4u
#define COUNTS_STAGE_FLOWS 4096u /* a power of two */

struct flow_count {
	_Alignas(64) struct netvm_flow flow;
	uint64_t packets; /* 0: free */
	uint64_t bytes;
};
_Static_assert(sizeof(struct flow_count) == 64, "a flow is one cache line");

struct flow_counts {
	struct flow_count stage[COUNTS_STAGES][COUNTS_STAGE_FLOWS];
	uint64_t evicted_flows, evicted_packets, evicted_bytes; /* fell out behind the last stage */
};

/* Moves a count on through the stages behind the first. */
void counts_push_down(struct flow_counts *c, struct flow_count carried);

static inline void counts_add(struct flow_counts *c, const struct netvm_flow *flow, uint32_t hash, uint32_t bytes)
{
	struct flow_count *first = &c->stage[0][hash & (COUNTS_STAGE_FLOWS - 1)];
	if (__builtin_expect(!netvm_flow_equal(&first->flow, flow), 0)) {
		if (first->packets)
			counts_push_down(c, *first);
		*first = (struct flow_count){.flow = *flow};
	}
	first->packets++;
	first->bytes += bytes;
}

/*
 * Adds up what a flow has in several stages: afterwards `list` has each flow once, heaviest first. Returns how many. For
 * the end: takes time.
 */
uint32_t counts_collect(const struct flow_counts *c, struct flow_count *list);

#define COUNTS_MAX (COUNTS_STAGES * COUNTS_STAGE_FLOWS)

#endif
