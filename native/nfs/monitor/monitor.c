/* monitor: counts packets and bytes, in all and for the heaviest flows; changes nothing. */
#include <arpa/inet.h>

#include "../../abi/nf.h"
#include "../common/flows.h"
#include "../common/memory.h"
#include "../common/options.h"
#include "counts.h"

static struct flow_counts *counts;
static struct flow_count *list; /* room for the report, taken at the start */
static uint64_t packets_total, bytes_total, not_ip, top;

static void give_back(void)
{
	nf_give_back((void **)&list);
	nf_give_back((void **)&counts);
}

static int start(int argc, char **argv, char *error, uint32_t error_bytes)
{
	const struct nf_option options[] = {{.name = "--top", .kind = NF_NUMBER, .value = &top, .max = COUNTS_MAX}};
	top = 10;
	packets_total = bytes_total = not_ip = 0;
	if (nf_options_read(argc, argv, options, 1, error, error_bytes) == 0 &&
	    nf_table((void **)&list, COUNTS_MAX * sizeof list[0], "the report", error, error_bytes) == 0 &&
	    nf_table((void **)&counts, sizeof *counts, "flows", error, error_bytes) == 0)
		return 0;
	give_back();
	return -1;
}

static void process(struct netvm_packet *packets, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct netvm_flow flow;
		bytes_total += packets[i].length;
		if (netvm_flow_read(packets[i].data, packets[i].length, &flow))
			counts_add(counts, &flow, nf_flow_hash(packets[i].flow_hash, &flow), packets[i].length);
		else
			not_ip++;
	}
	packets_total += n;
}

static const char *address(const struct netvm_address *a, uint8_t version, char text[INET6_ADDRSTRLEN])
{
	uint8_t bytes[16];
	netvm_put32(bytes, (uint32_t)(version == 4 ? a->low : a->high >> 32));
	netvm_put32(bytes + 4, (uint32_t)a->high);
	netvm_put32(bytes + 8, (uint32_t)(a->low >> 32));
	netvm_put32(bytes + 12, (uint32_t)a->low);
	return inet_ntop(version == 4 ? AF_INET : AF_INET6, bytes, text, INET6_ADDRSTRLEN);
}

static void print_flow(const struct flow_count *c, int first)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	const struct netvm_flow *f = &c->flow;
	printf("%s{\"src\":\"%s\",\"srcPort\":%u,\"dst\":\"%s\",\"dstPort\":%u,\"protocol\":%u,\"packets\":%lu,\"bytes\":%lu}",
	       first ? "" : ",", address(&f->src, f->version, src), f->src_port, address(&f->dst, f->version, dst), f->dst_port,
	       f->protocol, c->packets, c->bytes);
}

static void stop(void)
{
	uint32_t flows = counts_collect(counts, list);
	printf("{\"packets\":%lu,\"bytes\":%lu,\"flows\":%u,\"evicted\":%lu,\"evictedPackets\":%lu,\"evictedBytes\":%lu,\"notIp\":%lu,"
	       "\"heaviest\":[",
	       packets_total, bytes_total, flows, counts->evicted_flows, counts->evicted_packets, counts->evicted_bytes, not_ip);
	for (uint32_t i = 0; i < flows && i < top; i++)
		print_flow(&list[i], i == 0);
	printf("]}\n");
	fflush(stdout);
	give_back();
}

const struct netvm_nf netvm_nf = {
	.name = "monitor",
	.usage = "  --top N   how many flows to report, heaviest first, 0 to 16384 (10)",
	.start = start,
	.process = process,
	.stop = stop,
};
