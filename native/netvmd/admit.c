/* The way in: receive, describe, hand to the first NF. */
#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "path.h"

/* The flow hash is the NIC's where it has one. 0 says that nobody has looked: an NF that needs it computes it (flow.h). */
static inline void describe(struct path *p, const struct rte_mbuf *m, struct netvm_desc *desc)
{
	uint32_t buffer = region_buffer_of(&p->region, m);
	p->region.holder[buffer] = HELD_BY_CHAIN;
	*desc = (struct netvm_desc){
		.buffer = buffer,
		.offset = m->data_off,
		.length = m->data_len,
		.in_port = m->port,
		.flow_hash = m->ol_flags & RTE_MBUF_F_RX_RSS_HASH ? m->hash.rss : 0,
	};
}

static void hand_to_first_nf(struct path *p, struct rte_mbuf **m, uint32_t n)
{
	struct netvm_desc desc[BURST];
	for (uint32_t i = 0; i < n; i++) {
		rte_prefetch0(rte_pktmbuf_mtod(m[i], void *)); /* on its way from the other core while others are described */
		describe(p, m[i], &desc[i]);
	}
	uint32_t pushed = netvm_ring_push(&p->chain.in, desc, n);
	p->in_flight += pushed;
	if (pushed == n)
		return;
	/* Credits make room certain; only an NF that scribbles over its ring's index leads here. */
	for (uint32_t i = pushed; i < n; i++)
		p->region.holder[desc[i].buffer] = HELD_BY_HOST;
	rte_pktmbuf_free_bulk(m + pushed, n - pushed);
	p->telemetry.values[COUNT_DROP_RING_FULL] += n - pushed;
}

static void admit_burst(struct path *p, struct rte_mbuf **m, uint32_t n)
{
	p->telemetry.values[COUNT_RX] += n;
	if (p->chain.state == CHAIN_DOWN) {
		rte_pktmbuf_free_bulk(m, n);
		p->telemetry.values[COUNT_DROP_CHAIN_DOWN] += n;
	} else if (p->chain.length == 0) {
		path_send(p, m, n);
	} else {
		hand_to_first_nf(p, m, n);
	}
}

uint32_t path_admit(struct path *p)
{
	struct rte_mbuf *m[BURST];
	uint32_t admitted = 0;
	while (p->unsent_count == 0 || p->chain.length > 0) {
		uint32_t credits = p->in_flight_max - p->in_flight;
		uint32_t n = rte_eth_rx_burst(p->port, 0, m, credits < BURST ? (uint16_t)credits : BURST);
		if (n == 0)
			break;
		admit_burst(p, m, n);
		path_look_at_clock(p, rte_rdtsc(), n);
		admitted += n;
		if (admitted >= p->in_flight_max) /* port to port knows no credits: look at orders now and then */
			break;
	}
	return admitted;
}
