/* The baseline's switch with several queues, on ports without DPDK: as test_queues.c, and with NFs that are ports themselves. */
#include "check.h"

#include <stdlib.h>

#include "fake_switch.h"

#define NFS 2u

static void start(uint16_t queues)
{
	fake_switch_start(NFS, queues);
	for (uint32_t i = 0; i < NFS; i++)
		s.hops[i].port = (uint16_t)(1 + i);
}

static void drain(void)
{
	for (uint32_t q = 0; q < FAKE_QUEUES; q++) {
		fake.queues[FAKE_WIRE][q].waiting = 0;
		fake.queues[FAKE_WIRE][q].room = UINT64_MAX;
	}
	for (int i = 0; i < 100 && (switch_round(&s) > 0 || s.held > 0); i++)
		;
	assert_int_equal(count(SWITCH_IN_FLIGHT), 0);
}

static void expect_books(uint64_t dropped)
{
	uint64_t in = 0, out = 0;
	for (uint16_t q = 0; q < s.queues; q++) {
		assert_int_equal(count(switch_count_rx(q)), fake.queues[FAKE_WIRE][q].received);
		assert_int_equal(count(switch_count_tx(q)), fake.queues[FAKE_WIRE][q].sent);
		in += count(switch_count_rx(q));
		out += count(switch_count_tx(q));
	}
	assert_int_equal(count(SWITCH_RX), in);
	assert_int_equal(count(SWITCH_TX), out);
	assert_int_equal(in, out + dropped);
	assert_int_equal(fake.freed, dropped);
	assert_int_equal(fake.unused_count, FAKE_MBUFS);
	fake_expect_order();
}

static void a_packet_goes_through_every_nf_on_its_own_queue(void **state)
{
	(void)state;
	const uint16_t queues[] = {1, 2, 3, SWITCH_QUEUES_MAX};
	for (uint32_t i = 0; i < 4; i++) {
		start(queues[i]);
		for (int round = 0; round < 2000; round++) {
			for (uint16_t q = 0; q < s.queues; q++)
				fake.queues[FAKE_WIRE][q].waiting += (uint64_t)(rand() % 200);
			switch_round(&s);
		}
		drain();
		for (uint16_t q = 0; q < s.queues; q++)
			assert_true(fake.queues[FAKE_WIRE][q].sent > 1000);
		expect_books(0);
	}
}

static void queues_that_take_by_fits_and_starts_keep_the_order(void **state)
{
	(void)state;
	start(3);
	fake.moody = 1;
	for (int round = 0; round < 2000; round++)
		switch_round(&s);
	fake.moody = 0;
	drain();
	assert_true(fake_sum_sent() > 10000);
	expect_books(0);
}

static void full_queues_are_served_alike(void **state)
{
	(void)state;
	start(SWITCH_QUEUES_MAX);
	for (int round = 0; round < 300; round++) {
		switch_round(&s);
		for (uint16_t q = 1; q < s.queues; q++)
			assert_int_equal(fake.queues[FAKE_WIRE][q].received, fake.queues[FAKE_WIRE][0].received);
	}
	drain();
	expect_books(0);
}

static void a_full_queue_holds_back_its_own_packets_only(void **state)
{
	(void)state;
	start(2);
	fake.queues[FAKE_WIRE][1].room = 10;
	for (int round = 0; round < 50; round++)
		switch_round(&s);
	assert_int_equal(fake.queues[FAKE_WIRE][1].sent, 10);
	assert_true(fake.queues[FAKE_WIRE][0].sent > 5000);
	assert_true(s.held > 0);
	assert_int_equal(count(SWITCH_IN_FLIGHT), s.held);
	drain();
	expect_books(0);
}

static void what_waits_on_any_queue_when_the_wire_goes_down_is_dropped_by_name(void **state)
{
	(void)state;
	start(4);
	for (uint16_t q = 0; q < 4; q++)
		fake.queues[FAKE_WIRE][q].room = q;
	for (int round = 0; round < 10; round++)
		switch_round(&s);
	for (uint16_t q = 0; q < 4; q++)
		fake.queues[FAKE_WIRE][q].waiting = 0;
	uint64_t inside = fake_sum_received() - fake_sum_sent();
	assert_true(inside > 4 * SWITCH_BURST - 6);
	fake.link_up = 0;
	for (int round = 0; round < 100; round++)
		switch_round(&s);
	assert_int_equal(count(SWITCH_IN_FLIGHT), 0);
	assert_int_equal(count(SWITCH_DROP_TX_DOWN) + count(SWITCH_DROP_PORT_DOWN), inside);
	assert_true(count(SWITCH_DROP_TX_DOWN) > 0 && count(SWITCH_DROP_PORT_DOWN) > 0);
	expect_books(inside);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_goes_through_every_nf_on_its_own_queue),
		cmocka_unit_test(queues_that_take_by_fits_and_starts_keep_the_order),
		cmocka_unit_test(full_queues_are_served_alike),
		cmocka_unit_test(a_full_queue_holds_back_its_own_packets_only),
		cmocka_unit_test(what_waits_on_any_queue_when_the_wire_goes_down_is_dropped_by_name),
	};
	if (fake_switch_memory() != 0)
		return 1;
	int failed = cmocka_run_group_tests_name("switch", tests, NULL, NULL);
	free(buffers);
	return failed;
}
