/* 5-tuple rules, the first match decides: the firewall's classifier without its cache of verdicts, and rte_acl in the widest vectors that there are. */
#include <rte_acl.h>
#include <rte_byteorder.h>
#include <stddef.h>
#include <stdio.h>

#include "lookup.h"
#include "rules.h"

_Static_assert(LOOKUP_RULES <= BENCH_RULES, "they are the same");

/* A key as rte_acl reads it: one byte first, then groups of four, in network order. */
struct acl_key {
	uint8_t protocol, padding[3];
	uint32_t src, dst;
	uint16_t src_port, dst_port;
};

enum { PROTOCOL, SRC, DST, SRC_PORT, DST_PORT, ACL_FIELDS };
RTE_ACL_RULE_DEF(acl_rule, ACL_FIELDS);

static struct netvm_flow flows[LOOKUP_KEYS];
static struct acl_key acl_keys[LOOKUP_KEYS];
static const uint8_t *acl_key_at[LOOKUP_KEYS];
static struct classifier ours;
static struct rte_acl_ctx *acl;
static int of_ours[LOOKUP_BURST];
static uint32_t of_acl[LOOKUP_BURST];

static void find_ours(uint32_t first)
{
	for (uint32_t i = 0; i < LOOKUP_BURST; i++)
		of_ours[i] = classify_find(&ours, &flows[first + i]);
}

static void find_acl(uint32_t first)
{
	rte_acl_classify(acl, acl_key_at + first, of_acl, LOOKUP_BURST, 1);
}

static uint32_t value_of_ours(uint32_t i)
{
	return (uint32_t)(of_ours[i] + 1);
}

static uint32_t value_of_acl(uint32_t i)
{
	return of_acl[i];
}

/* Half of the keys are in one of the rules, half are any of the addresses that they are about. */
static void draw(const struct match_rule *rules, uint32_t n)
{
	uint64_t state = 88172645463325252ull;
	for (uint32_t i = 0; i < LOOKUP_KEYS; i++) {
		uint32_t a = lookup_random(&state), b = lookup_random(&state);
		const struct match_rule *r = &rules[lookup_random(&state) % n];
		int in = i % 2;
		uint32_t rest = in ? (uint32_t)(0xffffffffull >> r->src.length) : 0xffffff;
		struct netvm_flow f = {.src.low = (in ? r->src.address.low : 0xc6000000u) | (a & rest), .dst.low = in ? r->dst.address.low : 0xc6130000u | (b & 0xff)};
		f.rest = netvm_flow_rest(1024u << 16 | (in ? r->dst_port_high : b >> 16), in ? r->protocol : NETVM_UDP, 4);
		flows[i] = f;
		acl_keys[i] = (struct acl_key){
			.protocol = f.protocol,
			.src = rte_cpu_to_be_32((uint32_t)f.src.low),
			.dst = rte_cpu_to_be_32((uint32_t)f.dst.low),
			.src_port = rte_cpu_to_be_16(f.src_port),
			.dst_port = rte_cpu_to_be_16(f.dst_port),
		};
		acl_key_at[i] = (const uint8_t *)&acl_keys[i];
	}
}

static struct acl_rule acl_rule_of(const struct match_rule *r, uint32_t i, uint32_t n)
{
	struct acl_rule rule = {.data = {.category_mask = 1, .priority = (int32_t)(n - i), .userdata = i + 1}};
	rule.field[PROTOCOL].value.u8 = r->protocol;
	rule.field[PROTOCOL].mask_range.u8 = r->protocol ? 0xff : 0;
	rule.field[SRC].value.u32 = (uint32_t)r->src.address.low;
	rule.field[SRC].mask_range.u32 = r->src.length;
	rule.field[DST].value.u32 = (uint32_t)r->dst.address.low;
	rule.field[DST].mask_range.u32 = r->dst.length;
	rule.field[SRC_PORT].value.u16 = r->src_port_low;
	rule.field[SRC_PORT].mask_range.u16 = r->src_port_high;
	rule.field[DST_PORT].value.u16 = r->dst_port_low;
	rule.field[DST_PORT].mask_range.u16 = r->dst_port_high;
	return rule;
}

static int build_acl(const struct match_rule *rules, uint32_t n)
{
	const struct rte_acl_param param = {
		.name = "acl", .socket_id = SOCKET_ID_ANY, .rule_size = RTE_ACL_RULE_SZ(ACL_FIELDS), .max_rule_num = LOOKUP_RULES};
	const struct rte_acl_config config = {
		.num_categories = 1,
		.num_fields = ACL_FIELDS,
		.defs = {{RTE_ACL_FIELD_TYPE_BITMASK, 1, PROTOCOL, 0, offsetof(struct acl_key, protocol)},
			 {RTE_ACL_FIELD_TYPE_MASK, 4, SRC, 1, offsetof(struct acl_key, src)},
			 {RTE_ACL_FIELD_TYPE_MASK, 4, DST, 2, offsetof(struct acl_key, dst)},
			 {RTE_ACL_FIELD_TYPE_RANGE, 2, SRC_PORT, 3, offsetof(struct acl_key, src_port)},
			 {RTE_ACL_FIELD_TYPE_RANGE, 2, DST_PORT, 3, offsetof(struct acl_key, dst_port)}},
	};
	acl = rte_acl_create(&param);
	for (uint32_t i = 0; acl && i < n; i++) {
		struct acl_rule rule = acl_rule_of(&rules[i], i, n);
		if (rte_acl_add_rules(acl, (const struct rte_acl_rule *)&rule, 1) != 0)
			return -1;
	}
	return acl ? rte_acl_build(acl, &config) : -1;
}

int lookup_rules_start(uint32_t n, char *error, uint32_t error_bytes)
{
	draw(bench_rules(), n);
	if (classify_build(&ours, bench_rules(), n, error, error_bytes) != 0)
		return -1;
	if (build_acl(bench_rules(), n) == 0)
		return 0;
	snprintf(error, error_bytes, "rte_acl cannot be built of %u rules: is there memory for it?", n);
	return -1;
}

const struct lookup lookup_rules[] = {
	{"rules, firewall's classifier", find_ours, value_of_ours},
	{"rules, rte_acl", find_acl, value_of_acl},
	{0},
};
