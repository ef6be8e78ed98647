/* The 5-tuple of a packet and its hash, for IPv4 and IPv6 alike. Freestanding; never reads past `length`. */
#ifndef NETVM_ABI_FLOW_H
#define NETVM_ABI_FLOW_H

#include "headers.h"

/* In host byte order. An IPv4 address is the low word's low half. */
struct netvm_address {
	uint64_t high;
	uint64_t low;
};

struct netvm_flow {
	struct netvm_address src;
	struct netvm_address dst;
	union {
		struct {
			uint16_t src_port; /* 0 where the packet has no ports */
			uint16_t dst_port;
			uint8_t protocol;
			uint8_t version; /* 4 or 6 */
			uint16_t zero;
		};
		uint64_t rest; /* written and compared as one word: bytes stored one by one cannot be loaded as a word without a stall */
	};
};
_Static_assert(sizeof(struct netvm_flow) == 40, "compared word by word: no padding");

static inline uint64_t netvm_flow_rest(uint32_t ports, uint8_t protocol, uint8_t version)
{
	return (ports >> 16 | (uint64_t)(ports & 0xffff) << 16) | (uint64_t)protocol << 32 | (uint64_t)version << 40;
}

static inline struct netvm_address netvm_ipv6_address(const uint8_t *p)
{
	return (struct netvm_address){netvm_be64(p), netvm_be64(p + 8)};
}

/* The 5-tuple of a packet whose headers were read. Later fragments have no ports. */
static inline void netvm_flow_of(const uint8_t *frame, const struct netvm_headers *h, struct netvm_flow *flow)
{
	const uint8_t *ip = frame + h->l3;
	int ports = h->l4 != 0 && (h->protocol == NETVM_TCP || h->protocol == NETVM_UDP);
	int v4 = h->version == 4;
	flow->src = v4 ? (struct netvm_address){0, netvm_be32(ip + 12)} : netvm_ipv6_address(ip + 8);
	flow->dst = v4 ? (struct netvm_address){0, netvm_be32(ip + 16)} : netvm_ipv6_address(ip + 24);
	flow->rest = netvm_flow_rest(ports ? netvm_be32(frame + h->l4) : 0, h->protocol, h->version);
}

static __attribute__((noinline, unused)) int netvm_flow_read_any(const uint8_t *frame, uint32_t length, struct netvm_flow *flow)
{
	struct netvm_headers h;
	if (netvm_headers_read(frame, length, &h) == 0)
		return 0;
	netvm_flow_of(frame, &h, flow);
	return h.version;
}

/* TCP or UDP in IPv4 without tags, options or fragments, long enough for its ports: what most packets are. */
static inline int netvm_is_plain_ipv4(const uint8_t *frame, uint32_t length)
{
	if (length < NETVM_ETH_BYTES + NETVM_IPV4_MIN_BYTES + 8)
		return 0;
	uint32_t total = netvm_be16(frame + 16);
	int tcp = frame[23] == NETVM_TCP;
	return (netvm_be32(frame + 12) >> 8 == 0x080045) & ((netvm_be16(frame + 20) & 0x3fff) == 0) &
	       (tcp | (frame[23] == NETVM_UDP)) & (total >= (tcp ? 40u : 28u)) & (NETVM_ETH_BYTES + total <= length);
}

/* Reads the 5-tuple. Returns the IP version, or 0 where there is none. */
static inline int netvm_flow_read(const uint8_t *frame, uint32_t length, struct netvm_flow *flow)
{
	if (__builtin_expect(!netvm_is_plain_ipv4(frame, length), 0))
		return netvm_flow_read_any(frame, length, flow);
	flow->src = (struct netvm_address){0, netvm_be32(frame + 26)};
	flow->dst = (struct netvm_address){0, netvm_be32(frame + 30)};
	flow->rest = netvm_flow_rest(netvm_be32(frame + 34), frame[23], 4);
	return 4;
}

static inline int netvm_address_equal(const struct netvm_address *a, const struct netvm_address *b)
{
	return ((a->high ^ b->high) | (a->low ^ b->low)) == 0;
}

static inline int netvm_flow_equal(const struct netvm_flow *a, const struct netvm_flow *b)
{
	return ((a->src.high ^ b->src.high) | (a->src.low ^ b->src.low) | (a->dst.high ^ b->dst.high) |
		(a->dst.low ^ b->dst.low) | (a->rest ^ b->rest)) == 0;
}

/*
 * Multiplications that fold all bits of the tuple into the low bits, which tables index by. Never 0: that says that nobody has looked.
 * It spreads honest traffic; it is no defence against somebody who chooses tuples that collide, so tables bound their probes.
 */
static inline uint32_t netvm_flow_hash(const struct netvm_flow *f)
{
	uint64_t a = (f->src.low << 32 ^ f->dst.low) * 0x9e3779b97f4a7c15ull;
	if (f->version == 6)
		a ^= ((f->src.high ^ (a >> 29)) * 0xff51afd7ed558ccdull ^ f->dst.high ^ f->src.low >> 32) * 0xc4ceb9fe1a85ec53ull;
	uint64_t b = (f->rest + (a ^ a >> 32)) * 0xc2b2ae3d27d4eb4full;
	return (uint32_t)(b >> 32) | 1u << 31;
}

#endif
