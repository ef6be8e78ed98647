/* The 5-tuple of a frame and its hash. Freestanding; never reads past `length`. */
#ifndef NETVM_ABI_FLOW_H
#define NETVM_ABI_FLOW_H

#include <stdint.h>

#define NETVM_ETH_BYTES 14u
#define NETVM_IPV4_MIN_BYTES 20u

struct netvm_flow {
	uint32_t src; /* host byte order, as all fields */
	uint32_t dst;
	uint16_t src_port; /* 0 where the packet has no ports */
	uint16_t dst_port;
	uint8_t protocol;
};

static inline uint16_t netvm_be16(const uint8_t *p)
{
	return (uint16_t)((uint16_t)p[0] << 8 | p[1]);
}

static inline uint32_t netvm_be32(const uint8_t *p)
{
	uint32_t v;
	__builtin_memcpy(&v, p, sizeof v);
	return __builtin_bswap32(v);
}

/* Offset of the IPv4 header, or 0 where the frame is not a well-formed IPv4 packet (IHL and length checked). */
static inline uint32_t netvm_ipv4_offset(const uint8_t *frame, uint32_t length)
{
	if (length < NETVM_ETH_BYTES + NETVM_IPV4_MIN_BYTES || netvm_be16(frame + 12) != 0x0800)
		return 0;
	uint32_t header = (frame[14] & 0x0fu) * 4u;
	if (frame[14] >> 4 != 4 || header < NETVM_IPV4_MIN_BYTES || NETVM_ETH_BYTES + header > length)
		return 0;
	return NETVM_ETH_BYTES;
}

/* Reads the 5-tuple. Returns 0 where there is none (not IPv4). Later fragments have no ports. */
static inline int netvm_flow_read(const uint8_t *frame, uint32_t length, struct netvm_flow *flow)
{
	uint32_t ip = netvm_ipv4_offset(frame, length);
	if (ip == 0)
		return 0;
	uint32_t l4 = ip + (frame[ip] & 0x0fu) * 4u;
	uint8_t protocol = frame[ip + 9];
	int first = (netvm_be16(frame + ip + 6) & 0x1fff) == 0;
	int ports = first && (protocol == 6 || protocol == 17) && l4 + 4 <= length;
	*flow = (struct netvm_flow){
		.src = netvm_be32(frame + ip + 12),
		.dst = netvm_be32(frame + ip + 16),
		.src_port = ports ? netvm_be16(frame + l4) : 0,
		.dst_port = ports ? netvm_be16(frame + l4 + 2) : 0,
		.protocol = protocol,
	};
	return 1;
}

static inline int netvm_flow_equal(const struct netvm_flow *a, const struct netvm_flow *b)
{
	return a->src == b->src && a->dst == b->dst && a->src_port == b->src_port && a->dst_port == b->dst_port &&
	       a->protocol == b->protocol;
}

/* Two multiplications (a Fibonacci-style mix): all bits of the tuple reach the low bits, which tables index by. */
static inline uint32_t netvm_flow_hash(const struct netvm_flow *f)
{
	uint64_t a = ((uint64_t)f->src << 32 | f->dst) * 0x9e3779b97f4a7c15ull;
	uint64_t b = ((uint64_t)f->src_port << 32 | (uint32_t)f->dst_port << 8 | f->protocol) + (a ^ a >> 32);
	b *= 0xc2b2ae3d27d4eb4full;
	return (uint32_t)(b >> 32);
}

#endif
