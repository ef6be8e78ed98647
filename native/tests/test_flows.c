/* Flow models: each keeps its promise, and the same seed gives the same packets. */
#include "check.h"

#include <endian.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../gen/flows.h"

#define DRAWS 1000000u
#define BURST 50u

static struct flows flows;

static void start(struct flow_request request)
{
	struct frame_layout layout = frame_layout_of(4, NULL, 0);
	assert_int_equal(flows_start(&flows, &layout, &request), 0);
}

/* How often each flow is drawn. */
static void count(uint32_t *counts)
{
	uint32_t picks[BURST];
	memset(counts, 0, flows.n * sizeof *counts);
	for (uint32_t i = 0; i < DRAWS; i += BURST) {
		flows_pick(&flows, 0, picks, BURST);
		for (uint32_t k = 0; k < BURST; k++) {
			assert_true(picks[k] < flows.n);
			counts[picks[k]]++;
		}
	}
}

/* Within five standard deviations of what the model promises. */
static void assert_near(uint32_t drawn, double chance)
{
	double wanted = DRAWS * chance;
	assert_true(fabs(drawn - wanted) <= 5 * sqrt(wanted) + 1);
}

static void in_turn_each_flow_comes_as_often(void **state)
{
	(void)state;
	uint32_t counts[64], picks[BURST];
	start((struct flow_request){.model = FLOWS_CYCLE, .n = 64});
	count(counts);
	for (uint32_t i = 0; i < 64; i++)
		assert_int_equal(counts[i], DRAWS / 64);
	start((struct flow_request){.model = FLOWS_CYCLE, .n = 3});
	flows_pick(&flows, 0, picks, 4);
	assert_int_equal(picks[0] * 1000 + picks[1] * 100 + picks[2] * 10 + picks[3], 120);
}

static void uniform_draws_all_alike(void **state)
{
	(void)state;
	static uint32_t counts[1000];
	start((struct flow_request){.model = FLOWS_UNIFORM, .n = 1000, .seed = 1});
	count(counts);
	for (uint32_t i = 0; i < 1000; i++)
		assert_near(counts[i], 1e-3);
}

static void zipf_draws_by_rank(void **state)
{
	(void)state;
	static uint32_t counts[1000];
	static const double exponents[] = {0.5, 1, 1.2, 3};
	for (size_t e = 0; e < 4; e++) {
		double sum = 0;
		for (uint32_t i = 0; i < 1000; i++)
			sum += pow(i + 1, -exponents[e]);
		start((struct flow_request){.model = FLOWS_ZIPF, .n = 1000, .zipf_s = exponents[e], .seed = 7});
		count(counts);
		for (uint32_t i = 0; i < 1000; i++)
			assert_near(counts[i], pow(i + 1, -exponents[e]) / sum);
	}
}

static void one_flow_alone_is_drawn_always(void **state)
{
	(void)state;
	uint32_t counts[1];
	for (enum flow_model m = FLOWS_CYCLE; m <= FLOWS_CHURN; m++) {
		start((struct flow_request){.model = m, .n = 1, .zipf_s = 1, .births_per_tick = 0.001});
		count(counts);
		assert_int_equal(counts[0], DRAWS);
	}
}

/* 10 flows, one new one each 100 ticks: the oldest one goes, and no id comes again. */
static void churn_replaces_the_oldest_flow(void **state)
{
	(void)state;
	uint32_t picks[1];
	struct frame_layout layout = frame_layout_of(4, NULL, 0);
	start((struct flow_request){.model = FLOWS_CHURN, .n = 10, .births_per_tick = 0.01});
	for (uint64_t t = 0; t < 5000; t += 10) {
		flows_pick(&flows, t, picks, 1);
		assert_int_equal(flows.births, t / 100);
		for (uint32_t k = 0; k < 10; k++) {
			struct frame_flow wanted = frame_flow_of(&layout, (uint32_t)(flows.births + k));
			assert_memory_equal(&flows.table[(flows.births + k) % 10], &wanted, sizeof wanted);
		}
	}
	flows_pick(&flows, 1000000, picks, 1); /* after a long gap: no more than so many at once */
	assert_int_equal(flows.births, 49 + FLOWS_BIRTHS_MAX);
}

