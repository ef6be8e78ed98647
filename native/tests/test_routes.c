/*
 * Chains, services and flows, on a port without DPDK and with NFs that join as real ones do: existing flows stay where they are, instances come and go without a
 * loss, and one chain does not hold up another.
 */
#include "check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <x86intrin.h>

#include <rte_cycles.h>

#include "fake_chains.h"

static void a_chain_of_32_hands_over_by_links(void **state)
{
	(void)state;
	struct instances hops[NETVM_MAX_NFS];
	fake_nfs_start(1, 0);
	join(0, 0, NETVM_MAX_NFS);
	for (uint32_t i = 0; i < NETVM_MAX_NFS; i++)
		hops[i] = hop(0, NO_SERVICE, NETVM_MAX_NFS - 1 - i, 1);
	set_chain(0, NETVM_MAX_NFS, hops);
	fake_traffic(20000, 3000);
	fake_rest();
	assert_int_equal(count(COUNT_TX), 20000);
	for (uint32_t i = 0; i < NETVM_MAX_NFS; i++) {
		assert_int_equal(fake_nfs[0][i].seen, 20000);
		assert_int_equal(netvm_ring_empty(&fake_nfs[0][i].a.inlet[0].ring), 1);
	}
	assert_int_equal(p.nfs[0][0].out.tail, 20000); /* only the last one gave anything back to netvmd */
	assert_int_equal(p.nfs[0][1].out.tail, 0);
	fake_expect_books(0);
	fake_expect_order();
	end();
}

static struct netvm_nf_slot *contested;
static uint32_t left_in_rings; /* when the slot was taken */

/* After each instruction: an NF that takes a slot as soon as it is free. */
static void take_when_free(int signal_number)
{
	(void)signal_number;
	if (contested->state_and_pid != NETVM_NF_FREE)
		return;
	const struct netvm_ring *in = region_ring(&p.region, netvm_ring_in(0)), *out = region_ring(&p.region, netvm_ring_out(0));
	contested->state_and_pid = NETVM_NF_ATTACHING | 4711ull << 32;
	for (uint32_t i = 0; i < sizeof contested->name; i++)
		contested->name[i] = 'b';
	contested->ready_tsc += 1;
	left_in_rings = in->head | in->tail | out->head | out->tail;
}

static void a_slot_is_free_in_one_step(void **state)
{
	(void)state;
	const uint64_t step = 1u << 8; /* the trap flag */
	struct sigaction before, take = {.sa_handler = take_when_free};
	fake_nfs_start(1, 0);
	join(0, 0, 1);
	chain_of(0, 1);
	fake_traffic(100, 10);
	fake_rest();
	contested = region_slot(&p.region, 0);
	contested->gaps[NETVM_NF_GAPS - 1].end_tsc = 1;
	fake_die(0, 0);
	close_routes();
	assert_int_equal(sigaction(SIGTRAP, &take, &before), 0);
	__writeeflags(__readeflags() | step);
	path_slot_cleared(&p, 0, 0);
	__writeeflags(__readeflags() & ~step);
	sigaction(SIGTRAP, &before, NULL);
	assert_int_equal(left_in_rings, 0);
	assert_int_equal(contested->state, NETVM_NF_ATTACHING);
	assert_int_equal(contested->pid, 4711);
	for (uint32_t i = 0; i < sizeof contested->name; i++)
		assert_int_equal(contested->name[i], 'b');
	assert_int_equal(contested->ready_tsc, 1);
	assert_int_equal(contested->gaps[NETVM_NF_GAPS - 1].end_tsc, 0);
	end();
}

