/*
 * How long what is parked stays so: until each NF that may hold some of a lot is gone, or has shown by following an order that it has none; and what comes
 * to the lot meanwhile.
 */
#include "check.h"

#include "../netvmd/lanes.h"
#include "fake_reclaim.h"

/* The port takes nothing, so netvmd takes nothing back: what an NF has handed back before it says so is there all the same. */
static void what_is_handed_back_counts_when_it_was_taken(void **state)
{
	(void)state;
	start_with_a_slow_nf();
	fake.queues[FAKE_WIRE][0].room = 0;
	fake_traffic(10, 3);
	assert_true(p.unsent_count > 0);
	give_back(&fake_nfs[0][0].a.to_host, KEPT);
	fake_nfs[0][0].runs = 1;
	fake_traffic(0, 1000);
	assert_int_equal(p.parked, KEPT);
	fake.queues[FAKE_WIRE][0].room = UINT64_MAX;
	unpark();
	assert_int_equal(count(COUNT_LATE), KEPT);
	assert_int_equal(count(COUNT_REFUSED), 0);
	fake_rest();
	fake_expect_books(KEPT);
	end();
}

/* From the NF in slot 1 to the one in slot 0, which has answered before it: and so once more. */
static void what_is_handed_on_meanwhile_is_asked_for_again(void **state)
{
	(void)state;
	start(3);
	chain_of_two(1, 0);
	fake_traffic(100, 10);
	fake_rest();
	arrive(KEPT);
	take(1, KEPT);
	fake_verdict = NULL;
	chain_of(2, 1);
	fake_rest();
	fake_traffic(0, 1000);
	assert_int_equal(p.parked, KEPT);
	fake_nfs[0][0].runs = 0; /* has shown that it had none */
	chain_of_two(1, 0);
	give_back(&fake_nfs[0][1].a.outlet[0].ring, KEPT);
	fake_nfs[0][1].runs = 1;
	fake_traffic(0, 1000);
	assert_int_equal(p.parked, KEPT);
	fake_nfs[0][0].runs = 1;
	unpark();
	assert_int_equal(count(COUNT_LATE), KEPT);
	assert_int_equal(count(COUNT_REFUSED), 0);
	fake_rest();
	fake_expect_books(KEPT);
	end();
}

/* The last NF of a lot is about to answer, and the first one has lost others meanwhile, that come into the same lot. */
static void what_comes_to_a_lot_is_asked_for_from_the_start(void **state)
{
	(void)state;
	const struct lot *lot = &p.lots[0][0];
	start(3);
	chain_of(0, 2);
	arrive(KEPT);
	take(0, KEPT);
	fake_verdict = NULL;
	fake_nfs[0][0].runs = 1; /* it hands on what comes, and has lost those */
	chain_of(2, 1);
	close_routes();
	while (lot->passes > 1 || !lot->asking) {
		assert_int_equal(lot->count, KEPT);
		path_round(&p);
		fake_turns();
	}
	fake_nfs[0][1].runs = 0;
	chain_of(0, 2);
	arrive(50);
	take(0, 50);
	chain_of(2, 1);
	fake_rest();
	fake_nfs[0][1].runs = 1;
	fake_traffic(0, 1000);
	assert_int_equal(lot->count, KEPT + 50);
	fake_nfs[0][0].runs = 1;
	give_back(&fake_nfs[0][0].a.to_host, 50);
	unpark();
	assert_int_equal(count(COUNT_LATE), 50);
	fake_rest();
	fake_expect_books(KEPT + 50);
	end();
}

static uint32_t order;

static void not_followed_yet(struct netvm_packet *packet, uint32_t flow)
{
	(void)packet, (void)flow;
	assert_int_not_equal(fake_turn->a.slot->followed, order);
}

/* An NF says that it has followed an order when it has handed on what was there. */
static void an_order_is_followed_by_every_packet(void **state)
{
	(void)state;
	start(2);
	chain_of(0, 2);
	fake_traffic(100, 10);
	fake_rest();
	for (uint32_t slot = 0; slot < 2; slot++) { /* by netvmd's ring, and by a link */
		fake_nfs[0][0].runs = fake_nfs[0][1].runs = 0;
		arrive(200);
		fake_nfs[0][0].runs = (int)slot;
		for (uint32_t i = 0; i < 10; i++)
			fake_turns();
		fake_nfs[0][slot].runs = 1;
		fake_nfs[0][1 - slot].runs = 0;
		order = lanes_order(fake_nfs[0][slot].a.slot);
		fake_verdict = not_followed_yet;
		uint64_t before = fake_nfs[0][slot].seen;
		for (uint32_t i = 0; i < 20; i++)
			fake_turns();
		assert_int_equal(fake_nfs[0][slot].seen, before + 200);
		assert_int_equal(fake_nfs[0][slot].a.slot->followed, order);
		fake_verdict = NULL;
		fake_nfs[0][0].runs = fake_nfs[0][1].runs = 1;
		fake_rest();
	}
	fake_expect_books(0);
	end();
}

