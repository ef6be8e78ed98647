/* monitor: counts packets and bytes, in all and for each flow; changes nothing. */
#include <stdio.h>

#include "../../abi/flow.h"
#include "../../abi/nf.h"

/* Direct-mapped: a flow that collides takes the place of the other one, and `evicted` says how often. */
#define FLOWS 4096u

struct flow_count {
	struct netvm_flow flow;
	uint64_t packets;
	uint64_t bytes;
};

static struct flow_count flows[FLOWS];
static uint64_t packets_total, bytes_total, evicted, not_ipv4;

static void count(const struct netvm_flow *flow, uint32_t hash, uint32_t bytes)
{
	struct flow_count *c = &flows[hash & (FLOWS - 1)];
	if (!netvm_flow_equal(&c->flow, flow)) {
		evicted += c->packets != 0;
		*c = (struct flow_count){.flow = *flow};
	}
	c->packets++;
	c->bytes += bytes;
}

static void process(struct netvm_packet *packets, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct netvm_flow flow;
		bytes_total += packets[i].length;
		if (netvm_flow_read(packets[i].data, packets[i].length, &flow))
			count(&flow, packets[i].flow_hash ? packets[i].flow_hash : netvm_flow_hash(&flow), packets[i].length);
		else
			not_ipv4++;
	}
	packets_total += n;
}

static void stop(void)
{
	uint32_t seen = 0;
	for (uint32_t i = 0; i < FLOWS; i++)
		seen += flows[i].packets != 0;
	printf("{\"packets\":%lu,\"bytes\":%lu,\"flows\":%u,\"evicted\":%lu,\"notIpv4\":%lu}\n", packets_total, bytes_total, seen,
	       evicted, not_ipv4);
}

const struct netvm_nf netvm_nf = {.name = "monitor", .process = process, .stop = stop};
