/*
 * netvmd's data path over several trust domains, on a port without DPDK and with an NF of each domain in this process: a packet is copied at each
 * border and nowhere else, in order and on its queue; a domain never holds a byte of another's; and every buffer comes back.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>

#include "fake_path.h"

#define DOMAINS 3u
#define BUFFERS (CREDITS + 2 * BURST)
#define DOMAIN_BYTES (FAKE_REGION_BYTES + BUFFERS * BUFFER_STRIDE)

/* Of one domain: its memory, its pool, and its NF's ends of the rings. */
struct domain {
	char *memory;
	struct rte_mempool pool;
	struct rte_mbuf mbufs[BUFFERS], *unused[BUFFERS];
	struct fake_stack stack;
	struct netvm_consumer in;
	struct netvm_producer out;
	uint64_t seen;
	uint64_t each; /* it drops each packet so many; 0: none */
};
static struct domain domains[DOMAINS];

static void fake_domain(struct domain *d, struct region *r)
{
	fake_layout(r, d->memory, BUFFERS);
	memset(d->memory + FAKE_REGION_BYTES, 0xaa, BUFFERS * BUFFER_STRIDE);
	d->stack = (struct fake_stack){d->unused, 0};
	d->pool.pool_data = &d->stack;
	r->pool = &d->pool;
	for (uint32_t i = 0; i < BUFFERS; i++) {
		struct rte_mbuf *m = &d->mbufs[i];
		*m = (struct rte_mbuf){.pool = &d->pool, .nb_segs = 1, .buf_addr = d->memory + FAKE_REGION_BYTES + i * BUFFER_STRIDE};
		rte_mbuf_refcnt_set(m, 1);
		r->mbufs[i] = d->stack.m[d->stack.count++] = m;
	}
	d->seen = d->each = 0;
	netvm_consumer_open(&d->in, region_ring(r, netvm_ring_in(0)), CREDITS);
	netvm_producer_open(&d->out, region_ring(r, netvm_ring_out(0)), CREDITS);
}

/* A chain of an NF in each of the domains, in that order. */
static void start(uint16_t queues)
{
	struct chain_plan plan = {.used = 1, .weight = 1, .length = DOMAINS};
	for (uint32_t d = 0; d < DOMAINS; d++)
		plan.hops[d] = (struct instances){.domain = (uint8_t)d, .service = NO_SERVICE, .count = 1};
	path_start(queues, &(struct chain_plan){0});
	p.domains = DOMAINS;
	for (uint32_t d = 0; d < DOMAINS; d++)
		fake_domain(&domains[d], &p.domain[d]);
	for (uint32_t d = 0; d < DOMAINS; d++)
		path_nf_joined(&p, d, 0, 0, -1, 0);
	path_set_chain(&p, 0, &plan, COUNT_DROP_CHANGED);
}

static void stop(void)
{
	for (uint32_t d = 0; d < DOMAINS; d++)
		fake_region_stop(&p.domain[d]);
	path_end();
}

/* A domain's NF takes so many packets and hands them back. It writes what only it knows behind each packet's first 16 bytes. */
static void run_nf(struct domain *d, uint32_t most)
{
	struct netvm_desc desc[CREDITS];
	uint32_t n = netvm_ring_pop(&d->in, desc, most < CREDITS ? most : CREDITS);
	for (uint32_t i = 0; i < n; i++) {
		d->seen++;
		desc[i].action = d->each > 0 && d->seen % d->each == 0 ? NETVM_ACTION_DROP : NETVM_ACTION_NEXT;
		uint8_t *frame = (uint8_t *)d->memory + FAKE_REGION_BYTES + desc[i].buffer * BUFFER_STRIDE + desc[i].offset;
		memset(frame + 16, 0x10 + (int)(d - domains), 8);
	}
	assert_int_equal(netvm_ring_push(&d->out, desc, n), n);
}

static void run_nfs(uint32_t most)
{
	for (uint32_t d = 0; d < DOMAINS; d++)
		run_nf(&domains[d], most);
}

static void come_to_rest(void)
{
	for (uint32_t q = 0; q < FAKE_QUEUES; q++) {
		fake.queues[FAKE_WIRE][q].waiting = 0;
		fake.queues[FAKE_WIRE][q].room = UINT64_MAX;
	}
	for (int i = 0; i < 200 && (path_round(&p) > 0 || p.in_flight + p.unsent_count > 0); i++)
		run_nfs(CREDITS);
	assert_int_equal(count(COUNT_IN_FLIGHT), 0);
}

static void expect_all_back(void)
{
	assert_int_equal(fake.unused_count, FAKE_MBUFS);
	for (uint32_t d = 0; d < DOMAINS; d++) {
		assert_int_equal(domains[d].stack.count, BUFFERS);
		for (uint32_t i = 0; i < BUFFERS; i++)
			assert_int_equal(p.domain[d].holder[i], HELD_BY_HOST);
	}
	fake_expect_order();
}