static void flows_stay_where_they_are_while_instances_come_and_go(void **state)
{
	(void)state;
	fake_nfs_start(1, FLOWS);
	use_flows();
	join(0, 0, 6);
	const struct instances two[] = {hop(0, NO_SERVICE, 0, 1), hop(0, 3, 1, 2)}, three[] = {hop(0, NO_SERVICE, 0, 1), hop(0, 3, 1, 3)},
			      last[] = {hop(0, NO_SERVICE, 0, 1), hop(0, 3, 3, 1)}, new[] = {hop(0, NO_SERVICE, 0, 1), hop(0, 3, 4, 2)};
	set_chain(0, 2, two);
	fake_traffic(3 * FLOWS, 100);
	fake_rest();
	assert_in_range(flows_of(1, 2, 1), FLOWS / 2 - FLOWS / 8, FLOWS / 2 + FLOWS / 8);

	set_chain(0, 2, three); /* one more: nobody moves */
	fake_traffic(3 * FLOWS, 100);
	assert_int_equal(fake_nfs[0][3].seen, 0);
	flows_of(1, 2, 1);

	fake.flows = 2 * FLOWS; /* new flows go to it, too */
	fake_traffic(4 * FLOWS, 100);
	fake_rest();
	assert_true(fake_nfs[0][3].seen > FLOWS / 4);
	fake.flows = FLOWS;

	uint64_t seen = fake_nfs[0][1].seen + fake_nfs[0][2].seen;
	set_chain(0, 2, last); /* in the middle of traffic all but one go */
	fake_traffic(3 * FLOWS, 100);
	assert_int_equal(p.closing, 0);
	assert_true(fake_nfs[0][1].seen + fake_nfs[0][2].seen <= seen + CREDITS);
	forget_flows_seen();
	fake_traffic(3 * FLOWS, 100);
	fake_rest();
	assert_int_equal(flows_of(1, 3, 3), FLOWS);

	set_chain(0, 2, new); /* another one takes its place */
	fake_traffic(3 * FLOWS, 100);
	fake_rest();
	forget_flows_seen();
	fake_traffic(3 * FLOWS, 100);
	fake_rest();
	assert_in_range(flows_of(1, 5, 4), FLOWS / 2 - FLOWS / 8, FLOWS / 2 + FLOWS / 8);
	fake_expect_books(0);
	end();
}

/* The NF in slot 2 keeps all that it gets. */
static void new_flows_go_where_the_fewest_wait(void **state)
{
	(void)state;
	fake_nfs_start(1, FLOWS);
	use_flows();
	join(0, 1, 2);
	set_chain(0, 1, (const struct instances[]){hop(0, 3, 1, 2)});
	fake_nfs[0][2].runs = 0;
	fake_traffic(FLOWS, 500);
	assert_in_range(fake_nfs[0][1].seen, FLOWS * 9 / 10, FLOWS - 1);
	fake_nfs[0][2].runs = 1;
	fake_rest();
	flows_of(1, 2, 1);
	fake_expect_books(0);
	end();
}

/* All flows come once, in bursts of any size; NFs have their turns after each so many. */
static void bring_all_flows(uint32_t turns_each)
{
	forget_flows_seen();
	for (uint32_t sent = 0, i = 0; sent < FLOWS; i++) {
		uint32_t burst = 1 + (uint32_t)rand() % BURST;
		burst = burst < FLOWS - sent ? burst : FLOWS - sent;
		fake.queues[FAKE_WIRE][0].waiting += burst;
		sent += burst;
		path_round(&p);
		if (i % turns_each == 0)
			fake_turns();
	}
	fake_rest();
}

/* Behind netvmd, and behind another NF. What is equally fast has an equal share, but for what stood in the rings when the last ones came. */
static void new_flows_are_shared_evenly(void **state)
{
	(void)state;
	for (uint32_t n = 2; n <= 3; n++) {
		for (uint32_t turns_each = 1; turns_each <= 8; turns_each *= 2) {
			fake_nfs_start(1, FLOWS);
			use_flows();
			join(0, 0, 4);
			set_chain(0, 2, (const struct instances[]){hop(0, NO_SERVICE, 0, 1), hop(0, 3, 1, n)});
			bring_all_flows(turns_each);
			for (uint32_t i = 1; i <= n; i++)
				assert_in_range(flows_of(1, n, i), FLOWS / n - FLOWS / 10, FLOWS / n + FLOWS / 10);
			set_chain(0, 1, (const struct instances[]){hop(0, 4, 1, n)});
			bring_all_flows(turns_each);
			for (uint32_t i = 1; i <= n; i++)
				assert_in_range(flows_of(1, n, i), FLOWS / n - 2, FLOWS / n + 2);
			fake_expect_books(0);
			end();
		}
	}
}

