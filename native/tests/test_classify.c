#include "check.h"

#include <stdlib.h>

#include "../nfs/firewall/classify.h"

static uint64_t seed = 88172645463325252ull;

static uint32_t chance(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % n;
}

static int holds(const struct nf_prefix *p, const struct netvm_address *a)
{
	uint32_t bits = p->version == 0 ? 0 : p->version == 4 ? p->length + 96u : p->length;
	unsigned __int128 mask = bits == 0 ? 0 : ~(unsigned __int128)0 << (128 - bits);
	unsigned __int128 x = (unsigned __int128)a->high << 64 | a->low, y = (unsigned __int128)p->address.high << 64 | p->address.low;
	return (x & mask) == y;
}

/* What the classifier must say: the rules walked one by one. */
static int first_match(const struct firewall_rule *rules, uint32_t n, const struct netvm_flow *f)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct nf_match *r = &rules[i].match;
		if ((r->version == 0 || r->version == f->version) && holds(&r->src, &f->src) && holds(&r->dst, &f->dst) &&
		    (r->protocol == 0 || r->protocol == f->protocol) && f->src_port >= r->src_port_low &&
		    f->src_port <= r->src_port_high && f->dst_port >= r->dst_port_low && f->dst_port <= r->dst_port_high)
			return (int)i;
	}
	return -1;
}

/* Few different bits, so that rules and flows meet. */
static struct netvm_address near_address(uint8_t version)
{
	struct netvm_address a = {version == 6 ? 0x20010db800000000ull | chance(4) : 0, 0};
	a.low = 0x0a000000u | (chance(4) << 16) | chance(8) << 8 | chance(16);
	return a;
}

static struct nf_prefix near_prefix(uint8_t version)
{
	struct nf_prefix p = {.address = near_address(version), .version = version};
	if (version == 0)
		return (struct nf_prefix){0};
	p.length = (uint8_t)(version == 4 ? chance(33) : 56 + chance(73));
	uint32_t bits = version == 4 ? p.length + 96u : p.length;
	p.address.high &= bits >= 64 ? ~0ull : ~0ull << (64 - bits);
	p.address.low &= bits <= 64 ? 0 : ~0ull << (128 - bits);
	return p;
}

static void finds_what_a_walk_finds(uint32_t n, uint32_t flows)
{
	static const uint8_t protocols[] = {0, 1, 6, 17};
	struct firewall_rule *rules = calloc(n + 1, sizeof *rules);
	struct classifier c = {0};
	char error[256];
	uint32_t matched = 0;
	assert_non_null(rules);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t version = (uint8_t)(4 + 2 * chance(2));
		uint16_t low = (uint16_t)chance(100), other = (uint16_t)chance(100);
		rules[i].allow = (uint8_t)chance(2);
		rules[i].match = (struct nf_match){
			.src = near_prefix(chance(4) ? version : 0), .dst = near_prefix(chance(4) ? version : 0),
			.src_port_low = low, .src_port_high = (uint16_t)(chance(2) ? 65535 : low + chance(50)),
			.dst_port_low = other, .dst_port_high = (uint16_t)(chance(2) ? 65535 : other),
			.protocol = protocols[chance(4)],
		};
		rules[i].match.version = rules[i].match.src.version ? rules[i].match.src.version : rules[i].match.dst.version;
	}
	assert_int_equal(classify_build(&c, rules, n, error, sizeof error), 0);
	for (uint32_t i = 0; i < flows; i++) {
		uint8_t version = (uint8_t)(4 + 2 * chance(2));
		struct netvm_flow f = {.src = near_address(version), .dst = near_address(version), .src_port = (uint16_t)chance(150),
				       .dst_port = (uint16_t)chance(110), .protocol = protocols[1 + chance(3)], .version = version};
		int expected = first_match(rules, n, &f);
		assert_int_equal(classify_find(&c, &f), expected);
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
	static struct firewall_rule rules[FIREWALL_MAX_RULES];
	struct classifier c = {0};
	char error[256];
	for (uint32_t i = 0; i < FIREWALL_MAX_RULES; i++)
		rules[i] = (struct firewall_rule){.match = {.src = {{0, 0x0a000000 + 2 * i}, 32, 4}, .src_port_high = 65535,
							    .dst_port_high = 65535, .version = 4}, .allow = 1};
	assert_int_equal(classify_build(&c, rules, FIREWALL_MAX_RULES, error, sizeof error), 0);
	for (uint32_t i = 0; i < FIREWALL_MAX_RULES; i += 37) {
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