static void a_packet_is_copied_at_each_border_and_keeps_its_queue_and_order(void **state)
{
	(void)state;
	const uint16_t queues[] = {1, 3, 16};
	for (uint32_t i = 0; i < 3; i++) {
		start(queues[i]);
		domains[0].each = 5;
		domains[1].each = 3;
		domains[2].each = 7;
		fake.moody = i == 1;
		for (int round = 0; round < 2000; round++) {
			for (uint16_t q = 0; q < p.queues; q++)
				fake.queues[FAKE_WIRE][q].waiting += (uint64_t)(rand() % 40);
			path_round(&p);
			run_nfs((uint32_t)rand() % CREDITS);
		}
		fake.moody = 0;
		come_to_rest();
		uint64_t in = count(COUNT_RX), first = in - in / 5, second = first - first / 3, third = second - second / 7;
		assert_true(third > 1000);
		assert_int_equal(count(COUNT_NF_DROP_FIRST), in / 5);
		assert_int_equal(count(COUNT_NF_DROP_FIRST + 1), first / 3);
		assert_int_equal(count(COUNT_NF_DROP_FIRST + 2), second / 7);
		assert_int_equal(count(COUNT_TX), third);
		assert_int_equal(count(COUNT_COPIED), in + first + second + third);
		assert_int_equal(count(COUNT_DROP_DOMAIN_FULL), 0);
		assert_int_equal(count(COUNT_REFUSED), 0);
		expect_all_back();
		stop();
	}
}

static void a_frame_that_cannot_be_is_dropped_by_name(void **state)
{
	(void)state;
	start(2);
	fake.lies = 1;
	for (int round = 0; round < 400; round++) {
		fake.queues[FAKE_WIRE][round % 2].waiting += (uint64_t)(rand() % 100);
		path_round(&p);
		run_nfs(CREDITS);
	}
	come_to_rest();
	assert_true(count(COUNT_TX) > 1000);
	assert_int_equal(count(COUNT_RX), count(COUNT_TX) + count(COUNT_DROP_MALFORMED));
	assert_in_range(count(COUNT_DROP_MALFORMED), count(COUNT_TX) * 3 - 8, count(COUNT_TX) * 3 + 8);
	assert_int_equal(count(COUNT_REFUSED), 0);
	expect_all_back();
	stop();
}

static uint32_t bytes_like(const struct domain *d, int mark)
{
	uint32_t found = 0;
	const char *frames = d->memory + FAKE_REGION_BYTES;
	char marks[8];
	memset(marks, mark, sizeof marks);
	for (uint32_t i = 0; i + sizeof marks <= BUFFERS * BUFFER_STRIDE; i++)
		found += memcmp(frames + i, marks, sizeof marks) == 0;
	return found;
}

/* What the next domain gets is what the one before handed on; nothing comes the other way, and nothing but the frame is copied. */
static void a_domain_never_holds_what_a_later_one_wrote(void **state)
{
	(void)state;
	start(1);
	for (int round = 0; round < 300; round++) {
		fake.queues[FAKE_WIRE][0].waiting = 100;
		path_round(&p);
		run_nfs(CREDITS);
	}
	come_to_rest();
	for (uint32_t d = 0; d < DOMAINS; d++) {
		for (uint32_t later = d + 1; later < DOMAINS; later++)
			assert_int_equal(bytes_like(&domains[d], 0x10 + (int)later), 0);
		assert_true(bytes_like(&domains[d], 0x10 + (int)d) > 0);
		for (uint32_t i = 0; i < BUFFERS; i++) {
			const uint8_t *buffer = domains[d].mbufs[i].buf_addr;
			for (uint32_t at = 0; at < BUFFER_STRIDE; at++) {
				if (at < RTE_PKTMBUF_HEADROOM || at >= RTE_PKTMBUF_HEADROOM + 60)
					assert_int_equal(buffer[at], 0xaa);
			}
		}
	}
	expect_all_back();
	stop();
}

static void a_domain_without_buffers_drops_by_name_and_recovers(void **state)
{
	(void)state;
	start(2);
	struct rte_mbuf *elsewhere[BUFFERS - 10];
	assert_int_equal(fake_dequeue(&domains[1].pool, (void **)elsewhere, BUFFERS - 10), 0);
	fake.queues[FAKE_WIRE][0].waiting = 30;
	fake.queues[FAKE_WIRE][1].waiting = 20;
	for (int i = 0; i < 8; i++) {
		path_round(&p);
		run_nf(&domains[0], CREDITS); /* the second domain's NF takes its time */
	}
	assert_int_equal(count(COUNT_DROP_DOMAIN_FULL), 40);
	assert_int_equal(p.in_flight, 10);
	fake_enqueue(&domains[1].pool, (void *const *)elsewhere, BUFFERS - 10);
	come_to_rest();
	fake.queues[FAKE_WIRE][0].waiting = 100;
	for (int i = 0; i < 20; i++) {
		path_round(&p);
		run_nfs(CREDITS);
	}
	come_to_rest();
	assert_int_equal(count(COUNT_DROP_DOMAIN_FULL), 40);
	assert_int_equal(count(COUNT_RX), count(COUNT_TX) + 40);
	expect_all_back();
	stop();
}

