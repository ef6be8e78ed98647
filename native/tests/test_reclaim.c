/*
 * What NFs do not give back when routes close: it is lost by name, and nobody else gets a buffer that an NF may still write to, until it comes back after all, or is
 * nobody's any more.
 */
#include "check.h"

#include "fake_reclaim.h"

/* Given back late they are no offence, but lost; and once is enough. */
static void what_a_slow_nf_keeps_is_nobody_else_s(void **state)
{
	(void)state;
	start_with_a_slow_nf();
	assert_int_equal(count(COUNT_DROP_CHANGED), KEPT);
	assert_int_equal(p.parked, KEPT);
	assert_int_equal(fake.unused_count, FAKE_MBUFS - KEPT);
	fake_traffic(10000, 500);
	fake_rest();
	assert_int_equal(fake_nfs[0][1].seen, 10000);
	assert_int_equal(p.parked, KEPT);

	give_back(&fake_nfs[0][0].a.to_host, KEPT);
	path_round(&p); /* on no route any more, it is looked at all the same */
	assert_int_equal(count(COUNT_LATE), KEPT);
	assert_int_equal(p.parked, 0);
	assert_int_equal(count(COUNT_REFUSED), 0);
	fake_expect_books(KEPT);

	chain_of(0, 1);
	fake_rest();
	assert_int_equal(p.chains[0].only->limit, CREDITS);
	assert_int_equal(netvm_ring_push(&fake_nfs[0][0].a.to_host, kept, KEPT), KEPT);
	arrive(KEPT);
	assert_true(count(COUNT_REFUSED) > REFUSED_MAX);
	assert_int_equal(p.quarantined[0], 1);
	end();
}

/* An NF that never had them cannot give them back. */
static void what_is_parked_is_not_a_stranger_s(void **state)
{
	(void)state;
	start_with_a_slow_nf();
	assert_int_equal(netvm_ring_push(&fake_nfs[0][1].a.to_host, kept, 50), 50);
	path_round(&p);
	assert_int_equal(count(COUNT_REFUSED), 50);
	assert_int_equal(p.parked, KEPT);
	fake_die(0, 0);
	unpark();
	fake_expect_books(KEPT);
	end();
}

static void what_a_dead_nf_kept_is_free(void **state)
{
	(void)state;
	start_with_a_slow_nf();
	assert_int_equal(p.parked, KEPT);
	fake_die(0, 0);
	unpark();
	fake_expect_books(KEPT);
	assert_int_equal(p.reclaimed, KEPT);
	end();
}

/* A link is closed and opened again around packets that a slow NF puts into it: before, they are lost there; after, the next NF has them. */
static void a_closed_link_hands_nothing_old_on(void **state)
{
	(void)state;
	for (int opened = 0; opened < 2; opened++) {
		start(2);
		chain_of(0, 2);
		fake_traffic(100, 10);
		fake_rest();
		arrive(KEPT);
		take(0, KEPT);
		chain_of(1, 1);
		fake_traffic(100, 10);
		fake_rest();
		assert_int_equal(fake_nfs[0][1].a.inlets, 1);
		assert_int_equal(p.parked, KEPT);
		if (!opened)
			give_back(&fake_nfs[0][0].a.outlet[0].ring, KEPT);
		chain_of(0, 2);
		if (opened)
			give_back(&fake_nfs[0][0].a.outlet[0].ring, KEPT);
		fake_verdict = NULL;
		fake_nfs[0][0].runs = 1;
		fake_traffic(100, 10);
		fake_rest();
		unpark();
		assert_int_equal(fake_nfs[0][1].seen, 300 + (opened ? KEPT : 0));
		assert_int_equal(count(COUNT_LATE), opened ? KEPT : 0);
		assert_int_equal(count(COUNT_REFUSED), 0);
		fake_expect_books(KEPT);
		end();
	}
}

/* One NF after the other stands still, until all buffers of the domain are parked: the books say what then is lost, and when one is gone it goes on. */
static void a_domain_without_buffers_says_so(void **state)
{
	(void)state;
	memset(is_kept, 0, sizeof is_kept);
	fake_nfs_start(2, FLOWS);
	join(0, 0, 3);
	for (uint32_t slot = 0; slot < 2; slot++) {
		chain_of(slot, 1);
		fake_nfs[0][slot].runs = 0;
		fake_traffic(CREDITS, 10);
		chain_of(2, 1);
		close_routes();
	}
	assert_int_equal(p.parked, FAKE_DOMAIN_BUFFERS);
	uint64_t before = count(COUNT_DROP_DOMAIN_FULL);
	assert_int_equal(goes_through(1000), 0);
	assert_int_equal(count(COUNT_DROP_DOMAIN_FULL) - before, 1000);
	fake_die(0, 0);
	for (uint32_t i = 0; i < 10; i++)
		path_round(&p);
	assert_int_equal(p.parked, FAKE_DOMAIN_BUFFERS - CREDITS);
	assert_int_equal(goes_through(1000), 1000);
	fake_die(0, 1);
	unpark();
	fake_expect_books(count(COUNT_DROP_DOMAIN_FULL) + FAKE_DOMAIN_BUFFERS);
	end();
}

/* However many routes close, and however many buffers there are. */
static void a_round_looks_at_so_many_buffers_and_no_more(void **state)
{
	(void)state;
	start(17);
	use_flows();
	set_chain(0, 1, (const struct instances[]){hop(0, 3, 0, 16)});
	for (uint32_t slot = 0; slot < 16; slot++)
		fake_nfs[0][slot].runs = 0;
	arrive(CREDITS);
	chain_of(16, 1);
	assert_int_equal(p.closing, 16);
	assert_true(FAKE_MBUFS > 2 * SWEPT_A_ROUND);
	while (p.closing > 0) {
		uint64_t before = p.swept;
		path_round(&p);
		assert_true(p.swept - before <= SWEPT_A_ROUND);
	}
	assert_int_equal(count(COUNT_DROP_CHANGED), CREDITS);
	assert_int_equal(p.parked, CREDITS);
	assert_true(p.swept <= FAKE_MBUFS + SWEPT_A_ROUND); /* one pass for all of them */
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_slow_nf_keeps_is_nobody_else_s),
		cmocka_unit_test(what_is_parked_is_not_a_stranger_s),
		cmocka_unit_test(what_a_dead_nf_kept_is_free),
		cmocka_unit_test(a_closed_link_hands_nothing_old_on),
		cmocka_unit_test(a_domain_without_buffers_says_so),
		cmocka_unit_test(a_round_looks_at_so_many_buffers_and_no_more),
	};
	return fake_nfs_memory() == 0 ? cmocka_run_group_tests_name("reclaim", tests, NULL, NULL) : 1;
}