/* The few flows of a quiet wire, some of which came a moment before the others. */
static void few_flows_are_shared_evenly(void **state)
{
	(void)state;
	fake_nfs_start(1, 64);
	use_flows();
	join(0, 0, 2);
	set_chain(0, 1, (const struct instances[]){hop(0, 3, 0, 2)});
	fake.queues[FAKE_WIRE][0].waiting = 7;
	path_round(&p);
	fake.queues[FAKE_WIRE][0].waiting = 57;
	path_round(&p);
	fake_rest();
	assert_int_equal(fake_nfs[0][0].seen, 32);
	assert_int_equal(fake_nfs[0][1].seen, 32);
	fake_expect_books(0);
	end();
}

static void a_dead_instance_s_flows_go_on_by_the_others(void **state)
{
	(void)state;
	fake_nfs_start(1, FLOWS);
	use_flows();
	join(0, 0, 4);
	set_chain(0, 2, (const struct instances[]){hop(0, NO_SERVICE, 0, 1), hop(0, 3, 1, 3)});
	fake_traffic(3 * FLOWS, 100);
	fake.queues[FAKE_WIRE][0].waiting += 200;
	path_round(&p);
	fake_turn = &fake_nfs[0][0];
	netvm_nf_round(&fake_turn->a, &fake_turn->nf, &fake_turn->state); /* some are in its ring */
	fake_die(0, 2);
	fake_traffic(3 * FLOWS, 100);
	fake_rest();
	assert_int_equal(p.chains[0].state, CHAIN_UP);
	assert_in_range(count(COUNT_DROP_NF_DIED), 1, 200);
	forget_flows_seen();
	fake_traffic(3 * FLOWS, 100);
	fake_rest();
	assert_true(flows_of(1, 3, 1) > 0 && flows_of(1, 3, 3) > 0);
	assert_int_equal(fake_nfs[0][2].seen, 0);
	fake_expect_books(count(COUNT_DROP_NF_DIED));
	path_slot_cleared(&p, 0, 2);

	fake_die(0, 1);
	fake_die(0, 3);
	fake_rest();
	uint64_t before = count(COUNT_DROP_NF_DIED);
	fake_traffic(100, 10);
	fake_rest();
	assert_int_equal(p.chains[0].state, CHAIN_DOWN);
	assert_int_equal(count(COUNT_DROP_CHAIN_DOWN), 100);
	fake_expect_books(before + 100);

	path_slot_cleared(&p, 0, 1);
	fake_join(0, 1);
	set_chain(0, 2, (const struct instances[]){hop(0, NO_SERVICE, 0, 1), hop(0, 3, 1, 1)});
	fake_traffic(3 * FLOWS, 100);
	fake_rest();
	assert_int_equal(fake_nfs[0][1].seen, 3 * FLOWS);
	fake_expect_books(before + 100);
	end();
}

/* What flows remember of a way past an NF that is gone, and whose slot is free, is no way to anybody else. */
static void a_cleared_slot_is_nobody_s(void **state)
{
	(void)state;
	fake_nfs_start(1, FLOWS);
	use_flows();
	join(0, 0, 3);
	set_chain(0, 1, (const struct instances[]){hop(0, 3, 0, 3)});
	fake_traffic(3 * FLOWS, 100);
	fake_rest();
	fake_die(0, 2);
	fake_rest();
	path_slot_cleared(&p, 0, 2);
	forget_flows_seen();
	fake_traffic(3 * FLOWS, 100);
	fake_rest();
	assert_true(flows_of(0, 2, 0) > FLOWS / 4 && flows_of(0, 2, 1) > FLOWS / 4);
	assert_int_equal(count(COUNT_TX), 6 * FLOWS);
	fake_expect_books(0);
	end();
}