/* A number that is a buffer elsewhere, and one that is none: a domain's NF can only name what its own region has and it holds. */
static void a_buffer_of_another_domain_cannot_be_named(void **state)
{
	(void)state;
	start(1);
	fake.queues[FAKE_WIRE][0].waiting = 40;
	path_round(&p);
	run_nf(&domains[0], 20);
	path_round(&p); /* 20 are in the first domain, 20 in the second */
	struct netvm_desc desc[CREDITS];
	uint32_t n = netvm_ring_pop(&domains[0].in, desc, CREDITS);
	assert_int_equal(n, 20);
	uint32_t *theirs = p.domain[1].holder, *ours = p.domain[0].holder;
	struct netvm_desc hostile[] = {desc[0], desc[0], desc[0]};
	hostile[0].buffer = BUFFERS;    /* the port's region has as many */
	hostile[1].buffer = UINT32_MAX;
	for (hostile[2].buffer = 0; theirs[hostile[2].buffer] == HELD_BY_HOST || ours[hostile[2].buffer] != HELD_BY_HOST;)
		assert_true(++hostile[2].buffer < BUFFERS);
	assert_int_equal(netvm_ring_push(&domains[0].out, hostile, 3), 3);
	path_round(&p);
	assert_int_equal(count(COUNT_REFUSED), 3);
	assert_int_equal(p.in_flight, 40);
	assert_int_equal(netvm_ring_push(&domains[0].out, desc, n), n);
	come_to_rest();
	assert_int_equal(count(COUNT_TX), 40);
	expect_all_back();
	stop();
}

static void every_domains_buffers_come_back_when_an_nf_dies(void **state)
{
	(void)state;
	start(2);
	for (int i = 0; i < 6; i++) {
		path_round(&p);
		run_nf(&domains[0], 50);
	}
	uint32_t held = p.in_flight;
	assert_true(held > 100 && domains[0].stack.count < BUFFERS && domains[1].stack.count < BUFFERS);
	path_nf_died(&p, 1, 0);
	fake.queues[FAKE_WIRE][0].waiting = fake.queues[FAKE_WIRE][1].waiting = 0;
	close_routes();
	assert_int_equal(count(COUNT_DROP_NF_DIED), held);
	fake.queues[FAKE_WIRE][0].waiting = fake.queues[FAKE_WIRE][1].waiting = 0;
	expect_all_back();
	assert_int_equal(count(COUNT_RX), held);
	stop();
}

/* An NF that hands back nonsense for as long as it is asked. */
static void nonsense_is_no_progress(void **state)
{
	(void)state;
	start(1);
	fake.queues[FAKE_WIRE][0].waiting = 40;
	path_round(&p);
	struct netvm_desc nonsense[CREDITS];
	memset(nonsense, 0xff, sizeof nonsense);
	for (int i = 0; i < 3 && p.chains[0].state == CHAIN_UP; i++) {
		netvm_ring_push(&domains[0].out, nonsense, CREDITS);
		path_round(&p);
	}
	assert_int_equal(p.chains[0].state, CHAIN_DOWN);
	close_routes();
	assert_int_equal(count(COUNT_DROP_NF_DIED), 40);
	assert_true(count(COUNT_REFUSED) > REFUSED_MAX);
	/* It lives, and can write to them yet. */
	assert_int_equal(p.parked, 40);
	assert_int_equal(domains[0].stack.count, BUFFERS - 40);
	path_nf_died(&p, 0, 0);
	fake.queues[FAKE_WIRE][0].waiting = 0;
	for (int i = 0; p.parked > 0 && i < 1000; i++)
		path_round(&p);
	expect_all_back();
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_that_cannot_be_is_dropped_by_name),
		cmocka_unit_test(a_packet_is_copied_at_each_border_and_keeps_its_queue_and_order),
		cmocka_unit_test(a_domain_never_holds_what_a_later_one_wrote),
		cmocka_unit_test(a_domain_without_buffers_drops_by_name_and_recovers),
		cmocka_unit_test(a_buffer_of_another_domain_cannot_be_named),
		cmocka_unit_test(nonsense_is_no_progress),
		cmocka_unit_test(every_domains_buffers_come_back_when_an_nf_dies),
	};
	int failed = fake_memory() != 0;
	for (uint32_t d = 0; d < DOMAINS; d++) {
		domains[d].memory = aligned_alloc(4096, (DOMAIN_BYTES + 4095) / 4096 * 4096);
		failed |= !domains[d].memory;
	}
	if (!failed)
		failed = cmocka_run_group_tests_name("domains", tests, NULL, NULL);
	for (uint32_t d = 0; d < DOMAINS; d++)
		free(domains[d].memory);
	return failed;
}
