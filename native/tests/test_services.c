/* Services: existing flows stay with their instance, new ones are shared evenly, and instances come, go and die without a loss but of what was with them. */
#include "check.h"

#include <stdlib.h>

#include "fake_chains.h"

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
		cmocka_unit_test(flows_stay_where_they_are_while_instances_come_and_go),
		cmocka_unit_test(new_flows_go_where_the_fewest_wait),
		cmocka_unit_test(new_flows_are_shared_evenly),
		cmocka_unit_test(few_flows_are_shared_evenly),
		cmocka_unit_test(a_dead_instance_s_flows_go_on_by_the_others),
		cmocka_unit_test(a_cleared_slot_is_nobody_s),
		cmocka_unit_test(a_burst_is_of_as_many_flows_as_it_has),
	};
	return fake_nfs_memory() == 0 ? cmocka_run_group_tests_name("services", tests, NULL, NULL) : 1;
}
