/*
 * What NFs decide of a packet's way, on a port without DPDK and with NFs that join as real ones do: to services, out of the port, for a flow; past no NF of another trust
 * domain; and the books close whatever happens.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>

#include "fake_chains.h"

/* A chain of 0, 1, 2, and a service (number 7) with 3 and 4. */
static void start_steering(uint8_t action, uint8_t target)
{
	fake_nfs_start(1, FLOWS);
	use_flows();
	join(0, 0, 5);
	p.services[7] = (struct instances){.count = 2, .slots = {3, 4}};
	p.services[8] = (struct instances){.count = 1, .slots = {2}};
	set_chain(0, 3, (const struct instances[]){hop(0, NO_SERVICE, 0, 1), hop(0, NO_SERVICE, 1, 1), hop(0, 8, 2, 1)});
	steering_slot = 0;
	steer_action = action;
	steer_target = target;
	fake_verdict = steer_each_fourth;
}

static void an_nf_sends_packets_to_a_service(void **state)
{
	(void)state;
	start_steering(NETVM_ACTION_SERVICE, 7);
	fake_traffic(4 * FLOWS, 100);
	fake_rest();
	assert_int_equal(fake_nfs[0][0].seen, 4 * FLOWS);
	assert_int_equal(fake_nfs[0][1].seen, 3 * FLOWS);
	assert_int_equal(fake_nfs[0][2].seen, 3 * FLOWS);
	assert_int_equal(fake_nfs[0][3].seen + fake_nfs[0][4].seen, FLOWS);
	assert_true(fake_nfs[0][3].seen > 0 && fake_nfs[0][4].seen > 0);
	for (uint32_t flow = 0; flow < FLOWS; flow += 4)
		assert_true(fake_nfs[0][3].flows_seen[flow] == 0 || fake_nfs[0][4].flows_seen[flow] == 0);
	fake_expect_books(0);
	fake_expect_order();
	end();
}

static void a_service_further_along_the_chain_is_gone_to_at_once(void **state)
{
	(void)state;
	start_steering(NETVM_ACTION_SERVICE, 8);
	fake_traffic(4 * FLOWS, 100);
	fake_rest();
	assert_int_equal(fake_nfs[0][1].seen, 3 * FLOWS);
	assert_int_equal(fake_nfs[0][2].seen, 4 * FLOWS);
	fake_expect_books(0);
	end();
}

/* The first packet of a flow comes to netvmd; those after it go from the NF straight to the service's. */
static void an_nf_changes_a_flow_s_path(void **state)
{
	(void)state;
	start_steering(NETVM_ACTION_SERVICE | NETVM_ACTION_FLOW, 7);
	fake_traffic(FLOWS, 100);
	fake_rest();
	fake_verdict = NULL;
	forget_flows_seen();
	fake_traffic(4 * FLOWS, 400);
	fake_rest();
	assert_int_equal(fake_nfs[0][1].seen, 3 * FLOWS);
	assert_int_equal(fake_nfs[0][3].seen + fake_nfs[0][4].seen, FLOWS);
	for (uint32_t flow = 0; flow < FLOWS; flow++)
		assert_int_equal(fake_nfs[0][1].flows_seen[flow] > 0, flow % 4 != 0);
	assert_int_equal(count(COUNT_STEER_REFUSED), 0);
	fake_expect_books(0);
	end();

	start_steering(NETVM_ACTION_PORT | NETVM_ACTION_FLOW, 0);
	fake_traffic(FLOWS, 100);
	fake_rest();
	fake_verdict = NULL;
	fake_traffic(4 * FLOWS, 400);
	fake_rest();
	assert_int_equal(fake_nfs[0][0].seen, 5 * FLOWS);
	assert_int_equal(fake_nfs[0][1].seen, 5 * FLOWS / 4 * 3);
	assert_int_equal(count(COUNT_TX), 5 * FLOWS);
	fake_expect_books(0);
	end();
}

static void steer_flow_0(struct netvm_packet *packet, uint32_t flow)
{
	if (flow == 0)
		steer_each_fourth(packet, flow);
}

