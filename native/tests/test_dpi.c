#include "nf_check.h"

static const char patterns[] = "drop (?i)attack[0-9]\ncount ^GET\\s/\n";

static uint8_t carry(struct crafted c, const char *text)
{
	uint8_t frame[CRAFT_BYTES];
	c.payload = text;
	c.payload_bytes = (uint32_t)strlen(text);
	struct netvm_packet p = craft_packet(frame, &c);
	return run(&p);
}

static void drops_what_it_is_told_to(void **state)
{
	(void)state;
	start_with("--patterns @", patterns);
	static const struct crafted over[] = {
		{0}, {.protocol = NETVM_TCP}, {.version = 6}, {.version = 6, .protocol = NETVM_TCP, .extensions = 2}, {.vlans = 2}, {.fragment = 1},
	};
	for (size_t i = 0; i < sizeof over / sizeof over[0]; i++) {
		assert_int_equal(carry(over[i], "harmless attack of the clones"), NETVM_ACTION_NEXT);
		assert_int_equal(carry(over[i], "an ATTACK7 in the middle"), NETVM_ACTION_DROP);
		assert_int_equal(carry(over[i], "GET / HTTP/1.1"), NETVM_ACTION_NEXT);
		assert_int_equal(carry(over[i], ""), NETVM_ACTION_NEXT);
	}
}

/* What lies behind the IP packet's end is padding, and not what the packet carries. */
static void padding_is_not_looked_at(void **state)
{
	(void)state;
	uint8_t frame[CRAFT_BYTES];
	const struct crafted c = {0};
	start_with("--patterns @", patterns);
	struct netvm_packet p = craft_packet(frame, &c);
	memcpy(frame + 44, "attack1", 7);
	assert_int_equal(run(&p), NETVM_ACTION_NEXT);
}

static void bad_patterns_are_refused(void **state)
{
	(void)state;
	refused_with("--patterns @", "drop a\npass b\n", ":2: expected two words: drop|count REGEX");
	refused_with("--patterns @", "drop a(\n", "a(: expected a regular expression that Hyperscan knows");
	refused_with("--patterns @", "", "expected at least one pattern");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_it_took),
		cmocka_unit_test(drops_what_it_is_told_to),
		cmocka_unit_test(padding_is_not_looked_at),
		cmocka_unit_test(bad_patterns_are_refused),
		cmocka_unit_test(passes_ordinary_traffic),
		cmocka_unit_test(survives_malformed_packets),
	};
	return cmocka_run_group_tests_name("dpi", tests, NULL, NULL);
}
