#include "nf_check.h"

#include "../nfs/ratelimit/bucket.h"

#define HZ 1000000000ull
#define SECOND (HZ * BUCKET_FRACTION)

/* How many of `n` packets pass that come evenly spread over a second, from `at` on. */
static uint32_t passed(struct bucket *b, const struct rate *r, uint32_t n, uint32_t bytes, uint64_t at)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < n; i++)
		count += (uint32_t)bucket_take(b, r, bytes, at + SECOND / n * i);
	return count;
}

static void passes_its_rate_and_the_burst(void **state)
{
	(void)state;
	struct bucket b = {0};
	struct rate r = rate_of(1000, 0, 10000, HZ); /* 1000 a second, 10 at once */
	assert_in_range(passed(&b, &r, 100000, 60, SECOND), 1009, 1011);
	assert_in_range(passed(&b, &r, 100000, 60, 2 * SECOND), 999, 1001); /* the burst is spent */
	assert_int_equal(passed(&b, &r, 900, 60, 10 * SECOND), 900);
}

static void counts_bits_too(void **state)
{
	(void)state;
	struct bucket b = {0};
	struct rate r = rate_of(0, 8000000, 10000, HZ); /* 1 MB a second, 10 kB at once */
	assert_in_range(passed(&b, &r, 100000, 1000, SECOND), 1008, 1012);
	b = (struct bucket){0};
	assert_in_range(passed(&b, &r, 100000, 100, SECOND), 10090, 10110);
}

static void a_full_bucket_holds_one_packet_at_least(void **state)
{
	(void)state;
	struct bucket b = {0};
	struct rate r = rate_of(10, 0, 1, HZ); /* the depth is less than a packet */
	assert_int_equal(bucket_take(&b, &r, 60, SECOND), 1);
	assert_int_equal(bucket_take(&b, &r, 60, SECOND), 0);
	assert_int_equal(bucket_take(&b, &r, 60, SECOND + SECOND / 10), 1);
}

static uint32_t burst_of(uint32_t n, uint16_t port)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint8_t frame[CRAFT_BYTES];
		const struct crafted c = {.src_port = port};
		struct netvm_packet p = craft_packet(frame, &c);
		count += run(&p) == NETVM_ACTION_NEXT;
	}
	return count;
}

/* A rate so low that no token comes while the test runs: 1 a second, 5 at once. */
static void each_flow_has_a_bucket_and_all_share_one(void **state)
{
	(void)state;
	start_with("--flow-pps 1 --burst-us 5000000", NULL);
	assert_in_range(burst_of(50, 1), 5, 40);
	assert_in_range(burst_of(50, 2), 5, 40);
	start_with("--total-pps 1 --burst-us 5000000", NULL);
	assert_in_range(burst_of(50, 1), 5, 40);
	assert_in_range(burst_of(50, 2), 0, 40); /* nothing was left for the other, but for what time brings */
}

static void ipv6_and_tags_too(void **state)
{
	(void)state;
	start_with("--flow-pps 1 --burst-us 1", NULL);
	for (uint8_t vlans = 0; vlans <= 2; vlans++) {
		uint8_t frame[CRAFT_BYTES];
		const struct crafted one = {.version = 6, .vlans = vlans, .src_port = 100u + vlans}, other = {.version = 6, .vlans = vlans, .src = 1 + vlans};
		struct netvm_packet p = craft_packet(frame, &one);
		assert_int_equal(run(&p), NETVM_ACTION_NEXT);
		assert_int_equal(run(&p), NETVM_ACTION_DROP);
		p = craft_packet(frame, &other);
		assert_int_equal(run(&p), NETVM_ACTION_NEXT);
	}
}

static void bad_options_are_refused(void **state)
{
	(void)state;
	refused_with("", NULL, "expected one of --flow-pps");
	refused_with("--flow-pps 0", NULL, "--flow-pps: expected a number from 1 to 1000000000, got 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_it_took),
		cmocka_unit_test(passes_its_rate_and_the_burst),
		cmocka_unit_test(counts_bits_too),
		cmocka_unit_test(a_full_bucket_holds_one_packet_at_least),
		cmocka_unit_test(each_flow_has_a_bucket_and_all_share_one),
		cmocka_unit_test(ipv6_and_tags_too),
		cmocka_unit_test(bad_options_are_refused),
		cmocka_unit_test(passes_ordinary_traffic),
		cmocka_unit_test(survives_malformed_packets),
	};
	return cmocka_run_group_tests_name("ratelimit", tests, NULL, NULL);
}