/* A burst of one flow more than the table has places: the last one takes a place that an earlier packet's flow had, and not what an NF decides of that. */
static void a_flow_is_not_sent_another_s_way(void **state)
{
	(void)state;
	fake_nfs_start(1, FLOW_TABLE_MIN + 1);
	join(0, 0, 2);
	use_flows_of(FLOW_TABLE_MIN);
	p.services[7] = (struct instances){.count = 1, .slots = {1}};
	set_chain(0, 1, (const struct instances[]){hop(0, NO_SERVICE, 0, 1)});
	steering_slot = 0;
	steer_action = NETVM_ACTION_SERVICE | NETVM_ACTION_FLOW;
	steer_target = 7;
	fake_verdict = steer_flow_0;
	fake.queues[FAKE_WIRE][0].waiting = FLOW_TABLE_MIN + 1;
	fake_rest();
	assert_int_equal(fake_nfs[0][0].seen, FLOW_TABLE_MIN + 1);
	assert_int_equal(fake_nfs[0][1].seen, 1);
	assert_int_equal(count(COUNT_STEER_REFUSED), 1); /* its flow is in the table no more */
	assert_int_equal(flow_table_evicted(p.flows), 1);
	for (uint32_t i = 0; i <= FLOW_TABLE_MIN; i++) {
		struct netvm_flow flow = flow_numbered(i);
		const struct flow_entry *e = flow_table_get(p.flows, &flow, netvm_flow_hash(&flow), rte_rdtsc());
		assert_int_equal(e == NULL, i == 0);
		if (e)
			assert_int_equal(path_route_of(&p, e->route)->length, 1);
	}
	fake_expect_books(0);
	end();
}

static void what_is_no_service_is_refused_and_the_packet_goes_on(void **state)
{
	(void)state;
	const uint8_t targets[] = {9, 31, 32, 255};
	for (uint32_t i = 0; i < 4; i++) {
		start_steering(i % 2 ? NETVM_ACTION_SERVICE : NETVM_ACTION_SERVICE | NETVM_ACTION_FLOW, targets[i]);
		fake_traffic(FLOWS, 100);
		fake_rest();
		assert_int_equal(count(COUNT_STEER_REFUSED), FLOWS / 4);
		assert_int_equal(fake_nfs[0][2].seen, FLOWS);
		fake_expect_books(0);
		end();
	}
}

/* Services that send to each other: each packet comes round so often, and no further. */
static void send_in_circles(struct netvm_packet *packet, uint32_t flow)
{
	(void)flow;
	packet->action = NETVM_ACTION_SERVICE;
	packet->target = 7;
}

static void packets_do_not_go_in_circles_for_ever(void **state)
{
	(void)state;
	start_steering(0, 0);
	fake_verdict = send_in_circles;
	fake_traffic(FLOWS, 100);
	fake_rest();
	assert_int_equal(count(COUNT_DROP_DETOURS), FLOWS);
	assert_int_equal(fake_nfs[0][3].seen + fake_nfs[0][4].seen, FLOWS * HELD_DETOURS_MAX);
	fake_expect_books(FLOWS);
	end();
}

/* Domains 0 and 1, and back to 0. An NF of the first sends packets to the port: those of the second see them all the same. */
static void no_domain_passes_by_another(void **state)
{
	(void)state;
	fake_nfs_start(2, FLOWS);
	use_flows();
	join(0, 0, 4);
	join(1, 0, 1);
	p.services[7] = (struct instances){.domain = 1, .count = 1, .slots = {0}};
	set_chain(0, 4, (const struct instances[]){hop(0, NO_SERVICE, 0, 1), hop(0, NO_SERVICE, 1, 1), hop(1, NO_SERVICE, 0, 1), hop(0, NO_SERVICE, 2, 1)});
	fake_verdict = steer_each_fourth;
	steering_slot = 0;
	steer_action = NETVM_ACTION_PORT | NETVM_ACTION_FLOW;
	steer_target = 0;
	fake_traffic(4 * FLOWS, 400);
	fake_rest();
	assert_int_equal(fake_nfs[0][1].seen, 3 * FLOWS);
	assert_int_equal(fake_nfs[1][0].seen, 4 * FLOWS);
	assert_int_equal(fake_nfs[0][2].seen, 4 * FLOWS);
	steer_action = NETVM_ACTION_SERVICE; /* another domain's cannot be named */
	steer_target = 7;
	fake_traffic(FLOWS, 100);
	fake_rest();
	assert_int_equal(count(COUNT_STEER_REFUSED), FLOWS / 4);
	assert_int_equal(count(COUNT_TX), 5 * FLOWS);
	fake_expect_books(0);
	end();
}

