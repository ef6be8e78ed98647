/* What a program takes for a number, and what it must not. */
#include "check.h"

#include "../base/number.h"

static void a_number_within_its_bounds_is_read(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int value;
	} good[] = {{"1", 1}, {"16", 16}, {"08", 8}, {"+3", 3}};
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		int to = -7;
		assert_int_equal(read_number(good[i].text, 1, 16, &to), 0);
		assert_int_equal(to, good[i].value);
	}
}

/* 65537 once was one queue, and "two" core 0. */
static void anything_else_is_refused_and_changes_nothing(void **state)
{
	(void)state;
	static const char *const bad[] = {"", " ", "two", "2x", "2 ", "1,2", "0", "17", "-1", "65537", "4294967297", "99999999999999999999"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		int to = -7;
		assert_int_equal(read_number(bad[i], 1, 16, &to), -1);
		assert_int_equal(to, -7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_within_its_bounds_is_read),
		cmocka_unit_test(anything_else_is_refused_and_changes_nothing),
	};
	return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
