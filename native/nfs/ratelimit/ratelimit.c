/* ratelimit: a token bucket for each flow and one for all; what finds no token is dropped. */
#include "../../abi/flow.h"
#include "../../abi/nf.h"
#include "../../abi/region.h"
#include "../common/clock.h"
#include "../common/memory.h"
#include "../common/options.h"
#include "../common/report.h"
#include "bucket.h"

#define FLOWS 65536u /* a power of two */
#define WAYS 4u
#define CRC_BYTES 4u

struct flow_bucket {
	_Alignas(64) struct netvm_flow flow;
	struct bucket bucket;
};
_Static_assert(sizeof(struct flow_bucket) == 64, "a flow is one cache line");

enum { PASSED, OVER_FLOW, OVER_TOTAL, EVICTED, COUNTS };
static const char *const count_names[COUNTS] = {"passed", "overFlowRate", "overTotalRate", "evicted"};

static struct flow_bucket *flows;
static struct bucket total;
static struct rate flow_rate, total_rate;
static uint64_t counts[COUNTS];

static int start(int argc, char **argv, char *error, uint32_t error_bytes)
{
	const uint64_t most = 1000000000000ull;
	uint64_t flow_pps = 0, flow_bps = 0, total_pps = 0, total_bps = 0, burst_us = 10000;
	const struct nf_option options[] = {
		{.name = "--flow-pps", .kind = NF_NUMBER, .value = &flow_pps, .min = 1, .max = 1000000000},
		{.name = "--flow-bps", .kind = NF_NUMBER, .value = &flow_bps, .min = 1000, .max = most},
		{.name = "--total-pps", .kind = NF_NUMBER, .value = &total_pps, .min = 1, .max = 1000000000},
		{.name = "--total-bps", .kind = NF_NUMBER, .value = &total_bps, .min = 1000, .max = most},
		{.name = "--burst-us", .kind = NF_NUMBER, .value = &burst_us, .min = 1, .max = 10000000},
	};
	if (nf_options_read(argc, argv, options, sizeof options / sizeof options[0], error, error_bytes) != 0)
		return -1;
	if (!flow_pps && !flow_bps && !total_pps && !total_bps) {
		snprintf(error, error_bytes, "expected one of --flow-pps --flow-bps --total-pps --total-bps, got none");
		return -1;
	}
	flow_rate = rate_of(flow_pps, flow_bps, burst_us, nf_ticks_hz());
	total_rate = rate_of(total_pps, total_bps, burst_us, nf_ticks_hz());
	total = (struct bucket){0};
	memset(counts, 0, sizeof counts);
	return nf_table((void **)&flows, FLOWS * sizeof flows[0], "flows", error, error_bytes);
}

static uint64_t full_at(const struct bucket *b)
{
	return b->packets_full_at > b->bytes_full_at ? b->packets_full_at : b->bytes_full_at;
}

/*
 * The flow's bucket. A new flow takes the place of one whose bucket is full again, which loses nothing; where all four are
 * in use, of the one nearest to full, and that one's next packet meets a full bucket: counted.
 */
static struct bucket *bucket_of(const struct netvm_flow *flow, uint32_t hash, uint64_t now)
{
	struct flow_bucket *set = &flows[hash * WAYS & (FLOWS - 1)], *first = set;
	for (uint32_t i = 0; i < WAYS; i++) {
		if (netvm_flow_equal(&set[i].flow, flow))
			return &set[i].bucket;
		if (full_at(&set[i].bucket) < full_at(&first->bucket))
			first = &set[i];
	}
	counts[EVICTED] += !bucket_is_full(&first->bucket, now);
	*first = (struct flow_bucket){.flow = *flow};
	return &first->bucket;
}

/* The flow's limit first: what it refuses takes nothing from the others' share. */
static int verdict(const struct netvm_packet *p, uint64_t now)
{
	struct netvm_flow flow;
	struct bucket *own = NULL, before = {0};
	uint32_t bytes = p->length + CRC_BYTES;
	if (netvm_flow_read(p->data, p->length, &flow)) {
		own = bucket_of(&flow, p->flow_hash ? p->flow_hash : netvm_flow_hash(&flow), now);
		before = *own;
		if (!bucket_take(own, &flow_rate, bytes, now))
			return OVER_FLOW;
	}
	if (bucket_take(&total, &total_rate, bytes, now))
		return PASSED;
	if (own)
		*own = before;
	return OVER_TOTAL;
}

static void process(struct netvm_packet *packets, uint32_t n)
{
	uint64_t now = nf_ticks() * BUCKET_FRACTION;
	for (uint32_t i = 0; i < n; i++) {
		int v = verdict(&packets[i], now);
		counts[v]++;
		if (v != PASSED)
			packets[i].action = NETVM_ACTION_DROP;
	}
}

static void stop(void)
{
	nf_report("ratelimit", count_names, counts, COUNTS);
	nf_give_back((void **)&flows);
}

const struct netvm_nf netvm_nf = {
	.name = "ratelimit",
	.usage = "  --flow-pps N    packets a second for each 5-tuple\n"
		 "  --flow-bps N    bits a second for each 5-tuple, frames with CRC\n"
		 "  --total-pps N   packets a second in all\n"
		 "  --total-bps N   bits a second in all\n"
		 "  --burst-us N    how much may come at once, in time at that rate (10000)",
	.start = start,
	.process = process,
	.stop = stop,
};
