/* The generator's parts that need no port: sequence accounting, pacing, frames, histogram index. */
#include "check.h"

#include <stdlib.h>

#include "../abi/flow.h"
#include "../abi/telemetry.h"
#include "../gen/late.h"
#include "../gen/pacer.h"
#include "../gen/sequence.h"
#include "packet.h"

static void sequence_tells_loss_reordering_and_duplicates_apart(void **state)
{
	(void)state;
	struct sequence s;
	assert_int_equal(sequence_init(&s), 0);
	static const uint64_t arrived[] = {0, 1, 2, 5, 3, 3, 6, 6, 2, 9};
	uint64_t missed = 0;
	for (size_t i = 0; i < sizeof arrived / sizeof arrived[0]; i++)
		missed += sequence_received(&s, arrived[i]);
	assert_int_equal(missed, 4); /* 3, 4, 7, 8 when they were passed over */
	assert_int_equal(s.missing, 3);
	assert_int_equal(s.reordered, 1);
	assert_int_equal(s.duplicates, 3);
	sequence_reset(&s);
	assert_int_equal(sequence_received(&s, 3000000), 3000000); /* far beyond the window */
	assert_int_equal(sequence_received(&s, 1), 0);
	assert_int_equal(s.duplicates, 1); /* too late to be told from a duplicate */
	free(s.missing_at);
}

/* A loop that looks every 500 ns, and is away for 100 us in the middle. */
static void pacer_keeps_the_rate_and_never_exceeds_the_wire(void **state)
{
	(void)state;
	const double hz = 2.6e9, wire = 14880952.0;
	static const double loads[] = {1000, 1e6, 7e6, 14880952.0};
	for (size_t l = 0; l < sizeof loads / sizeof loads[0]; l++) {
		struct pacer p;
		uint64_t now = 12345, sent = 0, start = now;
		pacer_start(&p, now, loads[l], wire, hz);
		for (int step = 0; step < 200000; step++) {
			uint64_t before = sent;
			sent += pacer_due(&p, now, sent, 64);
			double seconds = (double)(now - start) / hz;
			assert_true((double)sent <= seconds * loads[l] + 1 + 1e-6 * (double)sent);
			assert_true((double)sent <= seconds * wire + PACER_WIRE_DEPTH + 1);
			assert_true(sent - before <= 64);
			now += step == 100000 ? 260000 : 1300;
		}
		double wanted = (double)(now - start) / hz * loads[l];
		double lost_to_the_gap = loads[l] >= wire ? 100e-6 * wire : 0; /* a full wire has no room to catch up */
		assert_true((double)sent >= wanted - lost_to_the_gap - 2 - loads[l] * 600e-9);
		assert_int_equal(pacer_intended(&p, 0, now), start);
	}
}

/* Half of the rate from the middle on: no packet is late or early for the change, whatever the clock had counted before. */
static void pacer_changes_its_rate_without_a_pause(void **state)
{
	(void)state;
	const double hz = 2.6e9, wire = 14880952.0;
	static const uint64_t starts[] = {10, 1ull << 60}; /* of a machine that was just switched on, too */
	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
		struct pacer p;
		uint64_t now = starts[i], sent = 0;
		pacer_start(&p, now, 4e6, wire, hz);
		for (int step = 0; step < 100000; step++, now += 1300)
			sent += pacer_due(&p, now, sent, 64);
		uint64_t before = sent, changed = now;
		pacer_change(&p, now, sent, 2e6, hz);
		assert_int_equal(pacer_intended(&p, sent, now), changed);
		assert_in_range(pacer_intended(&p, sent + 2000, now), changed + 2599999, changed + 2600001);
		for (int step = 0; step < 100000; step++, now += 1300)
			sent += pacer_due(&p, now, sent, 64);
		double seconds = (double)(now - changed) / hz;
		assert_true((double)(sent - before) <= seconds * 2e6 + 1);
		assert_true((double)(sent - before) >= seconds * 2e6 - 2);
	}
}

/* As counted one by one, for bursts before, around and after a bound. */
static void late_packets_are_those_past_their_time(void **state)
{
	(void)state;
	struct pacer p;
	pacer_start(&p, 5000, 1e6, 0, 1e9); /* a packet every 1000 ticks */
	for (uint64_t now = 5000; now < 300000; now += 333) {
		for (uint32_t n = 0; n <= 64; n += 16) {
			uint32_t late = 0;
			for (uint64_t i = 7; i < 7 + n; i++)
				late += now > 5000 + i * 1000 + 10000;
			assert_int_equal(late_packets(&p, 7, n, now, 10000), late);
		}
	}
	pacer_start(&p, 5000, 0, 0, 1e9); /* unpaced: no time was intended */
	assert_int_equal(late_packets(&p, 0, 64, 1000000, 10), 0);
}

static void without_pacing_all_is_due_at_once(void **state)
{
	(void)state;
	struct pacer p;
	pacer_start(&p, 1, 0, 0, 2.6e9);
	assert_int_equal(pacer_due(&p, 1, 1000000, 64), 64);
	assert_int_equal(pacer_intended(&p, 5, 77), 77);
}

static void flows_are_distinct_and_well_formed(void **state)
{
	(void)state;
	uint8_t frame[60];
	struct netvm_flow first, f;
	struct netvm_packet p = udp_packet(frame, 0);
	assert_int_equal(netvm_flow_read(p.data, p.length, &first), 4);
	assert_int_equal(first.protocol, 17);
	assert_int_equal(first.src.low, 0xc6120000);
	for (uint32_t i = 1; i < 1024; i++) {
		p = udp_packet(frame, i);
		assert_int_equal(ip_sum(frame), 0xffff);
		assert_int_equal(netvm_flow_read(p.data, p.length, &f), 4);
		assert_false(netvm_flow_equal(&first, &f));
	}
}

/* The histogram's promise: three significant digits, in order, and every index within the array. */
static void histogram_index_keeps_three_digits(void **state)
{
	(void)state;
	uint32_t last = 0;
	for (uint64_t value = 0; value <= NETVM_HDR_HIGHEST_NS; value += 1 + value / 997) {
		uint32_t index = netvm_hdr_index(value);
		assert_true(index >= last);
		assert_true(index < NETVM_HDR_LEN);
		uint64_t bigger = value + 1 + value / 500;
		assert_true(netvm_hdr_index(bigger) > index || bigger > NETVM_HDR_HIGHEST_NS);
		last = index;
	}
	assert_int_equal(netvm_hdr_index(0), 0);
	assert_int_equal(netvm_hdr_index(2047), 2047);
	assert_int_equal(netvm_hdr_index(2048), 2048);
	assert_int_equal(netvm_hdr_index(2049), 2048);
	assert_true(netvm_hdr_index(NETVM_HDR_HIGHEST_NS) < NETVM_HDR_LEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sequence_tells_loss_reordering_and_duplicates_apart),
		cmocka_unit_test(pacer_keeps_the_rate_and_never_exceeds_the_wire),
		cmocka_unit_test(pacer_changes_its_rate_without_a_pause),
		cmocka_unit_test(late_packets_are_those_past_their_time),
		cmocka_unit_test(without_pacing_all_is_due_at_once),
		cmocka_unit_test(flows_are_distinct_and_well_formed),
		cmocka_unit_test(histogram_index_keeps_three_digits),
	};
	return cmocka_run_group_tests_name("generator", tests, NULL, NULL);
}
