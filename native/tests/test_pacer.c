/* Arrivals and the wire's pace, on a clock of the test's own. */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "../gen/arrival.h"
#include "../gen/late.h"
#include "../gen/pacer.h"

#define HZ 2.6e9
#define LINE 10e9
#define START 12345u

static struct arrival arrival;

static struct pacer_size size_of(uint32_t bytes, double line)
{
	return (struct pacer_size){.length = bytes - 4, .wire = pacer_wire(bytes - 4, line, HZ)};
}

static double wire_ticks(uint32_t bytes)
{
	return (bytes + 20) * 8 / LINE * HZ;
}

/* A loop that looks every so many ticks, until the end and once more. Returns how many left. */
static uint64_t run(struct pacer *p, uint64_t end, uint64_t step)
{
	struct departure out[64];
	uint64_t sent = 0;
	for (uint64_t now = START; now < end; now += step) {
		uint32_t n = pacer_take(p, now, 64, out);
		for (uint32_t i = 0; i < n; i++)
			assert_true(out[i].intended <= now);
		sent += n;
	}
	return sent + pacer_take(p, end, 64, out);
}

/* The whole range, 10 s of it: not one packet more or fewer than rate times time. */
static void a_constant_rate_is_exact(void **state)
{
	(void)state;
	static const double rates[] = {1000, 9999, 10e3, 123456.789, 1e6, 10e6, 14e6, 14.88e6};
	struct pacer_size size = size_of(64, LINE);
	for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
		struct pacer p;
		double seconds = rates[i] > 1e6 ? 0.1 : 10;
		uint64_t end = START + (uint64_t)(seconds * HZ);
		arrival_constant(&arrival, HZ / rates[i]);
		pacer_start(&p, START, end, &arrival, &size, 1);
		double sent = (double)run(&p, end, 1300);
		assert_true(fabs(sent - seconds * rates[i]) <= 1);
	}
}

/* A thousandth of the rate over a trial of a second is promised; the mean of a pass is the wanted one but for rounding. */
static void poisson_keeps_the_mean_and_its_gaps_are_exponential(void **state)
{
	(void)state;
	static const double rates[] = {1e4, 1e6, 7e6};
	for (size_t i = 0; i < 3; i++) {
		double mean = HZ / rates[i] * ARRIVAL_ONE_TICK, sum = 0;
		uint32_t above = 0, above_twice = 0;
		arrival_poisson(&arrival, HZ / rates[i], 99);
		for (uint32_t k = 0; k < arrival.n; k++) {
			sum += (double)arrival.gaps[k];
			above += (double)arrival.gaps[k] > mean;
			above_twice += (double)arrival.gaps[k] > 2 * mean;
		}
		assert_true(fabs(sum / arrival.n / mean - 1) < 1e-7);
		assert_true(fabs((double)above / arrival.n - exp(-1)) < 0.01);
		assert_true(fabs((double)above_twice / arrival.n - exp(-2)) < 0.01);
	}
}

static void poisson_is_decided_by_its_seed(void **state)
{
	(void)state;
	static uint64_t first[ARRIVAL_POISSON_GAPS];
	arrival_poisson(&arrival, 1000, 1);
	for (uint32_t k = 0; k < arrival.n; k++)
		first[k] = arrival.gaps[k];
	arrival_poisson(&arrival, 1000, 1);
	assert_memory_equal(first, arrival.gaps, sizeof first);
	arrival_poisson(&arrival, 1000, 2);
	assert_memory_not_equal(first, arrival.gaps, sizeof first);
}

