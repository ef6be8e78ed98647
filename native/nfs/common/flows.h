/*
 * A bounded table of flows, each with a time until which it lives and a word of its owner's. Four places for a flow to be
 * in, side by side: no chains, no deletion, no work behind a packet's back. A place is free when its time is over.
 */
#ifndef NETVM_NFS_FLOWS_H
#define NETVM_NFS_FLOWS_H

#include <stddef.h>

#include "../../abi/flow.h"

#define NF_FLOWS_WAYS 4u

struct nf_flow_entry {
	_Alignas(64) struct netvm_flow flow;
	uint64_t expires; /* ticks; free where that is not after now */
	uint64_t value;
};
_Static_assert(sizeof(struct nf_flow_entry) == 64, "a look-up reads one cache line where the first place hits");

struct nf_flows {
	struct nf_flow_entry *entries;
	uint32_t count; /* a power of two, at least NF_FLOWS_WAYS */
};

static inline struct nf_flow_entry *nf_flows_set(const struct nf_flows *t, uint32_t hash)
{
	return &t->entries[(hash * NF_FLOWS_WAYS) & (t->count - 1)];
}

/* The living entry of a flow, or NULL. */
static inline struct nf_flow_entry *nf_flows_find(const struct nf_flows *t, uint32_t hash, const struct netvm_flow *flow, uint64_t now)
{
	struct nf_flow_entry *set = nf_flows_set(t, hash);
	for (uint32_t i = 0; i < NF_FLOWS_WAYS; i++) {
		if (netvm_flow_equal(&set[i].flow, flow))
			return set[i].expires > now ? &set[i] : NULL;
	}
	return NULL;
}

/*
 * Where a flow that is not in the table may go: a free place (or its own dead one), or else the one that would end first.
 * Look at `expires` to know.
 */
static inline struct nf_flow_entry *nf_flows_place(const struct nf_flows *t, uint32_t hash, const struct netvm_flow *flow)
{
	struct nf_flow_entry *set = nf_flows_set(t, hash), *first = set;
	for (uint32_t i = 0; i < NF_FLOWS_WAYS; i++) {
		if (netvm_flow_equal(&set[i].flow, flow))
			return &set[i]; /* a flow is never in two places */
		if (set[i].expires < first->expires)
			first = &set[i];
	}
	return first;
}

/* The flow's hash: what came with the packet, or our own where nobody has looked. */
static inline uint32_t nf_flow_hash(uint32_t from_packet, const struct netvm_flow *flow)
{
	return from_packet ? from_packet : netvm_flow_hash(flow);
}

#endif
