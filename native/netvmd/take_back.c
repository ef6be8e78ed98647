/* The way out: every descriptor that comes back is checked against what netvmd itself knows. */
#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "../base/wire.h"
#include "path.h"

int path_send_kept(struct path *p)
{
	uint32_t n = p->unsent_count;
	if (n == 0)
		return 1;
	uint32_t sent = rte_eth_tx_burst(p->port, 0, p->unsent, (uint16_t)n);
	p->telemetry.values[COUNT_TX] += sent;
	if (sent == 0 && !wire_link_up(p->port)) {
		rte_pktmbuf_free_bulk(p->unsent, n);
		p->telemetry.values[COUNT_DROP_TX_DOWN] += n;
		sent = n;
	}
	p->unsent_count = n - sent;
	for (uint32_t i = 0; i < p->unsent_count; i++)
		p->unsent[i] = p->unsent[sent + i];
	return p->unsent_count == 0;
}

void path_send(struct path *p, struct rte_mbuf **m, uint32_t n)
{
	uint32_t sent = rte_eth_tx_burst(p->port, 0, m, (uint16_t)n);
	p->telemetry.values[COUNT_TX] += sent;
	for (uint32_t i = sent; i < n; i++)
		p->unsent[p->unsent_count++] = m[i];
}

/* The mbuf behind a descriptor, or NULL where the NF does not hold that buffer or its bounds make no sense. */
static inline struct rte_mbuf *check(struct region *r, const struct netvm_desc *d)
{
	if (d->buffer >= r->buffers || r->holder[d->buffer] != HELD_BY_CHAIN ||
	    (uint32_t)d->offset + d->length > BUFFER_STRIDE || d->length == 0)
		return NULL;
	r->holder[d->buffer] = HELD_BY_HOST;
	return r->mbufs[d->buffer];
}

static void refuse(struct path *p, struct hop *hop)
{
	p->telemetry.values[COUNT_REFUSED]++;
	hop->refused++;
}

/* Asks for the mbuf headers (both lines: the port frees the buffer in the end) of the burst after this one. */
static void prefetch_next(const struct region *r, const struct netvm_consumer *out)
{
	for (uint32_t i = 0; i < BURST; i++) {
		uint32_t buffer = netvm_ring_peek(out, i)->buffer;
		if (buffer < r->buffers) {
			rte_prefetch0(r->mbufs[buffer]);
			rte_prefetch0((char *)r->mbufs[buffer] + RTE_CACHE_LINE_SIZE);
		}
	}
}

static void take_burst(struct path *p, struct hop *hop, const struct netvm_desc *desc, uint32_t n)
{
	struct rte_mbuf *going[BURST], *dropped[BURST];
	uint32_t goings = 0, drops = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct rte_mbuf *m = check(&p->region, &desc[i]);
		if (!m) {
			refuse(p, hop);
			continue;
		}
		if (desc[i].action == NETVM_ACTION_NEXT) {
			m->data_off = desc[i].offset;
			m->data_len = desc[i].length;
			m->pkt_len = desc[i].length;
			going[goings++] = m;
		} else {
			dropped[drops++] = m;
		}
	}
	p->in_flight -= goings + drops;
	path_send(p, going, goings);
	if (drops > 0) {
		rte_pktmbuf_free_bulk(dropped, drops);
		p->telemetry.values[COUNT_NF_DROP_FIRST + hop->slot] += drops;
	}
}

static uint32_t take_from(struct path *p, struct hop *hop)
{
	struct netvm_desc desc[BURST];
	uint32_t n, taken = 0;
	while (p->unsent_count == 0 && (n = netvm_ring_pop(&hop->out, desc, BURST)) > 0) {
		prefetch_next(&p->region, &hop->out);
		take_burst(p, hop, desc, n);
		path_look_at_clock(p, rte_rdtsc(), n);
		taken += n;
		if (hop->refused + hop->out.broken > REFUSED_MAX || taken > p->region.ring_entries)
			break;
	}
	return taken;
}

uint32_t path_take_back(struct path *p)
{
	uint32_t taken = 0;
	if (!path_send_kept(p))
		return 0;
	for (uint32_t i = p->chain.length; i-- > 0;)
		taken += take_from(p, &p->chain.hops[i]);
	return taken;
}
