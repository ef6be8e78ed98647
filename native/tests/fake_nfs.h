/*
 * NFs on the fake path: each joins a domain's region as any NF does, by nflib, and gets its turns from the test. What it does with a packet is the test's to say.
 */
#ifndef NETVM_TESTS_FAKE_NFS_H
#define NETVM_TESTS_FAKE_NFS_H

#include "../nflib/loop.h"
#include "fake_path.h"

#define FAKE_DOMAINS 3u
#define FAKE_DOMAIN_BUFFERS (CREDITS + 2 * BURST)

struct fake_nf {
	struct netvm_attachment a;
	struct netvm_nf_turn state;
	struct netvm_nf nf;
	int runs; /* 0: stopped, or gone */
	uint64_t seen;
	uint64_t flows_seen[FAKE_FLOWS]; /* packets of each */
};

static struct fake_nf fake_nfs[FAKE_DOMAINS][NETVM_MAX_NFS];
static struct fake_nf *fake_turn; /* the one whose turn it is */

/* What the NF whose turn it is does with a packet of a flow; NULL: it goes on. */
static void (*fake_verdict)(struct netvm_packet *packet, uint32_t flow);

static uint32_t fake_flow_of(const struct netvm_packet *packet)
{
	return (uint32_t)packet->data[28] << 8 | packet->data[29];
}

static void fake_process(struct netvm_packet *packets, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t flow = fake_flow_of(&packets[i]);
		fake_turn->seen++;
		fake_turn->flows_seen[flow]++;
		if (fake_verdict)
			fake_verdict(&packets[i], flow);
	}
}

/* Domains with a region each; where there is one, it is the port's. */
static struct fake_domain {
	char *memory;
	char file[64];
	struct rte_mempool pool;
	struct rte_mbuf mbufs[FAKE_DOMAIN_BUFFERS], *unused[FAKE_DOMAIN_BUFFERS];
	struct fake_stack stack;
} fake_domains[FAKE_DOMAINS];

static int fake_nfs_memory(void)
{
	int fault = fake_memory();
	for (uint32_t d = 0; d < FAKE_DOMAINS && fault == 0; d++) {
		fake_domains[d].memory = fake_region_memory(FAKE_DOMAIN_BUFFERS, fake_domains[d].file);
		fault = fake_domains[d].memory ? 0 : -1;
	}
	return fault;
}

static void fake_domain_start(struct fake_domain *d, struct region *r)
{
	fake_layout(r, d->memory, FAKE_DOMAIN_BUFFERS);
	d->stack = (struct fake_stack){d->unused, 0};
	d->pool.pool_data = &d->stack;
	r->pool = &d->pool;
	for (uint32_t i = 0; i < FAKE_DOMAIN_BUFFERS; i++) {
		struct rte_mbuf *m = &d->mbufs[i];
		*m = (struct rte_mbuf){.pool = &d->pool, .nb_segs = 1, .buf_addr = d->memory + FAKE_REGION_BYTES + i * BUFFER_STRIDE};
		rte_mbuf_refcnt_set(m, 1);
		r->mbufs[i] = d->stack.m[d->stack.count++] = m;
	}
}

static void fake_nfs_start(uint32_t domains, uint32_t flows)
{
	path_start(1, &(struct chain_plan){.used = 1, .weight = 1});
	p.domains = domains;
	for (uint32_t d = 0; domains > 1 && d < domains; d++)
		fake_domain_start(&fake_domains[d], &p.domain[d]);
	memset(fake_nfs, 0, sizeof fake_nfs);
	fake_verdict = NULL;
	fake.queues[FAKE_WIRE][0].waiting = 0;
	fake.flows = flows;
	p.flow_idle_ticks = 1ull << 40;
}

static void fake_nfs_end(void)
{
	for (uint32_t d = 0; p.domains > 1 && d < p.domains; d++)
		fake_region_stop(&p.domain[d]);
	path_end();
}

static void fake_join(uint32_t domain, uint32_t slot)
{
	char error[256];
	struct fake_nf *f = &fake_nfs[domain][slot];
	*f = (struct fake_nf){.nf = {.name = "fake", .process = fake_process}, .runs = 1};
	assert_int_equal(netvm_attach(&f->a, p.domains > 1 ? fake_domains[domain].file : region_file, slot, "fake", error, sizeof error), 0);
	netvm_ready(&f->a);
	path_nf_joined(&p, domain, slot, 0, -1, 0);
}

/* As when its process has died: netvmd gets back what it held, and clears its slot. */
static inline void fake_die(uint32_t domain, uint32_t slot)
{
	fake_nfs[domain][slot].runs = 0;
	path_nf_died(&p, domain, slot);
}

static uint32_t fake_turns(void)
{
	uint32_t sum = 0;
	for (uint32_t d = 0; d < p.domains; d++) {
		for (uint32_t slot = 0; slot < NETVM_MAX_NFS; slot++) {
			fake_turn = &fake_nfs[d][slot];
			if (fake_turn->runs)
				sum += netvm_nf_round(&fake_turn->a, &fake_turn->nf, &fake_turn->state);
		}
	}
	return sum;
}

/* So many packets come, and everybody has so many turns. */
static inline void fake_traffic(uint64_t packets, uint32_t rounds)
{
	for (uint32_t i = 0; i < rounds; i++) {
		fake.queues[FAKE_WIRE][0].waiting += packets / rounds + (i < packets % rounds);
		path_round(&p);
		fake_turns();
	}
}

static inline void fake_rest(void)
{
	for (uint32_t idle = 0, i = 0; idle < 3 && i < 100000; i++)
		idle = path_round(&p) + fake_turns() > 0 || fake.queues[FAKE_WIRE][0].waiting > 0 || p.closing > 0 || p.held.count > 0 ? 0 : idle + 1;
}

/* All that came in went out or was dropped by name, and every buffer is back. */
static inline void fake_expect_books(uint64_t dropped)
{
	uint64_t entered = 0, left = 0;
	assert_int_equal(p.in_flight, 0);
	assert_int_equal(count(COUNT_RX), count(COUNT_TX) + dropped);
	assert_int_equal(fake.unused_count, FAKE_MBUFS);
	for (uint32_t c = 0; c < CHAINS_MAX; c++) {
		entered += count(count_chain_entered(c));
		left += count(count_chain_left(c)) + count(count_chain_dropped(c));
	}
	assert_int_equal(entered, left);
	for (uint32_t d = 0; d < p.domains; d++) {
		const struct region *r = path_region(&p, d);
		assert_int_equal(r->in_flight, 0);
		for (uint32_t i = 0; i < r->buffers; i++)
			assert_int_equal(r->holder[i], HELD_BY_HOST);
		if (p.domains > 1)
			assert_int_equal(fake_domains[d].stack.count, FAKE_DOMAIN_BUFFERS);
	}
	for (uint32_t i = 0; i < ROUTES_MAX; i++)
		assert_int_equal(p.routes[i].in_flight, 0);
}

#endif
