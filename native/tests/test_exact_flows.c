/* Exact flows go their chain's way, also those that were learned as another's before; and all of an order are set, or none. */
#include "check.h"

#include <rte_cycles.h>

#include "fake_chains.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_flows_go_their_chain_s_way),
		cmocka_unit_test(exact_flows_are_set_all_or_none),
	};
	return fake_nfs_memory() == 0 ? cmocka_run_group_tests_name("exact_flows", tests, NULL, NULL) : 1;
}
