#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "../netvmd/flow_rules.h"
#include "linear_rules.h"

static void finds_the_chain_of_the_first_that_matches(void **state)
{
	(void)state;
	static struct match_rule rules[2000];
	char error[256];
	uint32_t matched = 0, flows = 5000;
	for (uint32_t i = 0; i < 2000; i++)
		rules[i] = near_rule((uint16_t)chance(16));
	for (uint32_t n = 0; n <= 2000; n = n * 3 + 1) {
		struct flow_rules *built = flow_rules_build(rules, n, error, sizeof error);
		assert_non_null(built);
		for (uint32_t i = 0; i < flows; i++) {
			struct netvm_flow f = near_flow();
			int first = first_match(rules, n, &f);
			assert_int_equal(flow_rules_find(built, &f), first < 0 ? -1 : rules[first].verdict);
			matched += first >= 0;
		}
		flow_rules_free(built);
	}
	assert_true(matched > flows / 10);
}

static void as_many_as_there_may_be_and_no_more(void **state)
{
	(void)state;
	static struct match_rule rules[FLOW_RULES_MAX + 1];
	char error[256];
	for (uint32_t i = 0; i <= FLOW_RULES_MAX; i++)
		rules[i] = (struct match_rule){.dst = {{0, 0x0a000000 + i}, 32, 4}, .src_port_high = 65535, .dst_port_high = 65535,
					       .verdict = (uint16_t)i};
	struct flow_rules *built = flow_rules_build(rules, FLOW_RULES_MAX, error, sizeof error);
	assert_non_null(built);
	for (uint32_t i = 0; i <= FLOW_RULES_MAX; i += FLOW_RULES_MAX / 100) {
		struct netvm_flow f = {.dst.low = 0x0a000000 + i, .protocol = 6, .version = 4};
		assert_int_equal(flow_rules_find(built, &f), i < FLOW_RULES_MAX ? (int)i : -1);
	}
	flow_rules_free(built);
	assert_null(flow_rules_build(rules, FLOW_RULES_MAX + 1, error, sizeof error));
	assert_string_equal(error, "rules: expected at most 10000, got 10001");
}

static void refused_with(const struct match_rule *wrong, const char *expected)
{
	struct match_rule rules[] = {{.src_port_high = 65535, .dst_port_high = 65535}, *wrong};
	char error[256] = "";
	assert_null(flow_rules_build(rules, 2, error, sizeof error));
	assert_string_equal(error, expected);
}

static void wrong_rules_are_refused_by_their_field(void **state)
{
	(void)state;
	struct match_prefix v4 = {{0, 0x0a000000}, 8, 4}, v6 = {{0x20010db800000000ull, 0}, 32, 6};
	refused_with(&(struct match_rule){.src = v4, .dst = v6}, "rules[1].dst: expected an IPv4 prefix as src is");
	refused_with(&(struct match_rule){.src = v6, .dst = v4}, "rules[1].dst: expected an IPv6 prefix as src is");
	refused_with(&(struct match_rule){.src_port_low = 2, .src_port_high = 1},
		     "rules[1].srcPort: expected a range whose end is not below its start");
	refused_with(&(struct match_rule){.dst_port_low = 2, .dst_port_high = 1},
		     "rules[1].dstPort: expected a range whose end is not below its start");
}

static void prefixes_are_read_from_text(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8x", "10.0.0",
					  "2001:db8::/129", "2001:db8::/99999999999999999999", "any", "10.0.0.0 /8",
					  "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd"};
	struct match_prefix p = {.length = 77};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(match_prefix_read(bad[i], &p), -1);
		assert_int_equal(p.length, 77);
	}
	assert_int_equal(match_prefix_read("10.1.2.3/8", &p), 0);
	assert_memory_equal(&p, &((struct match_prefix){{0, 0x0a000000}, 8, 4}), sizeof p.address + 2);
	assert_int_equal(match_prefix_read("10.1.2.3", &p), 0);
	assert_memory_equal(&p, &((struct match_prefix){{0, 0x0a010203}, 32, 4}), sizeof p.address + 2);
	assert_int_equal(match_prefix_read("2001:db8:ffff::1/33", &p), 0);
	assert_memory_equal(&p, &((struct match_prefix){{0x20010db880000000ull, 0}, 33, 6}), sizeof p.address + 2);
	assert_int_equal(match_prefix_read("::/0", &p), 0);
	assert_memory_equal(&p, &((struct match_prefix){{0, 0}, 0, 6}), sizeof p.address + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_chain_of_the_first_that_matches),
		cmocka_unit_test(as_many_as_there_may_be_and_no_more),
		cmocka_unit_test(wrong_rules_are_refused_by_their_field),
		cmocka_unit_test(prefixes_are_read_from_text),
	};
	return cmocka_run_group_tests_name("flow rules", tests, NULL, NULL);
}