/* Packets that arrive together wait for each other on the wire; their stamps stay the arrival's. */
static void poisson_packets_leave_one_after_the_other_and_keep_their_times(void **state)
{
	(void)state;
	struct pacer p;
	struct departure out;
	struct pacer_size size = size_of(1518, LINE);
	uint64_t end = START + (uint64_t)HZ;
	double free_at = START, arrives = START;
	arrival_poisson(&arrival, HZ / 700e3, 5);
	pacer_start(&p, START, end, &arrival, &size, 1);
	for (uint32_t k = 0; k < 5000; k++) {
		double leaves = arrives > free_at ? arrives : free_at;
		if (k > 0)
			assert_int_equal(pacer_take(&p, (uint64_t)leaves - 2, 1, &out), 0);
		assert_int_equal(pacer_take(&p, (uint64_t)(leaves + wire_ticks(1518)) + 2, 1, &out), 1);
		assert_true(fabs((double)out.intended - arrives) <= 1.5);
		assert_true(fabs((double)out.due - leaves) <= 1.5);
		free_at = leaves + wire_ticks(1518);
		arrives += (double)arrival.gaps[k] / ARRIVAL_ONE_TICK;
	}
}

/* Bursts of 100: their packets follow each other at the wire's rate, and the mean rate holds. */
static void a_burst_fills_the_wire_and_the_mean_holds(void **state)
{
	(void)state;
	struct pacer p;
	struct departure out[64];
	struct pacer_size size = size_of(64, LINE);
	uint64_t end = START + (uint64_t)(HZ / 10), sent = 0;
	arrival_burst(&arrival, HZ / 1e6, 100);
	pacer_start(&p, START, end, &arrival, &size, 1);
	p.stamp_departure = 1;
	for (uint64_t now = START; now < end + 1300; now += 1300) {
		uint32_t n = pacer_take(&p, now < end ? now : end, 64, out);
		for (uint32_t i = 0; i < n; i++, sent++) {
			double wanted = START + (double)(sent / 100) * 100 * HZ / 1e6 + (double)(sent % 100) * wire_ticks(64);
			assert_true(fabs((double)out[i].intended - wanted) <= 2);
			assert_int_equal(out[i].due, out[i].intended);
		}
	}
	assert_int_equal(sent, 100000);
}

/* Sizes in turn: long frames hold the wire for longer, so a full wire carries the mean. */
static void a_full_wire_carries_bits_not_frames(void **state)
{
	(void)state;
	struct pacer p;
	struct pacer_size sizes[12];
	double bits = 0;
	for (uint32_t i = 0; i < 12; i++) { /* the simple IMIX: 7 of 64, 4 of 594, 1 of 1518 bytes */
		uint32_t bytes = i < 7 ? 64 : i < 11 ? 594 : 1518;
		sizes[i] = size_of(bytes, LINE);
		bits += (bytes + 20) * 8;
	}
	double full = LINE / (bits / 12);
	uint64_t end = START + (uint64_t)HZ;
	arrival_constant(&arrival, HZ / (2 * full)); /* twice what fits */
	pacer_start(&p, START, end, &arrival, sizes, 12);
	double sent = (double)run(&p, end, 1300);
	assert_true(sent <= full + PACER_WIRE_DEPTH && sent >= full * 0.9999);
	arrival_constant(&arrival, HZ / (0.9 * full));
	pacer_start(&p, START, end, &arrival, sizes, 12);
	assert_true(fabs((double)run(&p, end, 1300) - 0.9 * full) <= 1);
}

/* Away for 1 ms: then no faster than the wire, but for what a NIC's queue would hide; and all of it is made up for. */
static void after_a_gap_it_catches_up_no_faster_than_the_wire(void **state)
{
	(void)state;
	struct pacer p;
	struct departure out[64];
	struct pacer_size size = size_of(64, LINE);
	const double rate = 7e6, wire = 14880952;
	uint64_t end = START + (uint64_t)(HZ / 100), sent = 0, away = 0;
	arrival_constant(&arrival, HZ / rate);
	pacer_start(&p, START, end, &arrival, &size, 1);
	for (uint64_t now = START; now < end; now += 1300) {
		if (now - START > HZ / 500 && away == 0)
			now += away = (uint64_t)(HZ / 1000);
		uint32_t n = pacer_take(&p, now, 64, out);
		sent += n;
		double seconds = (double)(now - START) / HZ;
		assert_true((double)sent <= seconds * rate + 1.01);
		if (away != 0)
			assert_true((double)sent <= (seconds - 1e-3) * wire + PACER_WIRE_DEPTH + 64);
	}
	assert_true(fabs((double)(sent + pacer_take(&p, end, 64, out)) - rate / 100) <= 1);
}

