/* The packet that an ICMP error quotes: the beginning of one, perhaps no more than 8 bytes behind its IP header. Never reads past `left`. */
#ifndef NETVM_NFS_QUOTED_H
#define NETVM_NFS_QUOTED_H

#include "../../abi/flow.h"

/* Errors about a packet: unreachable, time exceeded, parameter problem, and of IPv6 packet too big. */
static inline int nf_icmp_is_error(uint8_t version, uint8_t type)
{
	return version == 4 ? type == 3 || type == 11 || type == 12 : type >= 1 && type <= 4;
}

/* The offset of an IPv4 packet's transport header and its protocol; 0 where 8 bytes of it are not within `left`, or this is a later fragment. */
static inline uint32_t nf_quoted_ipv4(const uint8_t *ip, uint32_t left, uint8_t *protocol)
{
	if (left < NETVM_IPV4_MIN_BYTES || ip[0] >> 4 != 4)
		return 0;
	uint32_t header = (ip[0] & 0x0fu) * 4u;
	*protocol = ip[9];
	return header >= NETVM_IPV4_MIN_BYTES && header + 8 <= left && (netvm_be16(ip + 6) & 0x1fff) == 0 ? header : 0;
}

/* The same of IPv6, behind none but hop-by-hop and destination options: 0 where other extension headers come first. */
static inline uint32_t nf_quoted_ipv6(const uint8_t *ip, uint32_t left, uint8_t *protocol)
{
	uint32_t at = NETVM_IPV6_BYTES;
	if (left < at || ip[0] >> 4 != 6)
		return 0;
	*protocol = ip[6];
	for (uint32_t i = 0; *protocol == 0 || *protocol == 60; i++) {
		if (i == NETVM_IPV6_EXTENSIONS_MAX || at + 8 > left)
			return 0;
		*protocol = ip[at];
		at += (ip[at + 1] + 1u) * 8u;
	}
	return at + 8 <= left && *protocol != 43 && *protocol != 44 && *protocol != 51 ? at : 0;
}

/*
 * The flow that an ICMP error's receiver would send in answer to the quoted packet's receiver, in other words the quoted 5-tuple turned round. Returns 1, or
 * 0 where the packet (whose headers were read) is no such error, or quotes too little.
 */
static inline int nf_quoted_turned(const uint8_t *frame, const struct netvm_headers *h, struct netvm_flow *turned)
{
	uint8_t icmp = h->version == 4 ? NETVM_ICMP : NETVM_ICMPV6, protocol;
	if (h->protocol != icmp || h->l4 == 0 || h->fragment || !nf_icmp_is_error(h->version, frame[h->l4]))
		return 0;
	const uint8_t *ip = frame + h->l4 + 8;
	uint32_t left = (uint32_t)(h->end - h->l4) - 8;
	uint32_t at = h->version == 4 ? nf_quoted_ipv4(ip, left, &protocol) : nf_quoted_ipv6(ip, left, &protocol);
	if (at == 0)
		return 0;
	uint32_t ports = protocol == NETVM_TCP || protocol == NETVM_UDP ? netvm_be32(ip + at) : 0;
	turned->src = h->version == 4 ? (struct netvm_address){0, netvm_be32(ip + 16)} : netvm_ipv6_address(ip + 24);
	turned->dst = h->version == 4 ? (struct netvm_address){0, netvm_be32(ip + 12)} : netvm_ipv6_address(ip + 8);
	turned->rest = netvm_flow_rest(ports << 16 | ports >> 16, protocol, h->version);
	return 1;
}

#endif