/* 16 times 16 times 2 ways are more than there are routes. */
static void more_ways_than_routes_lose_nothing(void **state)
{
	(void)state;
	fake_nfs_start(3, 4 * FLOWS);
	use_flows();
	join(0, 0, 16);
	join(1, 0, 16);
	join(2, 0, 2);
	set_chain(0, 3, (const struct instances[]){hop(0, 1, 0, 16), hop(1, 2, 0, 16), hop(2, 3, 0, 2)});
	fake_traffic(16 * FLOWS, 2000);
	fake_rest();
	assert_int_equal(count(COUNT_TX), 16 * FLOWS);
	set_chain(0, 1, (const struct instances[]){hop(0, 1, 3, 1)});
	fake_traffic(4 * FLOWS, 100);
	fake_rest();
	assert_int_equal(p.actives, 1);
	fake_expect_books(0);
	end();
}

static void exact_flows_go_their_chain_s_way(void **state)
{
	(void)state;
	struct netvm_flow some[64];
	fake_nfs_start(1, FLOWS);
	use_flows();
	join(0, 0, 2);
	chain_of(0, 1);
	set_chain(5, 1, (const struct instances[]){hop(0, NO_SERVICE, 1, 1)});
	set_chain(6, 0, NULL); /* port to port */
	for (uint32_t i = 0; i < 64; i++)
		some[i] = flow_numbered(i * 2);
	fake_traffic(FLOWS, 30); /* known by now, as the default chain's */
	fake_rest();
	assert_int_equal(path_set_flows(&p, some, 32, 5), 32);
	assert_int_equal(path_set_flows(&p, some + 32, 32, 6), 32);
	fake_traffic(10 * FLOWS, 300);
	fake_rest();
	assert_int_equal(count(count_chain_entered(5)), 10 * 32);
	assert_int_equal(count(count_chain_left(6)), 10 * 32);
	assert_int_equal(fake_nfs[0][1].seen, 10 * 32);
	assert_int_equal(p.chains[5].exact_flows, 32);
	path_delete_flows(&p, some, 64);
	assert_int_equal(p.chains[5].exact_flows + p.chains[6].exact_flows, 0);
	fake_traffic(FLOWS, 30);
	fake_rest();
	assert_int_equal(count(count_chain_entered(0)), FLOWS + 10 * (FLOWS - 64) + FLOWS);
	fake_expect_books(0);
	end();
}

/* The smallest table: 32 places, all of which every flow may have. */
static void exact_flows_are_set_all_or_none(void **state)
{
	(void)state;
	struct netvm_flow exact[24], wanted[12];
	struct flow_before before[24];
	fake_nfs_start(1, 4);
	use_flows_of(FLOW_TABLE_MIN);
	join(0, 0, 3);
	set_chain(0, 1, (const struct instances[]){hop(0, 3, 0, 2)});
	set_chain(5, 1, (const struct instances[]){hop(0, NO_SERVICE, 2, 1)});
	set_chain(6, 0, NULL);
	fake_traffic(8, 4); /* four flows are learned */
	fake_rest();
	for (uint32_t i = 0; i < 24; i++)
		exact[i] = flow_numbered(10 + i);
	assert_int_equal(path_set_all_flows(&p, exact, 24, 5, before), 24);
	/* Four places are free, and two are of learned flows that are not in the list: the seventh new one has none. Two are there twice. */
	const uint32_t numbers[] = {0, 10, 100, 100, 1, 101, 10, 102, 103, 104, 105, 106};
	for (uint32_t i = 0; i < 12; i++)
		wanted[i] = flow_numbered(numbers[i]);
	struct flow_entry *learned[2];
	struct flow_entry was[2];
	for (uint32_t i = 0; i < 2; i++) {
		learned[i] = flow_table_get(p.flows, &wanted[4 * i], netvm_flow_hash(&wanted[4 * i]), rte_rdtsc());
		was[i] = *learned[i];
	}
	assert_int_equal(path_set_all_flows(&p, wanted, 12, 6, before), 11);
	assert_int_equal(p.chains[5].exact_flows, 24);
	assert_int_equal(p.chains[6].exact_flows, 0);
	for (uint32_t i = 0; i < 24; i++) {
		const struct flow_entry *e = flow_table_get(p.flows, &exact[i], netvm_flow_hash(&exact[i]), rte_rdtsc());
		assert_true(e && e->expires == FLOW_FOREVER && e->chain == 5);
	}
	for (uint32_t i = 0; i < 2; i++)
		assert_memory_equal(learned[i], &was[i], sizeof was[i]);
	for (uint32_t n = 100; n < 107; n++) {
		struct netvm_flow flow = flow_numbered(n);
		assert_null(flow_table_get(p.flows, &flow, netvm_flow_hash(&flow), rte_rdtsc()));
	}
	assert_int_equal(path_set_all_flows(&p, wanted, 11, 6, before), 11); /* without the last one there is room */
	assert_int_equal(p.chains[5].exact_flows, 23);
	assert_int_equal(p.chains[6].exact_flows, 9);
	end();
}

