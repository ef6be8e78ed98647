/* What the generator counts: sequence accounting, histogram index. */
#include "check.h"

#include <stdlib.h>

#include "../abi/telemetry.h"
#include "../gen/sequence.h"

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
		cmocka_unit_test(histogram_index_keeps_three_digits),
	};
	return cmocka_run_group_tests_name("generator", tests, NULL, NULL);
}