/* A sends to X, and that sends the packet, and its flow, to the port. */
static void a_to_x_to_the_port(struct netvm_packet *packet, uint32_t flow)
{
	(void)flow;
	if (fake_turn == &fake_nfs[0][0]) {
		packet->action = NETVM_ACTION_SERVICE;
		packet->target = 7;
	} else if (fake_turn == &fake_nfs[0][1]) {
		packet->action = NETVM_ACTION_PORT | NETVM_ACTION_FLOW;
		packet->target = 0;
	}
}

/* From a detour nobody sees the way that led there: were a flow's way made of it, it would begin in the middle. */
static void a_detour_makes_no_flow_s_way(void **state)
{
	(void)state;
	fake_nfs_start(2, FLOWS);
	use_flows();
	join(0, 0, 2);
	join(1, 0, 1);
	p.services[7] = (struct instances){.count = 1, .slots = {1}};
	set_chain(0, 2, (const struct instances[]){hop(1, NO_SERVICE, 0, 1), hop(0, NO_SERVICE, 0, 1)});
	fake_verdict = a_to_x_to_the_port;
	fake_traffic(4 * FLOWS, 200);
	fake_rest();
	assert_int_equal(fake_nfs[1][0].seen, 4 * FLOWS);
	assert_int_equal(fake_nfs[0][1].seen, 4 * FLOWS);
	assert_int_equal(count(COUNT_STEER_REFUSED), 4 * FLOWS);
	fake_expect_books(0);
	end();
}

/* A firewall that comes into a chain sees all of it, whatever NFs made of flows before. */
static void what_nfs_made_ends_with_the_chain(void **state)
{
	(void)state;
	start_steering(NETVM_ACTION_PORT | NETVM_ACTION_FLOW, 0);
	set_chain(0, 1, (const struct instances[]){hop(0, NO_SERVICE, 0, 1)});
	fake_traffic(2 * FLOWS, 100);
	fake_rest();
	fake_verdict = NULL;
	set_chain(0, 2, (const struct instances[]){hop(0, NO_SERVICE, 0, 1), hop(0, NO_SERVICE, 4, 1)});
	fake_traffic(2 * FLOWS, 100);
	fake_rest();
	assert_int_equal(fake_nfs[0][4].seen, 2 * FLOWS);
	fake_expect_books(0);
	end();
}

/* Port to port by way of the table: two bursts are under way when the port takes no more. */
static void a_full_port_keeps_what_is_under_way(void **state)
{
	(void)state;
	fake_nfs_start(1, FLOWS);
	use_flows();
	for (uint32_t room = 0; room < 2 * BURST; room += 7) {
		fake.queues[FAKE_WIRE][0].room = room;
		fake.queues[FAKE_WIRE][0].waiting = 4 * BURST;
		path_round(&p);
		path_round(&p);
		fake.queues[FAKE_WIRE][0].room = UINT64_MAX;
		fake_rest();
	}
	assert_int_equal(count(COUNT_RX), count(COUNT_TX));
	fake_expect_books(0);
	fake_expect_order();
	end();
}

/* NFs cannot take the routes that chains still need. */
static void send_everywhere(struct netvm_packet *packet, uint32_t flow)
{
	packet->action = NETVM_ACTION_SERVICE | (flow % 2 ? NETVM_ACTION_FLOW : 0);
	packet->target = 7;
}

static void nfs_leave_routes_to_chains(void **state)
{
	(void)state;
	fake_nfs_start(1, FLOWS);
	use_flows();
	join(0, 0, 20);
	p.services[7] = (struct instances){.count = 16, .slots = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}};
	set_chain(0, 2, (const struct instances[]){hop(0, 7, 0, 16), hop(0, 8, 0, 16)});
	fake_verdict = send_everywhere;
	fake_traffic(4 * FLOWS, 400);
	fake_rest();
	fake_verdict = NULL;
	struct netvm_flow flow = flow_numbered(5);
	for (uint32_t c = 1; c < CHAINS_MAX; c++)
		set_chain(c, 1, (const struct instances[]){hop(0, NO_SERVICE, 16 + c % 4, 1)});
	assert_int_equal(path_set_flows(&p, &flow, 1, CHAINS_MAX - 1), 1);
	uint64_t dropped = count(COUNT_RX) - count(COUNT_TX);
	fake_traffic(FLOWS, 100);
	fake_rest();
	assert_int_equal(count(count_chain_left(CHAINS_MAX - 1)), 1);
	assert_int_equal(count(COUNT_DROP_CHAIN_DOWN), 0);
	fake_expect_books(dropped);
	end();
}

