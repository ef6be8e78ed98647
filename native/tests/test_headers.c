#include "check.h"

#include <stddef.h>
#include <stdlib.h>

#include "corpus.h"

static void finds_each_layer(void **state)
{
	(void)state;
	static const struct {
		struct crafted c;
		struct netvm_headers h;
	} cases[] = {
		{{.protocol = NETVM_TCP}, {.l3 = 14, .l4 = 34, .end = 54, .version = 4, .protocol = 6}},
		{{.options = 2}, {.l3 = 14, .l4 = 42, .end = 50, .version = 4, .protocol = 17}},
		{{.vlans = 1}, {.l3 = 18, .l4 = 38, .end = 46, .version = 4, .protocol = 17, .vlan = 100}},
		{{.vlans = 2}, {.l3 = 22, .l4 = 42, .end = 50, .version = 4, .protocol = 17, .vlan = 100}},
		{{.version = 6}, {.l3 = 14, .l4 = 54, .end = 62, .version = 6, .protocol = 17}},
		{{.version = 6, .extensions = 8}, {.l3 = 14, .l4 = 118, .end = 126, .version = 6, .protocol = 17}},
		{{.fragment = 0x2000}, {.l3 = 14, .l4 = 34, .end = 42, .version = 4, .protocol = 17, .fragment = 1}},
		{{.fragment = 0x0001}, {.l3 = 14, .l4 = 0, .end = 42, .version = 4, .protocol = 17, .fragment = 1}},
		{{.version = 6, .fragment = 1}, {.l3 = 14, .l4 = 62, .end = 70, .version = 6, .protocol = 17, .fragment = 1}},
		{{.version = 6, .fragment = 8}, {.l3 = 14, .l4 = 0, .end = 70, .version = 6, .protocol = 17, .fragment = 1}},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t frame[CRAFT_BYTES];
		struct netvm_headers h, expected = cases[i].h;
		expected.ethertype = expected.version == 4 ? 0x0800 : 0x86dd;
		assert_int_equal(netvm_headers_read(frame, craft(frame, &cases[i].c), &h), expected.version);
		assert_memory_equal(&h, &expected, offsetof(struct netvm_headers, fragment) + 1); /* a byte of padding follows */
	}
}

static void refuses_what_is_not_well_formed(void **state)
{
	(void)state;
	uint8_t frame[CRAFT_BYTES];
	struct netvm_headers h;
	const struct crafted v4 = {0}, long_chain = {.version = 6, .extensions = 9}, three_tags = {.vlans = 3};
	assert_int_equal(netvm_headers_read(frame, craft(frame, &long_chain), &h), 0);
	assert_int_equal(netvm_headers_read(frame, craft(frame, &three_tags), &h), 0);
	static const struct {
		uint32_t at;
		uint8_t value;
	} changes[] = {{12, 0x09}, {14, 0x44}, {14, 0x65}, {16, 0x10}, {17, 19}};
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		uint32_t length = craft(frame, &v4);
		frame[changes[i].at] = changes[i].value;
		assert_int_equal(netvm_headers_read(frame, length, &h), 0);
	}
}

/* The short way for plain packets and the long way must say the same of every packet. */
static void both_ways_to_a_flow_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < CORPUS; i++) {
		uint8_t frame[CRAFT_BYTES];
		uint32_t whole = craft(frame, &corpus[i]);
		for (uint32_t length = 0; length <= whole; length++) {
			uint8_t *copy = malloc(length + 1);
			memcpy(copy, frame, length);
			copy = realloc(copy, length ? length : 1);
			struct netvm_flow a = {0}, b = {0};
			int short_way = netvm_flow_read(copy, length, &a);
			assert_int_equal(short_way, netvm_flow_read_any(copy, length, &b));
			if (short_way)
				assert_memory_equal(&a, &b, sizeof a);
			free(copy);
		}
	}
}

static void a_flow_has_its_addresses_and_ports(void **state)
{
	(void)state;
	uint8_t frame[CRAFT_BYTES];
	struct netvm_flow f;
	const struct crafted v4 = {.protocol = NETVM_TCP, .src = 0x0a000001, .dst = 0x0a000002, .src_port = 0x1234, .dst_port = 80};
	assert_int_equal(netvm_flow_read(frame, craft(frame, &v4), &f), 4);
	assert_true(f.src.high == 0 && f.src.low == 0x0a000001 && f.dst.low == 0x0a000002);
	assert_true(f.src_port == 0x1234 && f.dst_port == 80 && f.protocol == 6 && f.version == 4 && f.zero == 0);
	const struct crafted v6 = {.version = 6, .vlans = 1, .src = 1, .dst = 2, .src_port = 0x1234, .dst_port = 80};
	assert_int_equal(netvm_flow_read(frame, craft(frame, &v6), &f), 6);
	assert_true(f.src.high == 0x20010db800000000ull && f.src.low == 1 && f.dst.low == 2);
	assert_true(f.src_port == 0x1234 && f.dst_port == 80 && f.protocol == 17 && f.version == 6);
	assert_true(netvm_flow_hash(&f) != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_each_layer),
		cmocka_unit_test(refuses_what_is_not_well_formed),
		cmocka_unit_test(both_ways_to_a_flow_agree),
		cmocka_unit_test(a_flow_has_its_addresses_and_ports),
	};
	return cmocka_run_group_tests_name("headers", tests, NULL, NULL);
}
