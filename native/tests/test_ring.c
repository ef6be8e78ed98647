/* The descriptor ring: order, bounds, hostile indices, and two threads at once. */
#include "check.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "../abi/ring.h"

#define ENTRIES 128u

static struct netvm_ring *new_ring(void)
{
	size_t bytes = sizeof(struct netvm_ring) + ENTRIES * sizeof(struct netvm_desc);
	struct netvm_ring *ring = aligned_alloc(64, (bytes + 63) / 64 * 64);
	ring->head = ring->tail = 0;
	return ring;
}

static void keeps_order_and_bounds(void **state)
{
	(void)state;
	struct netvm_ring *ring = new_ring();
	struct netvm_producer p;
	struct netvm_consumer c;
	netvm_producer_open(&p, ring, ENTRIES);
	netvm_consumer_open(&c, ring, ENTRIES);
	struct netvm_desc in[ENTRIES + 10], out[ENTRIES];
	uint32_t next_in = 0, next_out = 0;
	for (uint32_t round = 0; round < 1000; round++) {
		uint32_t n = 1 + round % (ENTRIES + 9);
		for (uint32_t i = 0; i < n; i++)
			in[i] = (struct netvm_desc){.buffer = next_in + i};
		uint32_t room = ENTRIES - (next_in - next_out);
		uint32_t pushed = netvm_ring_push(&p, in, n);
		assert_int_equal(pushed, n < room ? n : room);
		next_in += pushed;
		uint32_t popped = netvm_ring_pop(&c, out, 1 + round % 70);
		for (uint32_t i = 0; i < popped; i++)
			assert_int_equal(out[i].buffer, next_out++);
	}
	while (netvm_ring_pop(&c, out, ENTRIES) > 0)
		;
	assert_true(netvm_ring_empty(&c));
	free(ring);
}

static void works_across_the_wrap_of_its_indices(void **state)
{
	(void)state;
	struct netvm_ring *ring = new_ring();
	ring->head = ring->tail = 0xffffffc0u;
	struct netvm_producer p;
	struct netvm_consumer c;
	netvm_producer_open(&p, ring, ENTRIES);
	netvm_consumer_open(&c, ring, ENTRIES);
	struct netvm_desc d[ENTRIES] = {{.buffer = 7}};
	assert_int_equal(netvm_ring_push(&p, d, ENTRIES), ENTRIES);
	assert_int_equal(netvm_ring_push(&p, d, 1), 0);
	d[0].buffer = 0;
	assert_int_equal(netvm_ring_pop(&c, d, ENTRIES), ENTRIES);
	assert_int_equal(d[0].buffer, 7);
	free(ring);
}

static void survives_a_peer_that_writes_nonsense(void **state)
{
	(void)state;
	struct netvm_ring *ring = new_ring();
	struct netvm_producer p;
	struct netvm_consumer c;
	struct netvm_desc d[ENTRIES] = {{0}};
	netvm_producer_open(&p, ring, ENTRIES);
	netvm_consumer_open(&c, ring, ENTRIES);
	ring->head = 5000;
	assert_int_equal(netvm_ring_pop(&c, d, ENTRIES), 0);
	assert_int_equal(c.broken, 1);
	ring->tail = 99999;
	p.seen_tail = p.head - ENTRIES; /* full as far as it knows: it has to look */
	assert_int_equal(netvm_ring_push(&p, d, 1), 0);
	free(ring);
}

struct stream {
	struct netvm_ring *ring;
	uint32_t total;
};

static void *produce(void *context)
{
	struct stream *s = context;
	struct netvm_producer p;
	netvm_producer_open(&p, s->ring, ENTRIES);
	for (uint32_t sent = 0; sent < s->total;) {
		struct netvm_desc d[32];
		uint32_t n = s->total - sent < 32 ? s->total - sent : 32;
		for (uint32_t i = 0; i < n; i++)
			d[i] = (struct netvm_desc){.buffer = sent + i, .flow_hash = ~(sent + i)};
		uint32_t pushed = netvm_ring_push(&p, d, n);
		sent += pushed;
		if (pushed == 0)
			sched_yield();
	}
	return NULL;
}

static void carries_a_million_between_threads(void **state)
{
	(void)state;
	struct stream s = {new_ring(), 1000000};
	struct netvm_consumer c;
	pthread_t thread;
	netvm_consumer_open(&c, s.ring, ENTRIES);
	assert_int_equal(pthread_create(&thread, NULL, produce, &s), 0);
	for (uint32_t got = 0; got < s.total;) {
		struct netvm_desc d[32];
		uint32_t n = netvm_ring_pop(&c, d, 32);
		for (uint32_t i = 0; i < n; i++, got++) {
			assert_int_equal(d[i].buffer, got);
			assert_int_equal(d[i].flow_hash, ~got);
		}
		if (n == 0)
			sched_yield();
	}
	pthread_join(thread, NULL);
	free(s.ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_order_and_bounds),
		cmocka_unit_test(works_across_the_wrap_of_its_indices),
		cmocka_unit_test(survives_a_peer_that_writes_nonsense),
		cmocka_unit_test(carries_a_million_between_threads),
	};
	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