/* The first NF of chain 1 stops. */
static void a_chain_that_stands_still_holds_up_no_other(void **state)
{
	(void)state;
	fake_nfs_start(1, FLOWS);
	use_flows();
	join(0, 0, 2);
	chain_of(0, 1);
	set_chain(1, 1, (const struct instances[]){hop(0, NO_SERVICE, 1, 1)});
	half_of_flows_to(1);
	fake_nfs[0][1].runs = 0;
	for (uint32_t i = 0; i < 10; i++) {
		fake_traffic(FLOWS, 100);
		for (uint64_t until = rte_rdtsc() + 2 * 2000 * 100; fake.queues[FAKE_WIRE][0].waiting > 0 || rte_rdtsc() < until;) {
			path_round(&p);
			fake_turns();
		}
	}
	assert_int_equal(fake_nfs[0][0].seen, 10 * FLOWS / 2);
	assert_int_equal(p.in_flight, CREDITS / 2); /* its share */
	assert_int_equal(count(COUNT_DROP_BACKPRESSURE), 10 * FLOWS / 2 - CREDITS / 2);
	assert_int_equal(count(COUNT_WASTED_HOPS), 0);
	fake_nfs[0][1].runs = 1;
	fake_rest();
	uint64_t dropped = count(COUNT_DROP_BACKPRESSURE);
	fake_traffic(10 * FLOWS, 1000);
	fake_rest();
	assert_int_equal(count(COUNT_DROP_BACKPRESSURE), dropped);
	fake_expect_books(dropped);
	end();
}

static void credits_are_shared_by_weights(void **state)
{
	(void)state;
	fake_nfs_start(1, FLOWS);
	use_flows();
	join(0, 0, 2);
	struct chain_plan heavy = plan_of(1, (const struct instances[]){hop(0, NO_SERVICE, 1, 1)});
	heavy.weight = 3;
	chain_of(0, 1);
	path_set_chain(&p, 1, &heavy, COUNT_DROP_CHANGED);
	assert_int_equal(p.chains[0].only->limit, CREDITS / 4);
	assert_int_equal(p.chains[1].only->limit, CREDITS / 4 * 3);
	path_set_chain(&p, 1, &(struct chain_plan){0}, COUNT_DROP_CHANGED);
	assert_int_equal(p.chains[0].only->limit, CREDITS);
	fake_rest();
	end();
}

/* An NF that keeps each packet for a while, and gives it back in another order. */
static void an_nf_may_buffer_packets(void **state)
{
	(void)state;
	struct netvm_desc kept[CREDITS];
	fake_nfs_start(1, FLOWS);
	join(0, 0, 1);
	chain_of(0, 1);
	fake_nfs[0][0].runs = 0;
	for (uint32_t round = 0; round < 20; round++) {
		arrive(150);
		assert_int_equal(netvm_ring_pop(&fake_nfs[0][0].a.inlet[0].ring, kept, CREDITS), 150);
		for (uint32_t i = 0; i < 75; i++) {
			struct netvm_desc d = kept[i];
			kept[i] = kept[149 - i];
			kept[149 - i] = d;
		}
		assert_int_equal(netvm_ring_push(&fake_nfs[0][0].a.to_host, kept, 150), 150);
	}
	fake_rest();
	assert_int_equal(count(COUNT_TX), 20 * 150);
	assert_int_equal(count(COUNT_REFUSED), 0);
	fake_expect_books(0);
	end();
}

