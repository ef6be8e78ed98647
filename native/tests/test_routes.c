/*
 * Ways through a chain's NFs: by links from one to the next, also where there are more ways than routes; packets come back in any order, and go no further
 * from off their lane.
 */
#include "check.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_of_32_hands_over_by_links),
		cmocka_unit_test(more_ways_than_routes_lose_nothing),
		cmocka_unit_test(an_nf_may_buffer_packets),
		cmocka_unit_test(a_packet_from_off_its_lane_does_not_go_on),
	};
	return fake_nfs_memory() == 0 ? cmocka_run_group_tests_name("routes", tests, NULL, NULL) : 1;
}
