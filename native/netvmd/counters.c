#include "counters.h"

#include <stdio.h>

const char *const *counter_names(void)
{
	static char nf_drop[NETVM_MAX_NFS][32], queue[2 * WIRE_QUEUES_MAX][32], chain[3 * CHAINS_MAX][32];
	static const char *const of_chain[] = {"entered", "left", "dropped"};
	static const char *names[COUNTERS_MAX] = {
		[COUNT_RX] = "rx.packets",
		[COUNT_TX] = "tx.packets",
		[COUNT_DROP_CHAIN_DOWN] = "drop.netvmd.chain_down",
		[COUNT_DROP_RING_FULL] = "drop.netvmd.ring_full",
		[COUNT_DROP_TX_DOWN] = "drop.netvmd.tx_link_down",
		[COUNT_DROP_NF_DIED] = "drop.netvmd.nf_died",
		[COUNT_DROP_CHANGED] = "drop.netvmd.chain_changed",
		[COUNT_DROP_DOMAIN_FULL] = "drop.netvmd.domain_full",
		[COUNT_COPIED] = "border.copies",
		[COUNT_REFUSED] = "refused.descriptors",
		[COUNT_IN_FLIGHT] = "inflight.chain",
		[COUNT_GAPS] = "gaps",
		[COUNT_GAP_CYCLES] = "gap.cycles",
		[COUNT_CYCLES_BUSY] = "cycles.busy",
		[COUNT_CYCLES_TOTAL] = "cycles.total",
		[COUNT_DROP_MALFORMED] = "drop.netvmd.malformed",
		[COUNT_ROUNDS] = "rounds",
		[COUNT_DROP_BACKPRESSURE] = "drop.netvmd.backpressure",
		[COUNT_DROP_DETOURS] = "drop.netvmd.detours",
		[COUNT_LATE] = "late.descriptors",
		[COUNT_WASTED_HOPS] = "wasted.hops",
		[COUNT_CROSS_NODE] = "hops.cross_node",
		[COUNT_FLOW_HITS] = "flow.hits",
		[COUNT_FLOW_MISSES] = "flow.misses",
		[COUNT_FLOW_FULL] = "flow.full",
		[COUNT_STEER_REFUSED] = "steer.refused",
	};
	for (uint32_t i = 0; i < NETVM_MAX_NFS; i++) {
		snprintf(nf_drop[i], sizeof nf_drop[i], "drop.nf%u.verdict", i);
		names[COUNT_NF_DROP_FIRST + i] = nf_drop[i];
	}
	for (uint32_t i = 0; i < 3 * CHAINS_MAX; i++) {
		snprintf(chain[i], sizeof chain[i], "chain%u.%s", i / 3, of_chain[i % 3]);
		names[COUNT_CHAIN_FIRST + i] = chain[i];
	}
	for (uint16_t q = 0; q < WIRE_QUEUES_MAX; q++) {
		snprintf(queue[2 * q], sizeof queue[0], "rx.queue%u.packets", q);
		snprintf(queue[2 * q + 1], sizeof queue[0], "tx.queue%u.packets", q);
		names[count_queue_rx(q)] = queue[2 * q];
		names[count_queue_tx(q)] = queue[2 * q + 1];
	}
	return names;
}