/* An NF whose packet is on another's lane only drops it: where it leads from there nobody can know. */
static void a_packet_from_off_its_lane_does_not_go_on(void **state)
{
	(void)state;
	struct netvm_desc d[10];
	fake_nfs_start(1, FLOWS);
	join(0, 0, 3);
	chain_of_two(0, 1);
	set_chain(1, 1, (const struct instances[]){hop(0, NO_SERVICE, 2, 1)});
	fake_nfs[0][0].runs = fake_nfs[0][1].runs = fake_nfs[0][2].runs = 0;
	fake.queues[FAKE_WIRE][0].waiting = 20;
	path_round(&p);
	struct netvm_consumer *in = &fake_nfs[0][0].a.inlet[0].ring;
	assert_int_equal(netvm_ring_pop(in, d, 10), 10);
	assert_int_equal(netvm_ring_push(&fake_nfs[0][2].a.to_host, d, 10), 10);
	path_round(&p);
	assert_int_equal(count(COUNT_TX), 0);
	assert_int_equal(count(COUNT_NF_DROP_FIRST), 10);
	/* Handed back in the middle of its lane by an NF that is on it, a packet goes on to the next. */
	assert_int_equal(netvm_ring_pop(in, d, 10), 10);
	assert_int_equal(netvm_ring_push(&fake_nfs[0][0].a.to_host, d, 10), 10);
	path_round(&p);
	assert_int_equal(count(COUNT_TX), 0);
	fake_nfs[0][1].runs = 1;
	fake_rest();
	assert_int_equal(fake_nfs[0][1].seen, 10);
	assert_int_equal(count(COUNT_TX), 10);
	fake_expect_books(10);
	end();
}

/* Packets of a flow that come in one burst, its first one among them: they are one flow's, and all go one way. */
static void a_burst_is_of_as_many_flows_as_it_has(void **state)
{
	(void)state;
	fake_nfs_start(1, 3);
	use_flows();
	join(0, 0, 2);
	set_chain(0, 1, (const struct instances[]){hop(0, 5, 0, 2)});
	fake_traffic(BURST, 1);
	assert_int_equal(flow_table_used(p.flows), 3);
	assert_int_equal(count(COUNT_FLOW_MISSES), 3);
	assert_int_equal(count(COUNT_FLOW_HITS), BURST - 3);
	assert_int_equal(flow_table_evicted(p.flows), 0);
	fake_rest();
	for (uint32_t flow = 0; flow < 3; flow++)
		assert_true(fake_nfs[0][0].flows_seen[flow] == 0 || fake_nfs[0][1].flows_seen[flow] == 0);
	fake_expect_books(0);
	fake_expect_order();
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_is_of_as_many_flows_as_it_has),
		cmocka_unit_test(a_chain_of_32_hands_over_by_links),
		cmocka_unit_test(a_slot_is_free_in_one_step),
		cmocka_unit_test(flows_stay_where_they_are_while_instances_come_and_go),
		cmocka_unit_test(new_flows_go_where_the_fewest_wait),
		cmocka_unit_test(new_flows_are_shared_evenly),
		cmocka_unit_test(few_flows_are_shared_evenly),
		cmocka_unit_test(a_dead_instance_s_flows_go_on_by_the_others),
		cmocka_unit_test(a_cleared_slot_is_nobody_s),
		cmocka_unit_test(more_ways_than_routes_lose_nothing),
		cmocka_unit_test(exact_flows_go_their_chain_s_way),
		cmocka_unit_test(exact_flows_are_set_all_or_none),
		cmocka_unit_test(a_chain_that_stands_still_holds_up_no_other),
		cmocka_unit_test(credits_are_shared_by_weights),
		cmocka_unit_test(an_nf_may_buffer_packets),
		cmocka_unit_test(a_packet_from_off_its_lane_does_not_go_on),
	};
	return fake_nfs_memory() == 0 ? cmocka_run_group_tests_name("routes", tests, NULL, NULL) : 1;
}
