#include "counts.h"

#include <stdlib.h>
#include <string.h>

static struct flow_count *place_in(struct flow_counts *c, uint32_t stage, const struct netvm_flow *flow)
{
	/* Each stage looks at the hash in a way of its own, so that two flows that meet in one hardly meet in the next. */
	uint64_t mixed = (netvm_flow_hash(flow) + stage) * 0x9e3779b97f4a7c15ull;
	mixed = (mixed ^ mixed >> 32) * 0xd6e8feb86659fd93ull;
	return &c->stage[stage][mixed >> 52 & (COUNTS_STAGE_FLOWS - 1)];
}

void counts_push_down(struct flow_counts *c, struct flow_count carried)
{
	for (uint32_t stage = 1; stage < COUNTS_STAGES; stage++) {
		struct flow_count *here = place_in(c, stage, &carried.flow);
		if (here->packets && netvm_flow_equal(&here->flow, &carried.flow)) {
			here->packets += carried.packets;
			here->bytes += carried.bytes;
			return;
		}
		if (here->packets < carried.packets) {
			struct flow_count lighter = *here;
			*here = carried;
			if (lighter.packets == 0)
				return;
			carried = lighter;
		}
	}
	c->evicted_flows++;
	c->evicted_packets += carried.packets;
	c->evicted_bytes += carried.bytes;
}

static int by_flow(const void *a, const void *b)
{
	return memcmp(&((const struct flow_count *)a)->flow, &((const struct flow_count *)b)->flow, sizeof(struct netvm_flow));
}

static int heaviest_first(const void *a, const void *b)
{
	const struct flow_count *x = a, *y = b;
	return x->packets != y->packets ? (x->packets < y->packets ? 1 : -1) : by_flow(a, b);
}

uint32_t counts_collect(const struct flow_counts *c, struct flow_count *list)
{
	uint32_t n = 0, kept = 0;
	for (uint32_t i = 0; i < COUNTS_MAX; i++) {
		const struct flow_count *one = &c->stage[i / COUNTS_STAGE_FLOWS][i % COUNTS_STAGE_FLOWS];
		if (one->packets)
			list[n++] = *one;
	}
	qsort(list, n, sizeof list[0], by_flow);
	for (uint32_t i = 0; i < n; i++) {
		if (kept > 0 && netvm_flow_equal(&list[kept - 1].flow, &list[i].flow)) {
			list[kept - 1].packets += list[i].packets;
			list[kept - 1].bytes += list[i].bytes;
		} else {
			list[kept++] = list[i];
		}
	}
	qsort(list, kept, sizeof list[0], heaviest_first);
	return kept;
}