/* Everything at once, by chance: the books close, and no buffer is lost. */
static void storm(uint32_t seed)
{
	uint64_t dropped;
	srand(seed);
	fake_nfs_start(2, FLOWS);
	use_flows();
	join(0, 0, 8);
	join(1, 0, 4);
	for (uint32_t step = 0; step < 300; step++) {
		uint32_t n = (uint32_t)rand() % 3 + 1, first = (uint32_t)rand() % 5, what = (uint32_t)rand() % 8;
		uint32_t domain = (uint32_t)rand() % 2, slot = (uint32_t)rand() % (domain ? 4 : 8);
		if (what == 0)
			set_chain((uint32_t)rand() % 3, 2, (const struct instances[]){hop(0, 1, first, n), hop(1, 2, (uint32_t)rand() % 2, n)});
		if (what == 1)
			set_chain((uint32_t)rand() % 3, 3,
				  (const struct instances[]){hop(0, 1, first, n), hop(1, NO_SERVICE, (uint32_t)rand() % 4, 1), hop(0, 3, 7 - first % 2, 1)});
		if (what == 2) {
			struct netvm_flow flow = flow_numbered((uint32_t)rand() % FLOWS);
			path_set_flows(&p, &flow, 1, (uint32_t)rand() % 3);
		}
		if (what == 3 && fake_nfs[domain][slot].runs) {
			fake_die(domain, slot);
			fake_rest();
			path_slot_cleared(&p, domain, slot);
			fake_join(domain, slot);
		}
		if (what == 4)
			p.services[7] = (struct instances){.count = (uint8_t)n, .slots = {0, 1, 2}};
		steering_slot = (uint32_t)rand() % 8;
		steer_action = (const uint8_t[]){NETVM_ACTION_SERVICE, NETVM_ACTION_SERVICE | NETVM_ACTION_FLOW, NETVM_ACTION_PORT, NETVM_ACTION_DROP}[rand() % 4];
		steer_target = (const uint8_t[]){7, 7, 0, 0}[rand() % 4];
		fake_verdict = steer_each_fourth;
		fake_traffic((uint64_t)rand() % 300, 10);
	}
	fake_verdict = NULL;
	fake_rest();
	dropped = count(COUNT_DROP_NF_DIED) + count(COUNT_DROP_CHAIN_DOWN) + count(COUNT_DROP_CHANGED) + count(COUNT_DROP_BACKPRESSURE) +
		  count(COUNT_DROP_DETOURS) + count(COUNT_DROP_DOMAIN_FULL);
	for (uint32_t i = 0; i < NETVM_MAX_NFS; i++)
		dropped += count(COUNT_NF_DROP_FIRST + i);
	assert_int_equal(count(COUNT_DROP_CHANGED), 0);
	assert_int_equal(count(COUNT_REFUSED), 0);
	assert_true(count(COUNT_TX) > 1000);
	fake_expect_books(dropped);
	end();
}

static void whatever_happens_the_books_close(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 12; seed++)
		storm(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_nf_sends_packets_to_a_service),
		cmocka_unit_test(a_service_further_along_the_chain_is_gone_to_at_once),
		cmocka_unit_test(an_nf_changes_a_flow_s_path),
		cmocka_unit_test(a_flow_is_not_sent_another_s_way),
		cmocka_unit_test(what_is_no_service_is_refused_and_the_packet_goes_on),
		cmocka_unit_test(packets_do_not_go_in_circles_for_ever),
		cmocka_unit_test(no_domain_passes_by_another),
		cmocka_unit_test(a_detour_makes_no_flow_s_way),
		cmocka_unit_test(what_nfs_made_ends_with_the_chain),
		cmocka_unit_test(a_full_port_keeps_what_is_under_way),
		cmocka_unit_test(nfs_leave_routes_to_chains),
		cmocka_unit_test(whatever_happens_the_books_close),
	};
	return fake_nfs_memory() == 0 ? cmocka_run_group_tests_name("steering", tests, NULL, NULL) : 1;
}
