/*
 * What NFs decide of a packet's way: to a service, or out of the port. That reaches to the end of their own trust domain and no further: the NFs of another that follow are never
 * passed by, and nothing there can be named.
 */
#include <string.h>

#include "path.h"

/* The first place behind this one that is not in the same domain; the route's length where there is none. */
static uint32_t end_of_domain(const struct route *r, uint32_t place)
{
	uint32_t end = place + 1;
	while (end < r->length && r->nfs[end]->domain == r->nfs[place]->domain)
		end++;
	return end;
}

/* All later packets of the flow go as this one: to the NF that said so, then perhaps past another one, then on from `from`. */
static void send_flow(struct path *p, const struct nf *nf, struct route *r, uint32_t place, struct nf *by_way_of, uint32_t from, uint32_t held,
		      const struct rte_mbuf *m)
{
	struct nf *nfs[NETVM_MAX_NFS + 2];
	uint32_t length = place + 1;
	/* A packet on a detour, or on a way that is none any more, does not show the whole way of its flow: what would come of it could pass by NFs. */
	if (held_detours(held) > 0 || r->state != ROUTE_OPEN) {
		p->telemetry.values[COUNT_STEER_REFUSED]++;
		return;
	}
	memcpy(nfs, r->nfs, length * sizeof nfs[0]);
	if (by_way_of)
		nfs[length++] = by_way_of;
	memcpy(nfs + length, r->nfs + from, (r->length - from) * sizeof nfs[0]);
	length += r->length - from;
	const struct route *new = path_route(p, r->chain, nfs, length, 0);
	if (!new || path_pin_flow(p, nf->region, m, held, new) != 0)
		p->telemetry.values[COUNT_STEER_REFUSED]++;
}

/* On another route, which begins with the service's NF. */
static void detour(struct path *p, struct nf *nf, struct route *r, uint32_t place, struct nf *by_way_of, uint32_t from, uint32_t held, struct rte_mbuf *m)
{
	struct nf *nfs[NETVM_MAX_NFS + 1] = {by_way_of};
	memcpy(nfs + 1, r->nfs + from, (r->length - from) * sizeof nfs[0]);
	struct route *new = path_route(p, r->chain, nfs, 1 + r->length - from, 0);
	if (!new) { /* there can be no more, or an NF that is gone would be on it */
		p->telemetry.values[COUNT_STEER_REFUSED]++;
		path_pass_on(p, nf->region, r, place + 1, &held, &m, 1);
		return;
	}
	if (held_detours(held) == HELD_DETOURS_MAX) {
		rte_pktmbuf_free(m);
		path_lose(p, r, place + 1, 1, COUNT_DROP_DETOURS);
		return;
	}
	if (new->in_flight >= new->limit) { /* in its chain it is already */
		rte_pktmbuf_free(m);
		path_lose(p, r, place + 1, 1, COUNT_DROP_BACKPRESSURE);
		return;
	}
	path_leave(p, r, 1);
	path_enter(p, new, 1);
	uint32_t mark = held + HELD_DETOUR;
	path_hand_to(p, nf->region, new, 0, &mark, &m, 1);
}

static void to_service(struct path *p, struct nf *nf, struct route *r, uint32_t place, const struct netvm_desc *d, uint32_t held, struct rte_mbuf *m)
{
	const struct instances *service = &p->services[d->target];
	uint32_t end = end_of_domain(r, place), at = place + 1;
	int with_flow = d->action & NETVM_ACTION_FLOW;
	while (at < end && !instances_have(service, nf->domain, r->nfs[at]->slot))
		at++;
	if (at < end) { /* further along the same way */
		if (with_flow)
			send_flow(p, nf, r, place, NULL, at, held, m);
		path_pass_on(p, nf->region, r, at, &held, &m, 1);
		return;
	}
	struct nf *instance = &p->nfs[service->domain][service->slots[d->flow_hash % service->count]];
	if (with_flow) {
		instance = path_least_loaded(p, service->domain, service->slots, service->count);
		send_flow(p, nf, r, place, instance, end, held, m);
	}
	detour(p, nf, r, place, instance, end, held, m);
}

void path_steer(struct path *p, struct nf *nf, const struct netvm_desc *d, uint32_t held, struct rte_mbuf *m)
{
	const struct lane *lane = &p->lanes[nf->domain][held % NETVM_LANES];
	struct route *r = lane->route;
	uint32_t place = lane->place[nf->slot], end = end_of_domain(r, place);
	uint32_t action = d->action & ~(uint32_t)NETVM_ACTION_FLOW;
	if (action == NETVM_ACTION_SERVICE && d->target < NETVM_SERVICES && p->services[d->target].count > 0 &&
	    p->services[d->target].domain == nf->domain) {
		to_service(p, nf, r, place, d, held, m);
	} else if (action == NETVM_ACTION_PORT && d->target == 0) {
		if (d->action & NETVM_ACTION_FLOW)
			send_flow(p, nf, r, place, NULL, end, held, m);
		path_pass_on(p, nf->region, r, end, &held, &m, 1);
	} else {
		p->telemetry.values[COUNT_STEER_REFUSED]++;
		path_pass_on(p, nf->region, r, place + 1, &held, &m, 1);
	}
}
