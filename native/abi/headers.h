/*
 * Where the headers of a frame lie: Ethernet with up to two VLAN tags, IPv4 or IPv6 with a bounded number of extension
 * headers, and what follows. One parser for all NFs. Freestanding; never reads past `length`.
 */
#ifndef NETVM_ABI_HEADERS_H
#define NETVM_ABI_HEADERS_H

#include "bytes.h"

#define NETVM_ETH_BYTES 14u
#define NETVM_VLAN_BYTES 4u
#define NETVM_VLANS_MAX 2u /* 802.1ad: a service tag and a customer tag */
#define NETVM_IPV4_MIN_BYTES 20u
#define NETVM_IPV6_BYTES 40u
#define NETVM_IPV6_EXTENSIONS_MAX 8u

enum netvm_protocol {
	NETVM_ICMP = 1,
	NETVM_TCP = 6,
	NETVM_UDP = 17,
	NETVM_ICMPV6 = 58,
};

struct netvm_headers {
	uint16_t l3;        /* offset of the IP header; without IP, of what follows the tags */
	uint16_t l4;        /* offset of the transport header; 0: none, cut short, or a later fragment */
	uint16_t end;       /* where the IP packet ends; what follows in the frame is padding */
	uint16_t ethertype; /* of what the tags carry */
	uint16_t vlan;      /* identifier of the outermost tag; 0: none */
	uint8_t version;    /* 4 or 6; 0: no well-formed IP packet */
	uint8_t protocol;   /* behind all extension headers */
	uint8_t fragment;   /* not 0: a part of a datagram */
};

/* The least a transport header takes; ports of a header that was cut short are not believed (RFC 1858). */
static inline uint32_t netvm_l4_min_bytes(uint8_t protocol)
{
	return protocol == NETVM_TCP ? 20 : protocol == NETVM_UDP || protocol == NETVM_ICMP || protocol == NETVM_ICMPV6 ? 8 : 0;
}

/*
 * Version 4 where the IPv4 header at `l3` and its lengths are right (RFC 1812, section 5.2.2; the checksum is not looked
 * at), else 0.
 */
static inline int netvm_read_ipv4(const uint8_t *frame, uint32_t l3, uint32_t length, struct netvm_headers *h)
{
	if (l3 + NETVM_IPV4_MIN_BYTES > length || frame[l3] >> 4 != 4)
		return 0;
	uint32_t header = (frame[l3] & 0x0fu) * 4u, total = netvm_be16(frame + l3 + 2);
	if (header < NETVM_IPV4_MIN_BYTES || total < header || l3 + total > length)
		return 0;
	uint32_t fragment = netvm_be16(frame + l3 + 6) & 0x3fff; /* "more fragments" and the offset */
	uint32_t end = l3 + total, l4 = l3 + header;
	h->l3 = (uint16_t)l3;
	h->end = (uint16_t)end;
	h->version = 4;
	h->protocol = frame[l3 + 9];
	h->fragment = fragment != 0;
	h->l4 = (uint16_t)((fragment & 0x1fff) == 0 && l4 + netvm_l4_min_bytes(h->protocol) <= end ? l4 : 0);
	return 4;
}

/* Version 6, or 0: not IPv6, cut short, or more extension headers than anything honest has. */
static inline int netvm_read_ipv6(const uint8_t *frame, uint32_t l3, uint32_t length, struct netvm_headers *h)
{
	if (l3 + NETVM_IPV6_BYTES > length || frame[l3] >> 4 != 6)
		return 0;
	uint32_t end = l3 + NETVM_IPV6_BYTES + netvm_be16(frame + l3 + 4);
	if (end > length)
		return 0;
	uint8_t next = frame[l3 + 6];
	uint32_t at = l3 + NETVM_IPV6_BYTES;
	h->fragment = 0;
	for (uint32_t i = 0; i <= NETVM_IPV6_EXTENSIONS_MAX; i++) {
		/* Hop-by-hop, destination and routing options, fragment, authentication; ESP hides what follows. */
		if (next != 0 && next != 43 && next != 44 && next != 51 && next != 60) {
			h->l3 = (uint16_t)l3;
			h->end = (uint16_t)end;
			h->version = 6;
			h->protocol = next;
			h->l4 = (uint16_t)(at + netvm_l4_min_bytes(next) <= end ? at : 0);
			return 6;
		}
		if (at + 8 > end)
			return 0;
		uint32_t bytes = next == 44 ? 8 : next == 51 ? (frame[at + 1] + 2u) * 4u : (frame[at + 1] + 1u) * 8u;
		if (next == 44 && (netvm_be16(frame + at + 2) & 0xfff9) != 0)
			h->fragment = 1;
		if (next == 44 && (netvm_be16(frame + at + 2) & 0xfff8) != 0) {
			h->l3 = (uint16_t)l3;
			h->end = (uint16_t)end;
			h->version = 6;
			h->protocol = frame[at];
			h->l4 = 0;
			return 6;
		}
		next = frame[at];
		at += bytes;
		if (at > end)
			return 0;
	}
	return 0;
}

/* Tags, IPv6, options: all that is not plain IPv4. Out of line, so that the usual way stays short. */
static __attribute__((noinline, unused)) int netvm_headers_read_any(const uint8_t *frame, uint32_t length, struct netvm_headers *h)
{
	*h = (struct netvm_headers){0};
	if (length < NETVM_ETH_BYTES || length > UINT16_MAX)
		return 0;
	uint32_t at = NETVM_ETH_BYTES;
	uint16_t type = netvm_be16(frame + 12);
	for (uint32_t tags = 0; tags < NETVM_VLANS_MAX && (type == 0x8100 || type == 0x88a8); tags++) {
		if (at + NETVM_VLAN_BYTES > length)
			return 0;
		h->vlan = tags == 0 ? netvm_be16(frame + at) & 0x0fff : h->vlan;
		type = netvm_be16(frame + at + 2);
		at += NETVM_VLAN_BYTES;
	}
	h->l3 = (uint16_t)at;
	h->ethertype = type;
	if (type == 0x0800)
		return netvm_read_ipv4(frame, at, length, h);
	return type == 0x86dd ? netvm_read_ipv6(frame, at, length, h) : 0;
}

/* Reads the headers of a frame. Returns the IP version, or 0 where there is no well-formed IP packet. */
static inline int netvm_headers_read(const uint8_t *frame, uint32_t length, struct netvm_headers *h)
{
	if (__builtin_expect(length < NETVM_ETH_BYTES + NETVM_IPV4_MIN_BYTES || netvm_be16(frame + 12) != 0x0800, 0))
		return netvm_headers_read_any(frame, length, h);
	h->l3 = NETVM_ETH_BYTES;
	h->l4 = 0;
	h->ethertype = 0x0800;
	h->vlan = 0;
	h->version = 0;
	return netvm_read_ipv4(frame, NETVM_ETH_BYTES, length, h);
}

#endif