static void recorded_gaps_come_back_with_the_mean_between_passes(void **state)
{
	(void)state;
	static const uint64_t times[] = {0, 1000, 1000, 6000};
	assert_true(fabs(arrival_recorded(&arrival, times, 4, HZ) - 5200) < 1e-6); /* 2 us */
	static const double wanted[] = {2600, 0, 13000, 5200};
	for (uint32_t i = 0; i < 4; i++)
		assert_true(fabs((double)arrival.gaps[i] / ARRIVAL_ONE_TICK - wanted[i]) < 0.001);
	assert_int_equal(arrival.n, 4);
}

static void without_arrivals_the_wire_alone_paces(void **state)
{
	(void)state;
	struct pacer p;
	struct departure out[64];
	struct pacer_size size = size_of(64, 0);
	pacer_start(&p, START, START + 1000000, NULL, &size, 1);
	for (uint64_t now = START; now < START + 1000000; now += 1000) {
		assert_int_equal(pacer_take(&p, now, 64, out), 64);
		assert_int_equal(out[63].intended, now);
	}
	size = size_of(64, LINE);
	uint64_t end = START + (uint64_t)HZ;
	pacer_start(&p, START, end, NULL, &size, 1);
	double sent = (double)run(&p, end, 1300);
	assert_true(fabs(sent / 14880952 - 1) < 1e-4);
}

/* A packet every 1000 ticks; so many leave now. */
static void late_packets_are_those_past_their_time(void **state)
{
	(void)state;
	struct departure out[64];
	for (uint32_t i = 0; i < 64; i++)
		out[i].due = 5000 + i * 1000;
	for (uint64_t now = 5000; now < 300000; now += 333) {
		for (uint32_t n = 0; n <= 64; n += 16) {
			uint32_t late = 0;
			for (uint32_t i = 0; i < n; i++)
				late += now > out[i].due + 10000;
			assert_int_equal(late_packets(out, n, now, 10000), late);
		}
	}
}

/* 24 hours of a 4 GHz clock fit. */
static void time_does_not_run_out(void **state)
{
	(void)state;
	struct pacer p;
	struct departure out;
	struct pacer_size size = size_of(64, 0);
	uint64_t day = 86400ull * 4000000000ull;
	arrival_constant(&arrival, (double)day / 4);
	pacer_start(&p, START, START + day, &arrival, &size, 1);
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(pacer_take(&p, START + day, 1, &out), 1);
		assert_int_equal(out.intended, START + day / 4 * i);
	}
	assert_int_equal(pacer_take(&p, START + day, 1, &out), 0); /* of the next trial */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_constant_rate_is_exact),
		cmocka_unit_test(poisson_keeps_the_mean_and_its_gaps_are_exponential),
		cmocka_unit_test(poisson_is_decided_by_its_seed),
		cmocka_unit_test(poisson_packets_leave_one_after_the_other_and_keep_their_times),
		cmocka_unit_test(a_burst_fills_the_wire_and_the_mean_holds),
		cmocka_unit_test(a_full_wire_carries_bits_not_frames),
		cmocka_unit_test(after_a_gap_it_catches_up_no_faster_than_the_wire),
		cmocka_unit_test(recorded_gaps_come_back_with_the_mean_between_passes),
		cmocka_unit_test(without_arrivals_the_wire_alone_paces),
		cmocka_unit_test(late_packets_are_those_past_their_time),
		cmocka_unit_test(time_does_not_run_out),
	};
	if (arrival_init(&arrival) != 0)
		return 1;
	int failed = cmocka_run_group_tests_name("pacer", tests, NULL, NULL);
	arrival_free(&arrival);
	return failed;
}
