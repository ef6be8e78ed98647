/*
 * netvmd's data path with several queues, on a port without DPDK and with NFs in this process: whatever is in the way, a packet leaves on
 * the queue it came in on, in order, every queue has its turn, and every packet is counted once.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>

#include "fake_path.h"

static struct netvm_consumer nf_in;
static struct netvm_producer nf_out;

/* Of a packet: its place among all that the NF saw, from 1 on. Returns what the NF does with it. */
typedef enum netvm_action (*rule)(uint64_t nth);

static enum netvm_action pass(uint64_t nth)
{
	(void)nth;
	return NETVM_ACTION_NEXT;
}

static enum netvm_action drop_each_third(uint64_t nth)
{
	return nth % 3 == 0 ? NETVM_ACTION_DROP : NETVM_ACTION_NEXT;
}

/* The NF takes so many packets and hands them back. */
static void run_nf(uint32_t most, rule decide)
{
	static uint64_t seen;
	struct netvm_desc desc[CREDITS];
	uint32_t n = netvm_ring_pop(&nf_in, desc, most < CREDITS ? most : CREDITS);
	for (uint32_t i = 0; i < n; i++)
		desc[i].action = (uint8_t)decide(++seen);
	assert_int_equal(netvm_ring_push(&nf_out, desc, n), n);
}

static void start(uint16_t queues, int with_nf)
{
	struct chain_plan plan = fake_plan(with_nf ? 1 : 0);
	path_start(queues, &plan);
	netvm_consumer_open(&nf_in, region_ring(&p.region, netvm_ring_in(0)), CREDITS);
	netvm_producer_open(&nf_out, region_ring(&p.region, netvm_ring_out(0)), CREDITS);
}

/* The wire gives nothing more, and what is on its way comes out. */
static void drain(rule decide)
{
	for (uint32_t q = 0; q < FAKE_QUEUES; q++) {
		fake.queues[FAKE_WIRE][q].waiting = 0;
		fake.queues[FAKE_WIRE][q].room = UINT64_MAX;
	}
	for (int i = 0; i < 100 && (path_round(&p) > 0 || p.in_flight + p.unsent_count > 0); i++)
		run_nf(CREDITS, decide);
	assert_int_equal(count(COUNT_IN_FLIGHT), 0);
}

static void a_packet_leaves_on_the_queue_it_came_in_on(void **state)
{
	(void)state;
	const uint16_t queues[] = {1, 2, 3, 16};
	for (uint32_t i = 0; i < 4; i++) {
		start(queues[i], 1);
		for (int round = 0; round < 2000; round++) {
			/* Now and then a queue has nothing for a while, so that runs of one queue have all lengths. */
			for (uint16_t q = 0; q < p.queues; q++)
				fake.queues[FAKE_WIRE][q].waiting += (uint64_t)(rand() % 40);
			path_round(&p);
			run_nf((uint32_t)rand() % CREDITS, drop_each_third);
		}
		drain(drop_each_third);
		assert_true(count(COUNT_NF_DROP_FIRST) > 0);
		for (uint16_t q = 0; q < p.queues; q++)
			assert_true(fake.queues[FAKE_WIRE][q].sent > 1000);
		expect_books(count(COUNT_NF_DROP_FIRST));
		path_end();
	}
}

/* What a queue did not take is sent before anything else on it, even where it takes again in the meantime. */
static void queues_that_take_by_fits_and_starts_keep_the_order(void **state)
{
	(void)state;
	start(3, 1);
	fake.moody = 1;
	for (int round = 0; round < 5000; round++) {
		for (uint16_t q = 0; q < p.queues; q++)
			fake.queues[FAKE_WIRE][q].waiting = (uint64_t)(rand() % 8);
		path_round(&p);
		run_nf(CREDITS, pass);
	}
	fake.moody = 0;
	drain(pass);
	assert_true(fake_sum_sent() > 10000);
	expect_books(0);
	path_end();
}

/* Credits come back in numbers that no burst divides, and every queue still gets as many as the next. */
static void full_queues_are_served_alike(void **state)
{
	(void)state;
	const uint32_t at_once[] = {96, 17, 200, 64, CREDITS};
	for (uint16_t queues = 2; queues <= WIRE_QUEUES_MAX; queues++) {
		for (uint32_t i = 0; i < 5; i++) {
			start(queues, 1);
			for (int round = 0; round < 500; round++) {
				path_round(&p);
				run_nf(at_once[i], pass);
				for (uint16_t q = 1; q < queues; q++) {
					int64_t ahead = (int64_t)(fake.queues[FAKE_WIRE][q - 1].received - fake.queues[FAKE_WIRE][q].received);
					assert_true(ahead >= -(int64_t)BURST && ahead <= (int64_t)BURST);
				}
			}
			drain(pass);
			expect_books(0);
			path_end();
		}
	}
}

static void a_queue_that_is_never_empty_does_not_starve_another(void **state)
{
	(void)state;
	for (int with_nf = 0; with_nf < 2; with_nf++) {
		start(2, with_nf);
		for (int round = 0; round < 100; round++) {
			fake.queues[FAKE_WIRE][1].waiting = 5;
			path_round(&p);
			run_nf(CREDITS, pass);
			path_round(&p);
			run_nf(CREDITS, pass);
			assert_int_equal(fake.queues[FAKE_WIRE][1].waiting, 0);
		}
		assert_true(fake.queues[FAKE_WIRE][0].received > 5000);
		drain(pass);
		expect_books(0);
		path_end();
	}
}

