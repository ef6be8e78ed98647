/* NFs in netvmd's own thread: a burst goes through all of them, one after the other, while it is in the nearest cache. */
#include <rte_ethdev.h>

#include "path.h"

static void open_packets(struct rte_mbuf **m, struct netvm_packet *packets, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint8_t *data = rte_pktmbuf_mtod(m[i], uint8_t *);
		__builtin_prefetch(data, 1);
		packets[i] = (struct netvm_packet){
			.data = data,
			.length = m[i]->data_len,
			.target = (uint8_t)m[i]->port,
			.flow_hash = path_flow_hash(m[i]),
		};
	}
}

/* Those that an NF dropped go back to their pool; the others close ranks, in order. Returns how many they are. */
static uint32_t take_out_dropped(struct path *p, uint32_t chain, uint32_t nf, struct rte_mbuf **m, struct netvm_packet *packets, uint32_t n)
{
	struct rte_mbuf *dropped[BURST];
	uint32_t going = 0, drops = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (packets[i].action != NETVM_ACTION_DROP) { /* here are no services, and one port: all else goes on */
			packets[i].action = NETVM_ACTION_NEXT;
			m[going] = m[i];
			packets[going++] = packets[i];
		} else {
			dropped[drops++] = m[i];
		}
	}
	rte_pktmbuf_free_bulk(dropped, drops);
	p->telemetry.values[COUNT_NF_DROP_FIRST + nf] += drops;
	p->telemetry.values[count_chain_dropped(chain)] += drops;
	return going;
}

uint32_t path_run_inline(struct path *p, uint32_t chain, struct rte_mbuf **m, uint32_t n)
{
	const struct chain_plan *plan = &p->chains[chain].plan;
	struct netvm_packet packets[BURST];
	open_packets(m, packets, n);
	for (uint32_t nf = 0; nf < plan->inline_length && n > 0; nf++) {
		uint8_t actions = 0;
		plan->inline_nfs[nf]->process(packets, n);
		for (uint32_t i = 0; i < n; i++)
			actions |= packets[i].action; /* NEXT is 0 */
		if (__builtin_expect(actions != NETVM_ACTION_NEXT, 0))
			n = take_out_dropped(p, chain, nf, m, packets, n);
	}
	return n;
}
