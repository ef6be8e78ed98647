/* Rewriting addresses and ports of a packet, with all checksums that cover them. */
#ifndef NETVM_NAT_TRANSLATE_H
#define NETVM_NAT_TRANSLATE_H

#include "../../abi/checksum.h"
#include "mappings.h"

enum nat_end { NAT_SRC, NAT_DST };

static inline uint8_t *nat_address_at(uint8_t *ip, uint8_t version, enum nat_end which)
{
	return ip + (version == 4 ? (which == NAT_SRC ? 12 : 16) : (which == NAT_SRC ? 8 : 24));
}

static inline struct netvm_address nat_address(uint8_t *ip, uint8_t version, enum nat_end which)
{
	const uint8_t *at = nat_address_at(ip, version, which);
	return version == 4 ? (struct netvm_address){0, netvm_be32(at)} : netvm_ipv6_address(at);
}

/* Puts another address; returns what that adds to a sum over it. */
static inline uint64_t nat_put_address(uint8_t *ip, uint8_t version, enum nat_end which, const struct netvm_address *address)
{
	uint8_t *at = nat_address_at(ip, version, which);
	uint64_t change = 0;
	if (version == 4) {
		change = netvm_change32(netvm_be32(at), (uint32_t)address->low);
		netvm_put32(at, (uint32_t)address->low);
		return change;
	}
	const uint32_t words[4] = {(uint32_t)(address->high >> 32), (uint32_t)address->high, (uint32_t)(address->low >> 32), (uint32_t)address->low};
	for (int i = 0; i < 4; i++, at += 4) {
		change += netvm_change32(netvm_be32(at), words[i]);
		netvm_put32(at, words[i]);
	}
	return change;
}

/* Where a transport header has its port, which is an echo's identifier in ICMP, */
static inline uint8_t *nat_port_at(uint8_t *l4, uint8_t protocol, enum nat_end which)
{
	return l4 + (protocol != NETVM_TCP && protocol != NETVM_UDP ? 4 : which == NAT_SRC ? 0 : 2);
}

/* and its checksum. */
static inline uint32_t nat_sum_offset(uint8_t protocol)
{
	return protocol == NETVM_TCP ? 16 : protocol == NETVM_UDP ? 6 : 2;
}

/* Changes a transport header's checksum. ICMP's does not cover addresses, ICMPv6's does. */
static inline void nat_change_sum(uint8_t *sum_at, uint8_t protocol, uint64_t of_address, uint64_t of_port)
{
	if (protocol == NETVM_UDP && netvm_be16(sum_at) == 0)
		return; /* sent without one (over IPv6 by tunnels, RFC 6935) */
	netvm_checksum_update(sum_at, protocol == NETVM_ICMP ? of_port : of_address + of_port);
	if (protocol == NETVM_UDP && netvm_be16(sum_at) == 0)
		netvm_put16(sum_at, 0xffff); /* 0 would say that there is none */
}

/* Rewrites one endpoint of a packet whose transport header is there. A version known where this is compiled leaves what one family takes. */
static inline void nat_rewrite(uint8_t *frame, const struct netvm_headers *h, uint8_t version, enum nat_end which,
			       const struct netvm_address *address, uint16_t port)
{
	uint8_t *ip = frame + h->l3, *l4 = frame + h->l4, *port_at = nat_port_at(l4, h->protocol, which);
	uint64_t of_address = nat_put_address(ip, version, which, address);
	uint64_t of_port = netvm_change16(netvm_be16(port_at), port);
	netvm_put16(port_at, port);
	if (version == 4)
		netvm_checksum_update(ip + 10, of_address);
	nat_change_sum(l4 + nat_sum_offset(h->protocol), h->protocol, of_address, of_port);
}

/* The mappings' class of a protocol, or -1. */
static inline int nat_class_of(uint8_t protocol, uint8_t version)
{
	int of_ipv6 = version == 6 ? NAT_TCP6 : 0;
	if (protocol == NETVM_TCP || protocol == NETVM_UDP)
		return of_ipv6 + (protocol == NETVM_TCP ? NAT_TCP : NAT_UDP);
	return protocol == (version == 4 ? NETVM_ICMP : NETVM_ICMPV6) ? of_ipv6 + NAT_ICMP : -1;
}

/*
 * An ICMP error that comes in about a packet we sent out (RFC 5508, section 4.2): the packet in it becomes again what its sender had sent, with all
 * checksums that are in it, and the error goes to who that was. Returns 1, or 0 where it is about no mapping of ours.
 */
int nat_error_in(struct nat_table *t, uint8_t *frame, const struct netvm_headers *h, const struct netvm_address *public_address, uint32_t now_s);

#endif
