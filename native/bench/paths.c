#include "paths.h"

#include "../gen/frame.h"
#include "../tests/check.h"
#include "../tests/fake_path.h"

#define FRAMES 1024u
#define LENGTH 60u
#define DOMAIN_BUFFERS 1024u

extern const struct netvm_nf nf_forward;

int bench_paths_start(void)
{
	return fake_memory();
}

/* Frames in the first packet buffers, as they come from the wire. */
static void write_frames(struct rte_mbuf **m)
{
	struct frame_layout layout = frame_layout_of(4, NULL, 0);
	struct frame_template template = frame_template_of(&layout, LENGTH);
	struct frame_payload payload = {0};
	for (uint32_t i = 0; i < FRAMES; i++) {
		struct frame_flow flow = frame_flow_of(&layout, i);
		m[i] = &fake.mbufs[i];
		m[i]->data_off = RTE_PKTMBUF_HEADROOM;
		m[i]->data_len = LENGTH;
		frame_write(&layout, &template, &flow, &payload, rte_pktmbuf_mtod(m[i], uint8_t *));
	}
}

/* The fake wire gives and takes; what that costs is in it. */
static double port_to_port(uint32_t rounds, uint64_t *checksum)
{
	path_start(1, &(struct chain_plan){0});
	uint64_t start = netvm_tsc();
	for (uint32_t i = 0; i < rounds / 4 + 1; i++) {
		fake.queues[FAKE_WIRE][0].waiting = CREDITS;
		path_round(&p);
	}
	double cycles = (double)(netvm_tsc() - start) / (double)count(COUNT_TX);
	*checksum += count(COUNT_TX);
	path_end();
	return cycles;
}

/* The same by way of an NF's two rings: what netvmd does for a chain in processes, without the NF. */
static double through_rings(uint32_t rounds, uint64_t *checksum)
{
	struct netvm_consumer in;
	struct netvm_producer out;
	struct netvm_desc desc[BURST];
	struct chain_plan plan = fake_plan(1);
	path_start(1, &plan);
	netvm_consumer_open(&in, region_ring(&p.region, netvm_ring_in(0)), CREDITS);
	netvm_producer_open(&out, region_ring(&p.region, netvm_ring_out(0)), CREDITS);
	uint64_t start = netvm_tsc();
	for (uint32_t i = 0; i < rounds / 4 + 1; i++) {
		fake.queues[FAKE_WIRE][0].waiting = CREDITS;
		path_round(&p);
		for (uint32_t n; (n = netvm_ring_pop(&in, desc, BURST)) > 0;)
			netvm_ring_push(&out, desc, n);
	}
	double cycles = (double)(netvm_tsc() - start) / (double)count(COUNT_TX);
	*checksum += count(COUNT_TX);
	path_end();
	return cycles;
}

/* A burst to an NF's ring, and back from it to the fake wire: what netvmd does on either side of an NF, each timed alone. */
static void over_and_back(uint32_t rounds, uint64_t *checksum, uint64_t *over, uint64_t *back)
{
	struct netvm_consumer in;
	struct netvm_producer out;
	struct netvm_desc desc[BURST];
	uint32_t marks[BURST];
	struct chain_plan plan = fake_plan(1);
	path_start(1, &plan);
	struct route *route = path_only_route(&p, 0);
	netvm_consumer_open(&in, region_ring(&p.region, netvm_ring_in(0)), CREDITS);
	netvm_producer_open(&out, region_ring(&p.region, netvm_ring_out(0)), CREDITS);
	for (uint32_t i = 0; i < BURST; i++)
		marks[i] = held_mark(0, 0);
	for (uint32_t i = 0; i < rounds; i++) {
		struct rte_mbuf *m[BURST];
		for (uint32_t k = 0; k < BURST; k++) {
			m[k] = fake.unused[--fake.unused_count];
			m[k]->data_off = RTE_PKTMBUF_HEADROOM;
			m[k]->data_len = LENGTH;
		}
		uint64_t start = netvm_tsc();
		path_enter(&p, route, BURST);
		path_hand_to(&p, &p.region, route, 0, marks, m, BURST);
		*over += netvm_tsc() - start;
		netvm_ring_push(&out, desc, netvm_ring_pop(&in, desc, BURST));
		start = netvm_tsc();
		*checksum += path_take_back(&p);
		*back += netvm_tsc() - start;
	}
	path_end();
}

static double hand_over(uint32_t rounds, uint64_t *checksum)
{
	uint64_t over = 0, back = 0;
	over_and_back(rounds, checksum, &over, &back);
	return (double)over / ((double)rounds * BURST);
}

