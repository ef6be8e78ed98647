/* Crafted packets of every shape, with right checksums, and a check of them from scratch. */
#ifndef NETVM_TESTS_CRAFT_H
#define NETVM_TESTS_CRAFT_H

#include <string.h>

#include "../abi/checksum.h"
#include "../abi/flow.h"
#include "../abi/nf.h"
#include "../abi/region.h"

#define CRAFT_BYTES 512u

struct crafted {
	uint8_t version;  /* 4 (also where left out) or 6: then addresses are 2001:db8::<address> */
	uint8_t protocol; /* UDP where left out */
	uint8_t tcp_flags, icmp_type, ttl;
	uint8_t vlans, extensions; /* so many tags (100, 200), so many IPv6 destination options */
	uint8_t no_udp_checksum, options; /* options: so many 4-byte words in IPv4's header */
	uint16_t fragment;        /* the IPv4 field, or IPv6's fragment offset field */
	uint32_t src, dst;        /* 198.18.0.0 and 198.19.0.1 where left out */
	uint16_t src_port, dst_port; /* ICMP: src_port is the identifier */
	uint32_t seq, ack;           /* TCP */
	uint16_t window, mss;        /* TCP; mss: its option, none where left out */
	const void *payload;
	uint32_t payload_bytes;
};

static inline uint8_t *craft_put_address(uint8_t *at, uint8_t version, uint32_t address)
{
	static const uint8_t network[12] = {0x20, 0x01, 0x0d, 0xb8};
	if (version == 6) {
		memcpy(at, network, 12);
		at += 12;
	}
	netvm_put32(at, address);
	return at + 4;
}

/* The transport checksum from scratch: over pseudo-header (not ICMP of IPv4) and all that follows; 0xffff where it is right. */
static inline uint16_t craft_l4_sum(const uint8_t *frame, const struct netvm_headers *h)
{
	const uint8_t *ip = frame + h->l3;
	uint64_t sum = 0;
	if (h->version == 6)
		sum = netvm_sum(h->protocol + (uint32_t)(h->end - h->l4), ip + 8, 32);
	else if (h->protocol != NETVM_ICMP)
		sum = netvm_sum(h->protocol + (uint32_t)(h->end - h->l4), ip + 12, 8);
	return netvm_fold(netvm_sum(sum, frame + h->l4, (uint32_t)(h->end - h->l4)));
}

static inline uint32_t craft_checksum_offset(uint8_t protocol)
{
	return protocol == NETVM_TCP ? 16 : protocol == NETVM_UDP ? 6 : 2;
}

/* 1 where every checksum of the packet is right. UDP over IPv4 may do without. */
static inline int craft_sums_right(const uint8_t *frame, uint32_t length)
{
	struct netvm_headers h;
	if (netvm_headers_read(frame, length, &h) == 0)
		return 0;
	uint32_t header = (frame[h.l3] & 0x0fu) * 4u;
	if (h.version == 4 && netvm_fold(netvm_sum(0, frame + h.l3, header)) != 0xffff)
		return 0;
	if (h.l4 == 0 || h.fragment || (h.version == 4 && h.protocol == NETVM_UDP && netvm_be16(frame + h.l4 + 6) == 0))
		return 1;
	return craft_l4_sum(frame, &h) == 0xffff;
}

static inline uint32_t craft_l4(uint8_t *l4, const struct crafted *c, uint8_t protocol)
{
	uint32_t header = protocol == NETVM_TCP ? (c->mss ? 24 : 20) : 8;
	if (protocol == NETVM_TCP || protocol == NETVM_UDP) {
		netvm_put16(l4, c->src_port);
		netvm_put16(l4 + 2, c->dst_port);
	}
	if (protocol == NETVM_TCP) {
		netvm_put32(l4 + 4, c->seq);
		netvm_put32(l4 + 8, c->ack);
		l4[12] = (uint8_t)(header << 2);
		l4[13] = c->tcp_flags;
		netvm_put16(l4 + 14, c->window);
		if (c->mss)
			netvm_put32(l4 + 20, 0x02040000u | c->mss);
	} else if (protocol == NETVM_UDP) {
		netvm_put16(l4 + 4, header + c->payload_bytes);
	} else {
		l4[0] = c->icmp_type;
		netvm_put16(l4 + 4, c->src_port);
	}
	if (c->payload_bytes)
		memcpy(l4 + header, c->payload, c->payload_bytes);
	return header + c->payload_bytes;
}

/* Writes the frame; returns its length, at least 60. */
static inline uint32_t craft(uint8_t frame[CRAFT_BYTES], const struct crafted *c)
{
	static const uint8_t macs[12] = {0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01};
	uint8_t version = c->version ? c->version : 4, protocol = c->protocol ? c->protocol : NETVM_UDP;
	memset(frame, 0, CRAFT_BYTES);
	memcpy(frame, macs, 12);
	uint8_t *at = frame + 12;
	for (uint32_t i = 0; i < c->vlans; i++, at += 4) {
		netvm_put16(at, i + 1 < c->vlans ? 0x88a8 : 0x8100);
		netvm_put16(at + 2, 100 * (i + 1));
	}
	netvm_put16(at, version == 4 ? 0x0800 : 0x86dd);
	uint8_t *ip = at + 2, *l4 = ip + (version == 4 ? 20 + 4 * c->options : 40), *next = ip + 6;
	uint32_t src = c->src ? c->src : 0xc6120000, dst = c->dst ? c->dst : 0xc6130001;
	craft_put_address(craft_put_address(ip + (version == 4 ? 12 : 8), version, src), version, dst);
	if (version == 6) {
		for (uint32_t i = 0; i < c->extensions; i++, l4 += 8) {
			*next = 60;
			next = l4;
			l4[2] = 1; /* PadN of 4 */
			l4[3] = 4;
		}
		if (c->fragment) {
			*next = 44;
			next = l4;
			netvm_put16(l4 + 2, c->fragment);
			l4 += 8;
		}
		*next = protocol;
	}
	uint32_t bytes = craft_l4(l4, c, protocol), length = (uint32_t)(l4 - frame) + bytes;
	if (version == 4) {
		ip[0] = (uint8_t)(0x45 + c->options);
		memset(ip + 20, 1, 4u * c->options); /* no-operations */
		netvm_put16(ip + 2, length - (uint32_t)(ip - frame));
		netvm_put16(ip + 6, c->fragment);
		ip[8] = c->ttl ? c->ttl : 64;
		ip[9] = protocol;
		netvm_put16(ip + 10, (uint16_t)~netvm_fold(netvm_sum(0, ip, (uint32_t)(l4 - ip))));
	} else {
		ip[0] = 0x60;
		netvm_put16(ip + 4, length - (uint32_t)(ip - frame) - 40);
		ip[7] = c->ttl ? c->ttl : 64;
	}
	struct netvm_headers h = {.l3 = (uint16_t)(ip - frame), .l4 = (uint16_t)(l4 - frame), .end = (uint16_t)length,
				  .version = version, .protocol = protocol};
	if (!(protocol == NETVM_UDP && c->no_udp_checksum))
		netvm_put16(l4 + craft_checksum_offset(protocol), (uint16_t)~craft_l4_sum(frame, &h));
	return length < 60 ? 60 : length;
}

/* The frame as a packet for an NF. */
static inline struct netvm_packet craft_packet(uint8_t frame[CRAFT_BYTES], const struct crafted *c)
{
	uint32_t length = craft(frame, c);
	return (struct netvm_packet){.data = frame, .length = (uint16_t)length};
}

#endif