/* As a sender does: no more at once than a burst. */
static void draw(uint32_t *picks, uint32_t n)
{
	for (uint32_t i = 0; i < n; i += BURST)
		flows_pick(&flows, 0, picks + i, BURST);
}

static void a_seed_decides_every_draw(void **state)
{
	(void)state;
	uint32_t first[200], again[200];
	for (enum flow_model m = FLOWS_UNIFORM; m <= FLOWS_ZIPF; m++) {
		struct flow_request request = {.model = m, .n = 5000, .zipf_s = 1, .seed = 42};
		start(request);
		draw(first, 200);
		start(request);
		draw(again, 200);
		assert_memory_equal(first, again, sizeof first);
		request.seed = 43;
		start(request);
		draw(again, 200);
		assert_memory_not_equal(first, again, sizeof first);
	}
}

static void the_most_flows_fit(void **state)
{
	(void)state;
	uint32_t picks[BURST];
	start((struct flow_request){.model = FLOWS_ZIPF, .n = FLOWS_MAX, .zipf_s = 0.9, .seed = 3});
	for (uint32_t i = 0; i < 1000; i++) {
		flows_pick(&flows, 0, picks, BURST);
		for (uint32_t k = 0; k < BURST; k++)
			assert_true(picks[k] < FLOWS_MAX);
	}
}

/* What was made for one trial is not taken for another that differs in one thing. */
static void popularity_follows_each_request(void **state)
{
	(void)state;
	static uint32_t counts[1000];
	static const struct flow_request requests[] = {{.n = 1000, .zipf_s = 1}, {.n = 1000, .zipf_s = 2}, {.n = 10, .zipf_s = 2}, {.n = 1000, .zipf_s = 2}};
	for (size_t r = 0; r < sizeof requests / sizeof requests[0]; r++) {
		struct flow_request request = requests[r];
		request.model = FLOWS_ZIPF;
		double sum = 0;
		for (uint32_t i = 0; i < request.n; i++)
			sum += pow(i + 1, -request.zipf_s);
		start(request);
		count(counts);
		for (uint32_t i = 0; i < request.n; i++)
			assert_near(counts[i], pow(i + 1, -request.zipf_s) / sum);
	}
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

/* Source address and port are all that a device can tell flows by; RFC 2544's addresses are 198.18.0.0/15. */
static void a_million_flows_have_as_many_tuples(uint32_t ip_version)
{
	struct frame_layout layout = frame_layout_of(ip_version, NULL, 0);
	struct flow_request request = {.model = FLOWS_CYCLE, .n = FLOWS_MAX};
	uint64_t *tuples = malloc(FLOWS_MAX * sizeof *tuples);
	assert_non_null(tuples);
	assert_int_equal(flows_start(&flows, &layout, &request), 0);
	for (uint32_t i = 0; i < FLOWS_MAX; i++) {
		uint32_t source = be32toh(flows.table[i].source), port = be16toh(flows.table[i].source_port);
		if (ip_version == 4)
			assert_int_equal(source >> 17, 0xc6120000u >> 17);
		assert_true(port >= 1024);
		tuples[i] = (uint64_t)source << 16 | port;
	}
	qsort(tuples, FLOWS_MAX, sizeof *tuples, ascending);
	for (uint32_t i = 1; i < FLOWS_MAX; i++)
		assert_true(tuples[i - 1] < tuples[i]);
	free(tuples);
}

static void a_million_flows_are_distinct_in_ipv4_and_ipv6(void **state)
{
	(void)state;
	a_million_flows_have_as_many_tuples(4);
	a_million_flows_have_as_many_tuples(6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_turn_each_flow_comes_as_often), cmocka_unit_test(uniform_draws_all_alike),
		cmocka_unit_test(zipf_draws_by_rank),		    cmocka_unit_test(one_flow_alone_is_drawn_always),
		cmocka_unit_test(churn_replaces_the_oldest_flow),   cmocka_unit_test(a_seed_decides_every_draw),
		cmocka_unit_test(the_most_flows_fit),		    cmocka_unit_test(popularity_follows_each_request),
		cmocka_unit_test(a_million_flows_are_distinct_in_ipv4_and_ipv6),
	};
	if (flows_init(&flows) != 0)
		return 1;
	int failed = cmocka_run_group_tests_name("flows", tests, NULL, NULL);
	flows_free(&flows);
	return failed;
}