static double hand_back(uint32_t rounds, uint64_t *checksum)
{
	uint64_t over = 0, back = 0;
	over_and_back(rounds, checksum, &over, &back);
	return (double)back / ((double)rounds * BURST);
}

/* What is added to port to port: the burst is described once, and goes through the NFs. */
static double inline_chain(uint32_t length, uint32_t rounds, uint64_t *checksum)
{
	static struct rte_mbuf *m[FRAMES];
	struct chain_plan plan = {.used = 1, .weight = 1, .inline_length = length};
	uint64_t cycles = 0;
	uint32_t passes = rounds / 50 + 1;
	for (uint32_t i = 0; i < length; i++)
		plan.inline_nfs[i] = &nf_forward;
	path_start(1, &plan);
	for (uint32_t i = 0; i < passes; i++) {
		write_frames(m);
		for (uint32_t first = 0; first < FRAMES; first += BURST) {
			uint64_t start = netvm_tsc();
			*checksum += path_run_inline(&p, 0, m + first, BURST);
			cycles += netvm_tsc() - start;
		}
	}
	path_end();
	return (double)cycles / (double)(passes * FRAMES);
}

static double inline_1(uint32_t rounds, uint64_t *checksum)
{
	return inline_chain(1, rounds, checksum);
}

static double inline_2(uint32_t rounds, uint64_t *checksum)
{
	return inline_chain(2, rounds, checksum);
}

static double inline_7(uint32_t rounds, uint64_t *checksum)
{
	return inline_chain(7, rounds, checksum);
}

/* A domain's buffers, in a pool with DPDK's cache in front, as netvmd's are. */
struct bench_domain {
	struct region region;
	struct rte_mempool pool;
	struct rte_mempool_cache cache;
	struct rte_mbuf mbufs[DOMAIN_BUFFERS], *unused[DOMAIN_BUFFERS];
	struct fake_stack stack;
};

static void bench_domain_start(struct bench_domain *d, char *frames)
{
	d->stack = (struct fake_stack){d->unused, 0};
	d->cache = (struct rte_mempool_cache){.size = 256, .flushthresh = 384};
	d->pool = (struct rte_mempool){.pool_data = &d->stack, .cache_size = 256, .local_cache = &d->cache};
	d->region.pool = &d->pool;
	for (uint32_t i = 0; i < DOMAIN_BUFFERS; i++) {
		struct rte_mbuf *m = d->stack.m[d->stack.count++] = &d->mbufs[i];
		*m = (struct rte_mbuf){.pool = &d->pool, .nb_segs = 1, .buf_addr = frames + i * BUFFER_STRIDE};
		rte_mbuf_refcnt_set(m, 1);
	}
}

/* From one region into another: a buffer taken, the frame copied, the old buffer given back. */
static double cross(uint16_t length, uint32_t rounds, uint64_t *checksum)
{
	static struct bench_domain from, to;
	struct rte_mbuf *m[BURST];
	uint64_t cycles = 0;
	path_start(1, &(struct chain_plan){0});
	bench_domain_start(&from, buffers);
	bench_domain_start(&to, buffers + DOMAIN_BUFFERS * BUFFER_STRIDE);
	for (uint32_t i = 0; i < rounds; i++) {
		rte_mempool_get_bulk(from.region.pool, (void **)m, BURST);
		for (uint32_t k = 0; k < BURST; k++) {
			m[k]->data_off = RTE_PKTMBUF_HEADROOM;
			m[k]->data_len = length;
			*rte_pktmbuf_mtod(m[k], uint32_t *) = i + k; /* as an NF has just written to it */
		}
		uint64_t start = netvm_tsc();
		uint32_t n = path_cross(&p, &from.region, &to.region, m, BURST);
		cycles += netvm_tsc() - start;
		*checksum += n + *rte_pktmbuf_mtod(m[n - 1], uint32_t *);
		rte_mempool_put_bulk(to.region.pool, (void **)m, n);
	}
	path_end();
	return (double)cycles / ((double)rounds * BURST);
}

static double cross_64(uint32_t rounds, uint64_t *checksum)
{
	return cross(60, rounds, checksum);
}

static double cross_1518(uint32_t rounds, uint64_t *checksum)
{
	return cross(1514, rounds, checksum);
}

const struct path_step path_steps[] = {
	{"netvmd, port to port", port_to_port},
	{"netvmd, through an NF's rings", through_rings},
	{"hand over, to an NF's ring", hand_over},
	{"hand back, and transmit", hand_back},
	{"inline, 1 forward", inline_1},
	{"inline, 2 forward", inline_2},
	{"inline, 7 forward", inline_7},
	{"cross-domain copy, 64 B", cross_64},
	{"cross-domain copy, 1518 B", cross_1518},
	{0},
};
