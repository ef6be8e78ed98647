/* Rules walked one by one: what a classifier must say. And rules and flows that meet, since few of their bits differ. */
#ifndef NETVM_TESTS_LINEAR_RULES_H
#define NETVM_TESTS_LINEAR_RULES_H

#include "../match/classify.h"

static uint64_t seed = 88172645463325252ull;

static uint32_t chance(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % n;
}

static int holds(const struct match_prefix *p, const struct netvm_flow *f, const struct netvm_address *a)
{
	if (p->version != 0 && p->version != f->version)
		return 0;
	uint32_t bits = p->version == 0 ? 0 : p->version == 4 ? p->length + 96u : p->length;
	unsigned __int128 mask = bits == 0 ? 0 : ~(unsigned __int128)0 << (128 - bits);
	unsigned __int128 x = (unsigned __int128)a->high << 64 | a->low, y = (unsigned __int128)p->address.high << 64 | p->address.low;
	return (x & mask) == y;
}

static int first_match(const struct match_rule *rules, uint32_t n, const struct netvm_flow *f)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct match_rule *r = &rules[i];
		if (holds(&r->src, f, &f->src) && holds(&r->dst, f, &f->dst) && (r->protocol == 0 || r->protocol == f->protocol) &&
		    f->src_port >= r->src_port_low && f->src_port <= r->src_port_high && f->dst_port >= r->dst_port_low &&
		    f->dst_port <= r->dst_port_high)
			return (int)i;
	}
	return -1;
}

static struct netvm_address near_address(uint8_t version)
{
	/* Some of version 6 are all zeros in front of what could be one of version 4. */
	struct netvm_address a = {version == 6 && chance(4) ? 0x20010db800000000ull | chance(4) : 0, 0};
	a.low = 0x0a000000u | (chance(4) << 16) | chance(8) << 8 | chance(16);
	return a;
}

static struct match_prefix near_prefix(uint8_t version)
{
	struct match_prefix p = {.address = near_address(version), .version = version};
	if (version == 0)
		return (struct match_prefix){0};
	p.length = (uint8_t)(version == 4 ? chance(33) : 56 + chance(73));
	uint32_t bits = version == 4 ? p.length + 96u : p.length;
	p.address.high &= bits >= 64 ? ~0ull : ~0ull << (64 - bits);
	p.address.low &= bits <= 64 ? 0 : ~0ull << (128 - bits);
	return p;
}

static struct match_rule near_rule(uint16_t verdict)
{
	static const uint8_t protocols[] = {0, 1, 6, 17};
	uint8_t version = (uint8_t)(4 + 2 * chance(2));
	uint16_t low = (uint16_t)chance(100), other = (uint16_t)chance(100);
	return (struct match_rule){
		.src = near_prefix(chance(4) ? version : 0), .dst = near_prefix(chance(4) ? version : 0),
		.src_port_low = low, .src_port_high = (uint16_t)(chance(2) ? 65535 : low + chance(50)),
		.dst_port_low = other, .dst_port_high = (uint16_t)(chance(2) ? 65535 : other),
		.protocol = protocols[chance(4)], .verdict = verdict,
	};
}

static struct netvm_flow near_flow(void)
{
	static const uint8_t protocols[] = {1, 6, 17};
	uint8_t version = (uint8_t)(4 + 2 * chance(2));
	return (struct netvm_flow){.src = near_address(version), .dst = near_address(version), .src_port = (uint16_t)chance(150),
				   .dst_port = (uint16_t)chance(110), .protocol = protocols[chance(3)], .version = version};
}

#endif
