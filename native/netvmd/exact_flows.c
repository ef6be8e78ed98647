/* Exact flows of one order: all of them become a chain's, or none does and the table is as it was. */
#include <rte_cycles.h>

#include "path.h"

static void note(struct path *p, const struct netvm_flow *flow, struct flow_before *before)
{
	const struct flow_entry *e = flow_table_get(p->flows, flow, netvm_flow_hash(flow), rte_rdtsc());
	*before = e ? (struct flow_before){e->expires, e->chain, e->route, e->epoch} : (struct flow_before){0};
}

/* Where it was exact before it is that again, and one that was found by itself goes on where it went. */
static void put_back(struct path *p, const struct netvm_flow *flow, const struct flow_before *before)
{
	if (before->expires == 0) {
		path_delete_flows(p, flow, 1);
		return;
	}
	struct flow_entry *e = flow_table_get(p->flows, flow, netvm_flow_hash(flow), rte_rdtsc());
	p->chains[e->chain].exact_flows--;
	p->chains[before->chain].exact_flows += before->expires == FLOW_FOREVER;
	e->expires = before->expires;
	e->chain = before->chain;
	e->route = before->route;
	e->epoch = before->epoch;
}

uint32_t path_set_all_flows(struct path *p, const struct netvm_flow *flows, uint32_t n, uint32_t chain, struct flow_before *before)
{
	uint32_t done = 0;
	for (; done < n; done++) {
		note(p, &flows[done], &before[done]);
		if (path_set_flows(p, &flows[done], 1, chain) == 0)
			break;
	}
	for (uint32_t i = done; done < n && i-- > 0;) /* the last first: a flow may be in the list twice */
		put_back(p, &flows[i], &before[i]);
	return done;
}
