#include "check.h"

#include <stdlib.h>

#include "linear_rules.h"

/* As many as any owner of rules takes. */
#define RULES_MAX 16384u

static void finds_what_a_walk_finds(uint32_t n, uint32_t flows)
{
	struct match_rule *rules = calloc(n + 1, sizeof *rules);
	struct classifier c = {0};
	char error[256];
	uint32_t matched = 0;
	assert_non_null(rules);
	for (uint32_t i = 0; i < n; i++)
		rules[i] = near_rule((uint16_t)chance(65536));
	assert_int_equal(classify_build(&c, rules, n, error, sizeof error), 0);
	for (uint32_t i = 0; i < flows; i++) {
		struct netvm_flow f = near_flow();
		int expected = first_match(rules, n, &f);
		assert_int_equal(classify_find(&c, &f), expected);
		assert_int_equal(classify_verdict(&c, &f), expected < 0 ? -1 : rules[expected].verdict);
		matched += expected >= 0;
	}
	assert_true(n < 100 || (matched > flows / 10 && matched < flows));
	classify_give_back(&c);
	free(rules);
}

static void few_rules(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 70; n++)
		finds_what_a_walk_finds(n, 500);
}

static void many_rules(void **state)
{
	(void)state;
	finds_what_a_walk_finds(300, 5000);
	finds_what_a_walk_finds(5000, 2000);
}

static void as_many_as_there_may_be(void **state)
{
	(void)state;
	static struct match_rule rules[RULES_MAX];
	struct classifier c = {0};
	char error[256];
	for (uint32_t i = 0; i < RULES_MAX; i++)
		rules[i] = (struct match_rule){.src = {{0, 0x0a000000 + 2 * i}, 32, 4}, .src_port_high = 65535,
						  .dst_port_high = 65535, .verdict = 1};
	assert_int_equal(classify_build(&c, rules, RULES_MAX, error, sizeof error), 0);
	for (uint32_t i = 0; i < RULES_MAX; i += 37) {
		struct netvm_flow f = {.src.low = 0x0a000000 + 2 * i, .protocol = 17, .version = 4};
		assert_int_equal(classify_find(&c, &f), i);
		f.src.low++;
		assert_int_equal(classify_find(&c, &f), -1);
	}
	classify_give_back(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(few_rules), cmocka_unit_test(many_rules),
					   cmocka_unit_test(as_many_as_there_may_be)};
	return cmocka_run_group_tests_name("classify", tests, NULL, NULL);
}