/* Which of the two had what was lost with the second one nobody can tell at once; the first shows that it has nothing. */
static void what_was_lost_with_an_nf_is_not_kept_by_its_neighbours(void **state)
{
	(void)state;
	start(3);
	chain_of(0, 2);
	for (uint32_t i = 0; i < 20; i++) {
		fake_nfs[0][1].runs = 0;
		fake_traffic(200, 10);
		fake_die(0, 1);
		fake_rest();
		assert_int_equal(count(COUNT_DROP_NF_DIED), (i + 1) * 200);
		unpark();
		fake_expect_books((i + 1) * 200);
		path_slot_cleared(&p, 0, 1);
		fake_join(0, 1);
		chain_of(0, 2);
		assert_int_equal(p.chains[0].only->limit, CREDITS);
	}
	assert_int_equal(count(COUNT_LATE), 0);
	end();
}

/* As long as the first of them says nothing, they are its. */
static void what_a_neighbour_may_have_waits_for_it(void **state)
{
	(void)state;
	start(2);
	chain_of(0, 2);
	fake_nfs[0][1].runs = 0;
	fake_traffic(100, 10); /* all are in the link by now */
	arrive(KEPT);
	take(0, KEPT);
	fake_die(0, 1);
	fake_rest();
	for (uint32_t i = 0; i < 1000; i++)
		path_round(&p);
	assert_int_equal(p.parked, 200);
	/* It hands them on to the one that is gone, as it knows no better. */
	give_back(&fake_nfs[0][0].a.outlet[0].ring, KEPT);
	fake_nfs[0][0].runs = 1;
	unpark();
	assert_int_equal(count(COUNT_REFUSED), 0);
	fake_expect_books(200);
	/* They do not wait there for a successor. */
	path_slot_cleared(&p, 0, 1);
	fake_join(0, 1);
	chain_of(0, 2);
	fake_traffic(100, 10);
	fake_rest();
	assert_int_equal(fake_nfs[0][1].seen, 100);
	assert_int_equal(count(COUNT_REFUSED), 0);
	fake_expect_books(200);
	end();
}

/* One that is not trusted any more may say what it likes: while it lives, it has them. */
static void what_a_quarantined_nf_says_frees_nothing(void **state)
{
	(void)state;
	struct netvm_desc nonsense[CREDITS];
	start(2);
	chain_of(0, 1);
	arrive(KEPT);
	take(0, KEPT);
	memset(nonsense, 0xff, sizeof nonsense);
	netvm_ring_push(&fake_nfs[0][0].a.to_host, nonsense, CREDITS);
	for (uint32_t i = 0; i < 3; i++)
		path_round(&p);
	assert_int_equal(p.chains[0].state, CHAIN_DOWN);
	close_routes();
	fake_nfs[0][0].a.slot->followed = fake_nfs[0][0].a.slot->order + 100;
	for (uint32_t i = 0; i < 1000; i++)
		path_round(&p);
	assert_int_equal(p.parked, KEPT);
	fake_die(0, 0);
	unpark();
	fake_expect_books(KEPT);
	end();
}

/* More sets of NFs than there are lots: some wait for others, and none is forgotten. */
static void more_sets_of_nfs_than_lots(void **state)
{
	(void)state;
	start(NETVM_MAX_NFS);
	for (uint32_t slot = 0; slot < 2 * LOTS; slot++) {
		chain_of(slot, 1);
		arrive(10);
		take(slot, 10);
		chain_of(NETVM_MAX_NFS - 1, 1);
		fake_rest();
	}
	assert_int_equal(p.parked, 2 * LOTS * 10);
	for (uint32_t slot = 0; slot < 2 * LOTS; slot++) {
		assert_true(p.parked > 0);
		fake_die(0, slot);
		for (uint32_t i = 0; i < 1000; i++)
			path_round(&p);
	}
	fake_expect_books(2 * LOTS * 10);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_handed_back_counts_when_it_was_taken),
		cmocka_unit_test(what_is_handed_on_meanwhile_is_asked_for_again),
		cmocka_unit_test(what_comes_to_a_lot_is_asked_for_from_the_start),
		cmocka_unit_test(an_order_is_followed_by_every_packet),
		cmocka_unit_test(what_was_lost_with_an_nf_is_not_kept_by_its_neighbours),
		cmocka_unit_test(what_a_neighbour_may_have_waits_for_it),
		cmocka_unit_test(what_a_quarantined_nf_says_frees_nothing),
		cmocka_unit_test(more_sets_of_nfs_than_lots),
	};
	return fake_nfs_memory() == 0 ? cmocka_run_group_tests_name("lots", tests, NULL, NULL) : 1;
}