/* Port to port, a transmit queue that takes nothing keeps its own receive queue waiting and no other. */
static void a_full_queue_holds_back_its_own_packets_only(void **state)
{
	(void)state;
	start(3, 0);
	fake.queues[FAKE_WIRE][1].room = 10;
	for (int round = 0; round < 50; round++)
		path_round(&p);
	assert_int_equal(fake.queues[FAKE_WIRE][1].sent, 10);
	assert_int_equal(fake.queues[FAKE_WIRE][1].received, BURST);
	assert_int_equal(count(COUNT_IN_FLIGHT), BURST - 10);
	assert_true(fake.queues[FAKE_WIRE][0].sent > 5000 && fake.queues[FAKE_WIRE][2].sent > 5000);
	fake.queues[FAKE_WIRE][1].room = 7;
	path_round(&p);
	assert_int_equal(count(COUNT_IN_FLIGHT), BURST - 17);
	drain(pass);
	expect_books(0);
	path_end();
}

/* With a chain, what it hands back is taken in order: it waits, and so does the wire, and nothing is lost. */
static void a_full_queue_holds_back_the_chain(void **state)
{
	(void)state;
	start(2, 1);
	fake.queues[FAKE_WIRE][1].room = 10;
	for (int round = 0; round < 50; round++) {
		path_round(&p);
		run_nf(CREDITS, pass);
	}
	assert_int_equal(fake.queues[FAKE_WIRE][1].sent, 10);
	assert_true(p.unsent_count > 0 && p.unsent_count <= BURST);
	assert_int_equal(count(COUNT_IN_FLIGHT), p.in_flight + p.unsent_count);
	assert_int_equal(fake_sum_received(), fake_sum_sent() + p.in_flight + p.unsent_count);
	drain(pass);
	expect_books(0);
	path_end();
}

static void what_waits_on_any_queue_when_the_wire_goes_down_is_dropped_by_name(void **state)
{
	(void)state;
	start(4, 0);
	for (uint16_t q = 0; q < 4; q++)
		fake.queues[FAKE_WIRE][q].room = q;
	path_round(&p);
	assert_int_equal(p.unsent_count, 4 * BURST - 6);
	fake.link_up = 0;
	for (uint16_t q = 0; q < 4; q++)
		fake.queues[FAKE_WIRE][q].waiting = 0;
	path_round(&p);
	assert_int_equal(count(COUNT_DROP_TX_DOWN), 4 * BURST - 6);
	assert_int_equal(count(COUNT_IN_FLIGHT), 0);
	expect_books(4 * BURST - 6);
	path_end();
}

static void a_dead_nf_gives_back_what_it_held_of_every_queue(void **state)
{
	(void)state;
	start(16, 1);
	path_round(&p);
	assert_int_equal(p.in_flight, CREDITS);
	for (uint16_t q = 0; q < 16; q++)
		fake.queues[FAKE_WIRE][q].waiting = 0;
	path_nf_died(&p, 0, 0);
	close_routes();
	assert_int_equal(count(COUNT_DROP_NF_DIED), CREDITS);
	for (uint16_t q = 0; q < 16; q++)
		fake.queues[FAKE_WIRE][q].waiting = 10;
	path_round(&p);
	assert_int_equal(count(COUNT_DROP_CHAIN_DOWN), 160);
	expect_books(CREDITS + 160);
	path_end();
}

/* An NF can hand a buffer back once: the queue is in netvmd's own memory, and goes with the first time. */
static void a_buffer_handed_back_twice_is_refused(void **state)
{
	(void)state;
	struct netvm_desc desc[BURST];
	start(2, 1);
	fake.queues[FAKE_WIRE][0].waiting = 0;
	fake.queues[FAKE_WIRE][1].waiting = 30;
	path_round(&p);
	assert_int_equal(netvm_ring_pop(&nf_in, desc, BURST), 30);
	assert_int_equal(netvm_ring_push(&nf_out, desc, 30), 30);
	assert_int_equal(netvm_ring_push(&nf_out, desc, 30), 30);
	path_round(&p);
	assert_int_equal(count(COUNT_REFUSED), 30);
	assert_int_equal(fake.queues[FAKE_WIRE][1].sent, 30);
	assert_int_equal(fake.queues[FAKE_WIRE][0].sent, 0);
	expect_books(0);
	path_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_leaves_on_the_queue_it_came_in_on),
		cmocka_unit_test(queues_that_take_by_fits_and_starts_keep_the_order),
		cmocka_unit_test(full_queues_are_served_alike),
		cmocka_unit_test(a_queue_that_is_never_empty_does_not_starve_another),
		cmocka_unit_test(a_full_queue_holds_back_its_own_packets_only),
		cmocka_unit_test(a_full_queue_holds_back_the_chain),
		cmocka_unit_test(what_waits_on_any_queue_when_the_wire_goes_down_is_dropped_by_name),
		cmocka_unit_test(a_dead_nf_gives_back_what_it_held_of_every_queue),
		cmocka_unit_test(a_buffer_handed_back_twice_is_refused),
	};
	if (fake_memory() != 0)
		return 1;
	int failed = cmocka_run_group_tests_name("queues", tests, NULL, NULL);
	return failed;
}
